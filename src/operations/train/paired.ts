import { mcnemarExact, pairedDifference, type Hits } from '../../core/analysis/proportions';
import type { Checkpoint } from '../../core/checkpoint';
import { predictSession } from '../../engine/training/evaluate';
import { headOf } from '../../engine/training/head';
import type { Arm, TrainedDifference } from '../../contract/results';
import { breathe } from '../kit/context';
import { backendFor } from '../kit/labelled';
import { Meter } from '../kit/meter';
import { graphOf, networkFor } from '../kit/network';
import type { ArmSettings } from './arm';

type Settings = Pick<ArmSettings, 'context' | 'evaluation' | 'preprocessing'>;

/**
 * What ACNet has right and the baseline has not, image by image. Both see the same images, so the interval of their
 * difference is that of the images on which only one is right: far narrower than that of two accuracies.
 */
export async function comparedArms(
  arms: Readonly<Record<Arm, { readonly checkpoint: Checkpoint }>>,
  settings: Settings,
): Promise<TrainedDifference> {
  const before = await hitsOf('baseline', arms.baseline.checkpoint, settings);
  const found = pairedDifference(before, await hitsOf('acnet', arms.acnet.checkpoint, settings));
  return { ...found, p: mcnemarExact(found.won, found.lost), images: before.length };
}

async function hitsOf(
  arm: Arm,
  checkpoint: Checkpoint,
  { context, evaluation, preprocessing }: Settings,
): Promise<Hits> {
  const network = networkFor(checkpoint, graphOf(checkpoint, 'evaluated'), preprocessing);
  const backend = await backendFor(context, network, checkpoint.path);
  const head = headOf(network.graph);
  const session = backend.inference(network, [head.logits], { fold: true });
  const { images } = evaluation;
  const meter = new Meter(context, `${arm}: comparison`, images.count);
  const hooks = { pause: () => breathe(context, meter), onBatch: (count: number) => meter.add(count) };
  try {
    const answers = await predictSession(session, evaluation, head, hooks);
    return Uint8Array.from(answers, (answer, i) => Number(answer === images.labels[i]));
  } finally {
    session.dispose();
  }
}
