import { fuseAcnet } from '../core/acnet/fuse';
import { prunableKernels, pruneWeights, type Kernel } from '../core/analysis/pruning';
import type { Checkpoint } from '../core/checkpoint';
import { UnsupportedError } from '../core/errors';
import type { InferenceSession } from '../engine/backend';
import type { PreprocessingOptions } from '../engine/data/preprocessing';
import { evaluateSession, type Labelled } from '../engine/training/evaluate';
import type { Head } from '../engine/training/head';
import { openCheckpointFile } from '../files/open';
import { breathe, type OperationContext } from './context';
import { backendFor, labelledImages, prepareRun } from './labelled';
import { Meter } from './meter';
import { graphOf } from './network';
import type { PositionGroup, PruneResult, PruningPoint } from './results';

export interface PruneOptions extends PreprocessingOptions {
  /** Folder of labelled images; of a split one the evaluation part is used. */
  readonly data: string;
  /** All three when absent. */
  readonly groups?: readonly PositionGroup[];
  /** Zeroed weights / all weights of each layer; 0, 0.05 … 0.45 when absent. */
  readonly ratios?: readonly number[];
  /** Random masks for each point; 5 when absent. */
  readonly seeds?: number;
  /** Look at this many images at most, drawn with a fixed seed. */
  readonly limit?: number;
}

export interface PruneContext extends OperationContext {
  /** Told each point as soon as it is known. */
  onPoint?(group: PositionGroup, point: PruningPoint): void;
}

const GROUPS: readonly PositionGroup[] = ['corner', 'skeleton', 'global'];
const RATIOS: readonly number[] = Array.from({ length: 10 }, (_, i) => i / 20);

/** What the points of one check share. */
interface Check {
  readonly session: InferenceSession;
  readonly kernels: ReadonlyMap<string, Kernel>;
  readonly data: Labelled;
  readonly head: Head;
  readonly seeds: number;
  readonly context: PruneContext;
  readonly meter: Meter;
}

/**
 * The pruning check (the paper's figure 5): accuracy when random weights of one group of kernel positions are zeroed
 * in every k×k convolution. An ACNet is fused first, in memory; the file is not changed.
 * @throws UserError in one line.
 */
export async function pruneFile(
  path: string,
  options: PruneOptions,
  context: PruneContext,
): Promise<PruneResult> {
  const opened = await openCheckpointFile(path);
  try {
    return await pruneCheckpoint(fused(opened), options, context);
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

async function pruneCheckpoint(
  checkpoint: Checkpoint,
  options: PruneOptions,
  context: PruneContext,
): Promise<PruneResult> {
  const { network, head, dataset, preprocessing } = prepareRun(checkpoint, options, 'pruned');
  const kernels = prunableKernels(checkpoint);
  if (kernels.size === 0) {
    throw new UnsupportedError('the network has no convolution to prune', {
      path: checkpoint.path,
      allowed: 'a kernel of at least 2 × 2',
    });
  }
  const backend = await backendFor(context, network, checkpoint.path);
  const data = labelledImages(dataset.evaluation, preprocessing, options.limit);
  const session = backend.inference(network, [head.logits], { fold: true });
  try {
    const points = planPoints(kernels, options);
    const { seeds = 5 } = options;
    const runs = 1 + points.reduce((total, { ratio }) => total + (ratio === 0 ? 0 : seeds), 0);
    const meter = new Meter(context, 'Pruning check', runs * data.images.count);
    const check: Check = { session, kernels, data, head, seeds, context, meter };
    const unpruned = await accuracy(check);
    const curves = await measurePoints(check, points, unpruned);
    return { unpruned, curves, images: data.images.count, seeds, layers: kernels.size };
  } finally {
    session.dispose();
  }
}

interface PlannedPoint {
  readonly group: PositionGroup;
  readonly ratio: number;
}

/** The points there are: a ratio above a group's share of some kernel has none. Coarse over all groups first. */
function planPoints(
  kernels: ReadonlyMap<string, Kernel>,
  { groups = GROUPS, ratios = RATIOS }: PruneOptions,
): PlannedPoint[] {
  const sorted = [...new Set(ratios)].sort((a, b) => a - b);
  return sorted.flatMap((ratio) =>
    groups
      .filter((group) => pruneWeights(kernels, group, ratio, 0) !== undefined)
      .map((group) => ({ group, ratio })),
  );
}

async function measurePoints(
  check: Check,
  points: readonly PlannedPoint[],
  unpruned: number,
): Promise<PruneResult['curves']> {
  const curves: Partial<Record<PositionGroup, PruningPoint[]>> = {};
  for (const { group, ratio } of points) {
    const point = ratio === 0 ? { ratio, mean: unpruned, std: 0 } : await measurePoint(check, group, ratio);
    (curves[group] ??= []).push(point);
    check.context.onPoint?.(group, point);
  }
  return curves;
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

async function accuracy({ session, data, head, context, meter }: Check): Promise<number> {
  const hooks = { pause: () => breathe(context), onBatch: (images: number) => meter.add(images) };
  return (await evaluateSession(session, data, head, hooks)).top1;
}

/** Population standard deviation: how far the masks that were drawn lie apart. */
function meanAndStd(values: readonly number[]): { mean: number; std: number } {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((total, value) => total + (value - mean) ** 2, 0) / values.length;
  return { mean, std: Math.sqrt(variance) };
}
