import { fuseAcnet } from '../core/acnet/fuse';
import { findBlocks } from '../core/acnet/blocks';
import type { AcbBlock } from '../core/acnet/types';
import { skeletonIndex } from '../core/analysis/position';
import {
  coarseFirst,
  firstBelow,
  kernelSizes,
  prunableKernels,
  pruneWeights,
  type Kernel,
} from '../core/analysis/pruning';
import type { Checkpoint } from '../core/checkpoint';
import { UnsupportedError } from '../core/errors';
import type { InferenceSession } from '../engine/backend';
import { describePreprocessing, type PreprocessingOptions } from '../engine/data/preprocessing';
import {
  evaluateSession,
  predictSession,
  type EvaluationHooks,
  type Labelled,
} from '../engine/training/evaluate';
import type { Answers } from '../engine/training/head';
import { openCheckpointFile, type OpenOptions } from '../files/open';
import { breathe, type OperationContext } from './kit/context';
import { backendFor, labelledImages, prepareRun, prepareUnlabelled } from './kit/labelled';
import { Meter } from './kit/meter';
import { graphOf } from './kit/network';
import type { PruneResult, PruningPoint } from '../contract/results';
import { POSITION_GROUPS, type PositionGroup } from '../shared/position-groups';

/** Which weights are zeroed, and on which images the network is evaluated then. */
export interface PruneOptions extends PreprocessingOptions, OpenOptions {
  /**
   * Labelled images, a folder or a file; of split ones the evaluation part is used. Of images without class folders the
   * agreement with the unpruned network is measured.
   */
  readonly data: string;
  /** Corner, skeleton and global when absent, and for a network with blocks of the border variant all five. */
  readonly groups?: readonly PositionGroup[];
  /** Zeroed weights / all weights of each layer; 0, 0.05 … 0.45 when absent. */
  readonly ratios?: readonly number[];
  /** Random masks for each point; 5 when absent. */
  readonly seeds?: number;
  /** Look at this many images at most, drawn with a fixed seed. */
  readonly limit?: number;
}

/** The context of a check of pruning. */
export interface PruneContext extends OperationContext {
  /** Told each point as soon as it is known. */
  onPoint?(group: PositionGroup, point: PruningPoint): void;
}

const RATIOS: readonly number[] = Array.from({ length: 10 }, (_, i) => i / 20);

/** What the points of one check share. */
interface Check {
  readonly session: InferenceSession;
  readonly kernels: ReadonlyMap<string, Kernel>;
  /** Where there are no labels, labelled by the unpruned network. */
  readonly data: Labelled;
  readonly head: Answers;
  readonly seeds: number;
  readonly context: PruneContext;
  readonly meter: Meter;
}

/**
 * The pruning check (the paper's figure 5): accuracy when random weights of one group of kernel positions are zeroed
 * in every k×k convolution. An ACNet is fused first, in memory; the file is not changed. Points come in a coarse grid
 * over all groups first, and are sorted in the result.
 * @throws UserError in one line.
 */
export async function pruneFile(
  path: string,
  options: PruneOptions,
  context: PruneContext,
): Promise<PruneResult> {
  const opened = await openCheckpointFile(path, options);
  try {
    const groups = options.groups ?? groupsFor(opened);
    return await pruneCheckpoint(fused(opened), { ...options, groups }, context);
  } finally {
    opened.close();
  }
}

/** A plain network is pruned as it is, batch norms kept. */
function fused(checkpoint: Checkpoint): Checkpoint {
  graphOf(checkpoint, 'pruned');
  const fusion = fuseAcnet(checkpoint, { fold: false });
  return fusion.fused.length > 0 ? fusion.checkpoint : checkpoint;
}

/** The border variant's own groups say nothing of other networks. */
function groupsFor({ graph }: Checkpoint): readonly PositionGroup[] {
  const blocks = graph ? findBlocks(graph) : [];
  const isBorder = ({ square, row, column }: AcbBlock): boolean => {
    const [height, width] = square.conv.attributes.kernelSize;
    const onSkeleton = row === skeletonIndex(height) && column === skeletonIndex(width);
    return row === height - 1 && column === width - 1 && !onSkeleton;
  };
  return POSITION_GROUPS.slice(0, blocks.some(isBorder) ? undefined : 3);
}

type Wanted = PruneOptions & { readonly groups: readonly PositionGroup[] };

