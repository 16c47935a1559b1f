import { item } from '../item';
import type { Pair } from '../graph/padding';
import { kernelShape, type Shape } from '../tensor/tensor';
import { addTo } from '../../shared/groups';
import { expectedShares } from './expected-share';
import { skeletonIndex } from './position';
import type { Matrix } from '../../shared/matrix';

/** The magnitude matrix that a network shows before any training, by what it is built of: expected values, no draws. */
export interface NullModels {
  /** Plain convolutions: independent normal weights of one variance. */
  readonly plain: Matrix;
  /** Fused ACBs, by the variances of their positions. */
  readonly skeleton: Matrix;
  /** Fused border-variant ACBs, the same. */
  readonly border: Matrix;
}

/** The null models of one layer. */
export type LayerNulls = (size: Pair, shape: Shape) => NullModels;

/** Beyond this a number of weights is rounded to three digits: that moves no value by 1e-5, and few are worked out. */
const ROUNDED = 1000;

/** Null models layer by layer; each size and number of weights is worked out once. */
export function layerNulls(): LayerNulls {
  const known = new Map<string, NullModels>();
  return (size, shape) => {
    const [, , inputs, filters] = kernelShape(shape);
    const weights = inputs * filters;
    const rounded = weights > ROUNDED ? Number(weights.toPrecision(3)) : Math.max(weights, 1);
    const key = `${size.join('x')} ${rounded}`;
    const nulls = known.get(key) ?? nullsOfLayer(size, rounded);
    known.set(key, nulls);
    return nulls;
  };
}

/** The null models of layers of one kernel size, averaged as the layers are (equation 10). */
export function nullModels(size: Pair, shapes: readonly Shape[], ofLayer: LayerNulls): NullModels {
  // Most layers have one of a few shapes, and then one and the same matrices.
  const counts = new Map<NullModels, number>();
  for (const shape of shapes) {
    const nulls = ofLayer(size, shape);
    counts.set(nulls, (counts.get(nulls) ?? 0) + 1);
  }
  const mean = (name: keyof NullModels): Matrix =>
    matrixOf(size, (row, column) => {
      let sum = 0;
      for (const [nulls, count] of counts) sum += count * item(item(nulls[name], row), column);
      return sum / shapes.length;
    });
  return { plain: mean('plain'), skeleton: mean('skeleton'), border: mean('border') };
}

/** Standard deviations of an untrained kernel's weights by position, in any unit. */
export function deviations(size: Pair, name: keyof NullModels): Matrix {
  const variance = VARIANCES[name](size);
  return matrixOf(size, (row, column) => Math.sqrt(variance(row, column)));
}

function nullsOfLayer(size: Pair, weights: number): NullModels {
  const of = (name: keyof NullModels): Matrix => expected(size, weights, VARIANCES[name](size));
  return { plain: of('plain'), skeleton: of('skeleton'), border: of('border') };
}

type Variance = (row: number, column: number) => number;

const VARIANCES: Readonly<Record<keyof NullModels, (size: Pair) => Variance>> = {
  plain: () => () => 1,
  skeleton: (size) => blockVariance(size, skeletonIndex(size[0]), skeletonIndex(size[1])),
  border: (size) => blockVariance(size, size[0] - 1, size[1] - 1),
};

/**
 * An untrained block after fusion: each branch's batch norm makes its output's variance 1, so that a weight has
 * variance 1/(k_h·k_w), 1/k_w or 1/k_h by branch, and independent ones add up.
 */
function blockVariance([height, width]: Pair, row: number, column: number): Variance {
  return (i, j) => 1 / (height * width) + (i === row ? 1 / width : 0) + (j === column ? 1 / height : 0);
}

/** Positions of one variance have one value: they differ by chance only. */
function expected(size: Pair, weights: number, variance: Variance): Matrix {
  const byVariance = new Map<number, number[]>();
  matrixOf(size, (row, column) => addTo(byVariance, variance(row, column), row * size[1] + column));
  const kinds = [...byVariance].map(([value, { length }]) => ({
    count: length,
    deviation: Math.sqrt(value),
  }));
  const shares = expectedShares(weights, kinds);
  const values = new Map([...byVariance.keys()].map((value, i) => [value, item(shares, i)]));
  return matrixOf(size, (row, column) => values.get(variance(row, column)) ?? NaN);
}

function matrixOf<T>([height, width]: Pair, value: (row: number, column: number) => T): T[][] {
  return Array.from({ length: height }, (_, row) =>
    Array.from({ length: width }, (__, column) => value(row, column)),
  );
}
