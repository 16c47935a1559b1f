import * as z from 'zod/mini';
import { byGroup, loose, pair, real, text, whole, type Of } from '../schema';

export const pruningPoint = loose({
  /** Zeroed weights / all weights of each layer. */
  ratio: real,
  /** In percent, mean over the seeds: top-1 accuracy, or agreement (see `PruneResult.measure`). */
  mean: real,
  /** Sample standard deviation over the seeds (n − 1); 0 where there is one seed. */
  std: real,
});

/** One measured point of a curve. */
export interface PruningPoint extends Of<typeof pruningPoint> {}

/** The first measured ratio at which a curve's mean is below a level; null when it never is. */
const thresholds = loose({
  /** Below 50 %. */
  below50: z.nullable(real),
  /** Below half of what the unpruned network has. */
  belowHalf: z.nullable(real),
});

export const pruneResult = loose({
  /**
   * What the percentages are. `agreement`: without labels, the share of images whose top-1 class is the unpruned
   * network's; it says nothing of how right either is.
   */
  measure: z.optional(z.enum(['accuracy', 'agreement'])),
  thresholds: z.optional(byGroup(thresholds)),
  /** By kernel size: how many layers, and each group's share of the kernel, above which there is no point. */
  sizes: z.optional(z.array(loose({ kernel: pair, layers: whole, shares: byGroup(real) }))),
  /** Of the fused, unpruned network, percent: top-1 accuracy, or 100 where agreement is measured. */
  unpruned: real,
  /** By ratio, from the least. */
  curves: byGroup(z.array(pruningPoint)),
  images: whole,
  seeds: whole,
  layers: whole,
  /** How pixels became numbers, in words. */
  preprocessing: z.optional(text),
});

/** What a network does when weights of one group of positions are zeroed. */
export interface PruneResult extends Of<typeof pruneResult> {}
