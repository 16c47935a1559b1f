import { item } from '../item';
import type { Pair } from '../graph/padding';
import { createRandom, streamSeed, type Random } from '../random';
import { kernelShape, type Shape } from '../tensor/tensor';
import { skeletonIndex } from './position';
import type { Matrix } from '../../shared/matrix';

/** The magnitude matrix that a network shows before any training, by what it is built of. */
export interface NullModels {
  /** Plain convolutions, measured on random kernels. */
  readonly plain: Matrix;
  /** Fused ACBs, from their variances. */
  readonly skeleton: Matrix;
  /** Fused border-variant ACBs, from their variances. */
  readonly border: Matrix;
}

/** Beyond this many, the sum of absolute values is drawn from its normal limit (relative error below 1e-3). */
const EXACT_SUM = 4096;

/**
 * Null models of one kernel size.
 * @param shapes kernels [h, w, in / groups, out] of the layers averaged.
 * @param seeds one measurement of `plain` each; their mean is given.
 */
export function nullModels(size: Pair, shapes: readonly Shape[], seeds: readonly number[]): NullModels {
  const [height, width] = size;
  return {
    plain: plainNull(size, shapes, seeds),
    skeleton: blockNull(size, skeletonIndex(height), skeletonIndex(width)),
    border: blockNull(size, height - 1, width - 1),
  };
}

/**
 * An untrained block after fusion: each branch's batch norm makes its output's variance 1, so that a weight has
 * variance 1/(k_h·k_w), 1/k_w or 1/k_h by branch, and independent ones add up. The mean absolute value of a
 * Gaussian is proportional to its deviation.
 */
function blockNull([height, width]: Pair, row: number, column: number): Matrix {
  const deviations = rows([height, width], (i, j) =>
    Math.sqrt(1 / (height * width) + (i === row ? 1 / width : 0) + (j === column ? 1 / height : 0)),
  );
  const largest = Math.max(...deviations.flat());
  return deviations.map((line) => line.map((value) => value / largest));
}

function plainNull(size: Pair, shapes: readonly Shape[], seeds: readonly number[]): Matrix {
  const total = new Float64Array(size[0] * size[1]);
  for (const seed of seeds) {
    shapes.forEach((shape, layer) => {
      const random = createRandom(streamSeed(seed, `${layer}`));
      const [, , inputs, filters] = kernelShape(shape);
      const sums = total.map(() => absoluteSum(inputs * filters, random));
      const largest = Math.max(...sums);
      sums.forEach((sum, i) => (total[i] = (total[i] ?? 0) + sum / largest / (shapes.length * seeds.length)));
    });
  }
  return rows(size, (i, j) => item(total, i * size[1] + j));
}

/** Sum of the absolute values of `count` standard normal variates. */
function absoluteSum(count: number, random: Random): number {
  if (count > EXACT_SUM) {
    return count * Math.sqrt(2 / Math.PI) + Math.sqrt(count * (1 - 2 / Math.PI)) * random.normal();
  }
  let sum = 0;
  for (let i = 0; i < count; i++) sum += Math.abs(random.normal());
  return sum;
}

function rows([height, width]: Pair, f: (row: number, column: number) => number): number[][] {
  return Array.from({ length: height }, (_, i) => Array.from({ length: width }, (__, j) => f(i, j)));
}
