import { keepsSize } from '../../core/analysis/distortion';
import type { Hits } from '../../core/analysis/proportions';
import type { Checkpoint } from '../../core/checkpoint';
import { UnsupportedError } from '../../core/errors';
import type { InferenceSession } from '../../engine/backend';
import type { Samples } from '../../engine/data/dataset';
import { describePreprocessing, type PreprocessingOptions } from '../../engine/data/preprocessing';
import { predictSession, type Labelled } from '../../engine/training/evaluate';
import { answersOf, type Answers } from '../../engine/training/head';
import { openCheckpointFile, openCheckpointPair, type OpenOptions } from '../../files/open';
import { breathe, type OperationContext } from '../kit/context';
import { backendFor, labelledImages, prepareRun, prepareUnlabelled } from '../kit/labelled';
import { Meter } from '../kit/meter';
import { graphOf } from '../kit/network';
import type { RobustnessResult, RobustnessRow } from '../../contract/results';
import { DISTORTIONS, type Distortion } from '../../shared/distortions';
import { adjustRows, rowOf } from './rows';

/** How images are distorted, and on which of them the networks are compared. */
export interface RobustnessOptions extends PreprocessingOptions, OpenOptions {
  /**
   * Labelled images, a folder or a file; of split ones the evaluation part is used. Of images without class folders the
   * agreement of each network with its own answers is measured.
   */
  readonly data: string;
  /** A second checkpoint, as the one before conversion, whose network sees the same images in the same order. */
  readonly against?: string;
  /** Look at this many images at most, drawn with a fixed seed. */
  readonly limit?: number;
}

/** The context of a check of robustness. */
export interface RobustnessContext extends OperationContext {
  /** Told each row as soon as it is known, without what needs all of them. */
  onRow?(row: RobustnessRow): void;
}

/**
 * The paper's table 4: accuracy on images that are turned and mirrored, and of two networks by how much they differ. Files are
 * not changed.
 * @param path what is checked; differences are this network minus the second one
 * @throws UserError in one line.
 */
export async function robustnessOfFile(
  path: string,
  options: RobustnessOptions,
  context: RobustnessContext,
): Promise<RobustnessResult> {
  const { against } = options;
  const opened =
    against === undefined
      ? [await openCheckpointFile(path, options)]
      : await openCheckpointPair([path, against], options);
  try {
    return await robustnessOf(opened, options, context);
  } finally {
    for (const checkpoint of opened) checkpoint.close();
  }
}

/** One network, ready to be asked. */
interface Asked {
  readonly session: InferenceSession;
  readonly head: Answers;
  readonly data: Labelled;
}

async function robustnessOf(
  checkpoints: readonly Checkpoint[],
  options: RobustnessOptions,
  context: RobustnessContext,
): Promise<RobustnessResult> {
  const { measure, runs } = prepareAll(checkpoints, options);
  const backend = await context.backend();
  for (const [i, { network }] of runs.entries()) await backendFor(context, network, checkpoints[i].path);
  const asked: Asked[] = [];
  try {
    for (const { network, head, samples, preprocessing } of runs) {
      const session = backend.inference(network, [head.logits], { fold: true });
      asked.push({ session, head, data: labelledImages(samples, preprocessing, options.limit) });
    }
    const kept = DISTORTIONS.filter((each) => asked.every(({ data }) => keepsSize(each, data.preprocessing)));
    const rows = await measureRows(asked, kept, measure, context);
    const [preprocessing, other] = asked.map(({ data }) => describePreprocessing(data.preprocessing));
    return {
      measure,
      images: asked[0].data.images.count,
      rows,
      leftOut: DISTORTIONS.filter((each) => !kept.includes(each)).map((distortion) => ({
        distortion,
        reason: notSquare(asked),
      })),
      preprocessing,
      ...(checkpoints.length > 1 && { against: { path: checkpoints[1].path, preprocessing: other } }),
      backend: backend.description,
    };
  } finally {
    for (const { session } of asked) session.dispose();
  }
}

function notSquare(asked: readonly Asked[]): string {
  const sizes = asked.map(({ data: { preprocessing } }) => preprocessing);
  const { height, width } = sizes.find((size) => size.height !== size.width) ?? sizes[0];
  return `the input is not square: ${height} × ${width}`;
}

type Run = Omit<ReturnType<typeof prepareRun>, 'dataset'> & { readonly samples: Samples };

/** All networks on the images of the first one, so that each image is decoded once where their sizes are the same. */
function prepareAll(
  checkpoints: readonly Checkpoint[],
  options: RobustnessOptions,
): { readonly measure: RobustnessResult['measure']; readonly runs: readonly Run[] } {
  requireSameClasses(checkpoints);
  const unlabelled = checkpoints.flatMap((each) => prepareUnlabelled(each, options, 'checked') ?? []);
  const isUnlabelled = unlabelled.length === checkpoints.length;
  const runs = isUnlabelled ? unlabelled : checkpoints.map((each) => labelledRun(each, options));
  const [{ samples }] = runs;
  return {
    measure: isUnlabelled ? 'agreement' : 'accuracy',
    runs: runs.map((run) => ({ ...run, samples })),
  };
}

/** What two networks get right can be compared where they choose between the same number of classes. */
function requireSameClasses([first, second]: readonly (Checkpoint | undefined)[]): void {
  if (!first || !second) return;
  const [wanted, found] = [first, second].map((each) => answersOf(graphOf(each, 'checked')).units);
  if (wanted === found) return;
  throw new UnsupportedError('the networks do not have the same number of classes', {
    path: second.path,
    found: `${found}`,
    expected: `${wanted}, as ${first.path}`,
  });
}

function labelledRun(checkpoint: Checkpoint, options: RobustnessOptions): Run {
  const { dataset, ...run } = prepareRun(checkpoint, options, 'checked');
  return { ...run, samples: dataset.evaluation };
}

async function measureRows(
  asked: readonly Asked[],
  distortions: readonly Distortion[],
  measure: RobustnessResult['measure'],
  context: RobustnessContext,
): Promise<RobustnessRow[]> {
  const images = asked[0].data.images.count;
  const meter = new Meter(context, 'Robustness check', images * asked.length * distortions.length);
  const hooks = { pause: () => breathe(context, meter), onBatch: (count: number) => meter.add(count) };
  const right: Int32Array[] = [];
  const untouched: Hits[] = [];
  const rows: RobustnessRow[] = [];
  for (const distortion of distortions) {
    const hits: Hits[] = [];
    for (const [i, { session, head, data }] of asked.entries()) {
      const seen = { ...data, images: data.images.distorted(distortion) };
      const answers = await predictSession(session, seen, head, hooks);
      right[i] ??= measure === 'agreement' ? answers : data.images.labels;
      hits.push(Uint8Array.from(answers, (answer, at) => Number(answer === right[i][at])));
      untouched[i] ??= hits[i];
    }
    const row = rowOf(distortion, measure, untouched, hits);
    rows.push(row);
    context.onRow?.(row);
  }
  return adjustRows(rows);
}
