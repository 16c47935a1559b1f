import { withStatistics } from '../../core/acnet/calibration';
import type { Checkpoint } from '../../core/checkpoint';
import type { Dataset } from '../../engine/data/dataset';
import { preprocessingFor } from '../../engine/data/preprocessing';
import type { Labelled } from '../../engine/training/evaluate';
import type { OperationContext } from '../kit/context';
import { labelledImages } from '../kit/labelled';
import { Meter } from '../kit/meter';
import { graphOf } from '../kit/network';
import { verifyOnImages } from '../verify/verify';
import { calibrateCheckpoint, measureNorms, type CalibrateOptions } from './calibrate';
import { withLiveBranches, type LiveStart } from './live';
import type { VerifyResult } from '../../contract/results';
import { counted, scientific } from '../../shared/numbers';

/** Images of a training step, where no job says how many. */
export const TRAINED_BATCH = 128;

/** Live branches whose statistics are measured, and what that changed. */
export interface MeasuredStart {
  readonly checkpoint: Checkpoint;
  /** For people. */
  readonly note: string;
}

/** How live branches are measured. */
export interface MeasureOptions extends CalibrateOptions {
  /** Images of a training step, whose statistics then normalise; absent where training keeps the file's. */
  readonly batch?: number | undefined;
}

/**
 * Gives blocks live branches, measures their statistics, and measures what that changed: nothing but rounding at inference;
 * a little in training, where the batch normalises each branch by itself.
 * @param zero the converted network with its branches at γ = 0, measured
 */
export async function startLive(
  zero: Checkpoint,
  start: LiveStart,
  dataset: Pick<Dataset, 'training'>,
  context: OperationContext,
  options: MeasureOptions,
): Promise<MeasuredStart> {
  const { checkpoint: live, fresh } = withLiveBranches(zero, start);
  const checkpoint = await calibrateCheckpoint(live, fresh, dataset, context, options);
  const { batch = TRAINED_BATCH, seed } = options;
  const network = { graph: graphOf(zero, 'calibrated'), tensors: zero.tensors };
  const images = labelledImages(dataset.training, preprocessingFor(network, options), batch, seed);
  const { what, most } = differenceIn(await verifyOnImages([zero, checkpoint], images, {}, context));
  const found = [
    `branches ${start.branches}, share ${start.share}: ${what} change by at most ${scientific(most)}`,
  ];
  if (options.batch !== undefined) {
    const before = await asInTraining(zero, fresh, images, context);
    const after = await asInTraining(checkpoint, fresh, images, context);
    const trained = differenceIn(await verifyOnImages([before, after], images, {}, context));
    const size = counted(images.images.count, 'image');
    found.push(
      `normalised by a batch of ${size}, as in the first training step, by ${scientific(trained.most)}`,
    );
  }
  return { checkpoint, note: found.join('; ') };
}

/** The network with the statistics that its batch norms meet in a batch. */
async function asInTraining(
  checkpoint: Checkpoint,
  norms: readonly string[],
  batch: Labelled,
  context: OperationContext,
): Promise<Checkpoint> {
  const meter = new Meter(context, 'Calibrating', batch.images.count);
  return withStatistics(checkpoint, await measureNorms(checkpoint, norms, batch, context, meter));
}

function differenceIn({ blocks, maxRel }: VerifyResult): { readonly what: string; readonly most: number } {
  return blocks
    ? { what: "of a channel's largest output, the outputs of a block", most: blocks.maxRel }
    : { what: 'of the largest output, the outputs of the network', most: maxRel };
}