async function pruneCheckpoint(
  checkpoint: Checkpoint,
  options: Wanted,
  context: PruneContext,
): Promise<PruneResult> {
  const unlabelled = prepareUnlabelled(checkpoint, options, 'pruned');
  const { network, head, samples, preprocessing } = unlabelled ?? labelledRun(checkpoint, options);
  const kernels = prunableKernels(checkpoint);
  if (kernels.size === 0) {
    throw new UnsupportedError('the network has no convolution to prune', {
      path: checkpoint.path,
      expected: 'a kernel of at least 2 × 2',
    });
  }
  const backend = await backendFor(context, network, checkpoint.path);
  const data = labelledImages(samples, preprocessing, options.limit);
  const session = backend.inference(network, [head.logits], { fold: true });
  try {
    const points = planPoints(kernels, options);
    const { seeds = 5 } = options;
    const runs = 1 + points.reduce((total, { ratio }) => total + (ratio === 0 ? 0 : seeds), 0);
    const meter = new Meter(context, 'Pruning check', runs * data.images.count);
    const check: Check = { session, kernels, data, head, seeds, context, meter };
    const { unpruned, ...reference } = unlabelled
      ? { unpruned: 100, data: await labelledByItself(check) }
      : { unpruned: await accuracy(check) };
    const curves = await measurePoints({ ...check, ...reference }, points, unpruned);
    return {
      unpruned,
      curves: sortedCurves(curves, options.groups),
      images: data.images.count,
      seeds,
      layers: kernels.size,
      preprocessing: describePreprocessing(preprocessing),
      measure: unlabelled ? 'agreement' : 'accuracy',
      thresholds: thresholdsOf(curves, unpruned),
      sizes: kernelSizes(kernels),
    };
  } finally {
    session.dispose();
  }
}

function labelledRun(checkpoint: Checkpoint, options: PruneOptions) {
  const { dataset, ...run } = prepareRun(checkpoint, options, 'pruned');
  return { ...run, samples: dataset.evaluation };
}

interface PlannedPoint {
  readonly group: PositionGroup;
  readonly ratio: number;
}

/** The points there are: a ratio above a group's share of some kernel has none. Coarse over all groups first. */
function planPoints(
  kernels: ReadonlyMap<string, Kernel>,
  { groups, ratios = RATIOS }: Wanted,
): PlannedPoint[] {
  return coarseFirst(ratios).flatMap((ratio) =>
    [...new Set(groups)]
      .filter((group) => pruneWeights(kernels, group, ratio, 0) !== undefined)
      .map((group) => ({ group, ratio })),
  );
}

type Curves = ReadonlyMap<PositionGroup, readonly PruningPoint[]>;

async function measurePoints(
  check: Check,
  points: readonly PlannedPoint[],
  unpruned: number,
): Promise<Curves> {
  const curves = new Map<PositionGroup, PruningPoint[]>();
  for (const { group, ratio } of points) {
    const point = ratio === 0 ? { ratio, mean: unpruned, std: 0 } : await measurePoint(check, group, ratio);
    curves.set(
      group,
      [...(curves.get(group) ?? []), point].sort((a, b) => a.ratio - b.ratio),
    );
    check.context.onPoint?.(group, point);
  }
  return curves;
}

/** In the groups' usual order, whatever order they were asked for in. */
function sortedCurves(curves: Curves, groups: readonly PositionGroup[]): PruneResult['curves'] {
  const asked = POSITION_GROUPS.filter((group) => groups.includes(group));
  return Object.fromEntries(
    asked.flatMap((group) => (curves.has(group) ? [[group, curves.get(group)]] : [])),
  );
}

function thresholdsOf(curves: Curves, unpruned: number): PruneResult['thresholds'] {
  return Object.fromEntries(
    [...curves].map(([group, points]) => [
      group,
      { below50: firstBelow(points, 50), belowHalf: firstBelow(points, unpruned / 2) },
    ]),
  );
}

async function measurePoint(check: Check, group: PositionGroup, ratio: number): Promise<PruningPoint> {
  const accuracies: number[] = [];
  for (let seed = 0; seed < check.seeds; seed++) {
    const weights = pruneWeights(check.kernels, group, ratio, seed);
    if (!weights) break;
    check.session.assign(weights);
    accuracies.push(await accuracy(check));
  }
  return { ratio, ...meanAndStd(accuracies) };
}

async function accuracy({ session, data, head, ...watched }: Check): Promise<number> {
  return (await evaluateSession(session, data, head, hooksOf(watched))).top1;
}

/** The images with what the unpruned network makes of them as labels: accuracy on these is agreement. */
async function labelledByItself({ session, data, head, ...watched }: Check): Promise<Labelled> {
  const labels = await predictSession(session, data, head, hooksOf(watched));
  return { ...data, images: data.images.relabelled(labels) };
}

function hooksOf({ context, meter }: Pick<Check, 'context' | 'meter'>): EvaluationHooks {
  return { pause: () => breathe(context, meter), onBatch: (images) => meter.add(images) };
}

/**
 * Sample standard deviation (divided by n − 1): the masks that were drawn are a few of many. One mask has no spread that
 * could be known: 0, which `seeds` tells from a measured one.
 */
function meanAndStd(values: readonly number[]): { mean: number; std: number } {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const squares = values.reduce((total, value) => total + (value - mean) ** 2, 0);
  return { mean, std: Math.sqrt(squares / Math.max(values.length - 1, 1)) };
}
