/** Filters in the order they are shown, and the signed slices of one. Pure. */
import type { KernelSlicesResult } from '../../../src/contract/results';
import type { FilterOrder } from './choices';
import type { Matrix, SparseMatrix } from '../../../src/shared/matrix';

/** One filter: its norm, and its magnitudes over all input channels. */
export interface FilterView {
  /** From 0, as in the kernel. */
  readonly filter: number;
  readonly norm: number;
  /** Divided by the largest value of all filters. */
  readonly matrix: Matrix;
  readonly dead: boolean;
}

/** All filters of a layer; of equal norms, the earlier one comes first. */
export function filterViews(slices: KernelSlicesResult, order: FilterOrder): FilterView[] {
  const [height, width] = slices.kernel;
  const taps = height * width;
  const largest = slices.magnitudes.reduce((max, value) => Math.max(max, value), 0) || 1;
  const dead = new Set(slices.dead);
  const views = slices.norms.map((norm, filter): FilterView => {
    const values = slices.magnitudes
      .slice(filter * taps, (filter + 1) * taps)
      .map((value) => value / largest);
    const matrix = Array.from({ length: height }, (_, row) => values.slice(row * width, (row + 1) * width));
    return { filter, norm, matrix, dead: dead.has(filter) };
  });
  return order === 'norm' ? views.sort((a, b) => b.norm - a.norm || a.filter - b.filter) : views;
}

/** For drawing: a position without a weight is not a number. */
export function drawable(slice: SparseMatrix): number[][] {
  return slice.map((row) => row.map((value) => value ?? NaN));
}

/** As titles of the branches. */
export const BRANCH_NAMES = { square: 'Square', horizontal: 'Horizontal', vertical: 'Vertical' } as const;
