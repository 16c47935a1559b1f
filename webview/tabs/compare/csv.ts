/** The numbers of a comparison for the clipboard. Pure. */
import { csv } from '../../charts/csv';
import type { Cell } from '../../charts/csv';
import { positions, positionName, sizeOf } from '../../../src/shared/positions';
import type { CompareView, KernelRow } from './model';
import { shapeWords } from './model';
import type { UnmatchedKernelResult } from '../../../src/contract/results';

/** One row for each kernel; the mean |W| by position where all kernels have one size. */
export function kernelsCsv({ weights }: CompareView, rows: readonly KernelRow[]): string {
  const sizes = new Set(rows.map(({ kernel }) => kernel.kernel.join('x')));
  const size = sizeOf(rows[0]?.map ?? []);
  const cells = sizes.size === 1 ? positions(size) : [];
  const named = (word: string) => cells.map(([row, column]) => `${word} ${positionName(row, column, size)}`);
  const head = [
    ...['number', 'layer', 'layer after', 'shape', 'matched by', 'weights'],
    ...['relative change', 'cosine', 'max change', 'identical'],
    ...named('mean |W| before:'),
    ...named('mean |W| after:'),
  ];
  return csv(
    head,
    rows.map(({ order, kernel, change }): Cell[] => [
      order,
      kernel.name,
      kernel.nameAfter,
      shapeWords(kernel.shape),
      kernel.matchedBy,
      kernel.throughFused ? 'fused' : weights,
      change.relative,
      change.cosine,
      change.maxAbs,
      change.identical ? 'yes' : 'no',
      ...[change.before, change.after].flatMap((matrix) =>
        cells.map(([row, column]) => matrix[row]?.[column] ?? null),
      ),
    ]),
  );
}

/** The kernels that one file lacks. */
export function unmatchedCsv(rows: readonly UnmatchedKernelResult[]): string {
  return csv(
    ['layer', 'shape', 'why'],
    rows.map(({ name, shape, reason }) => [name, shapeWords(shape), reason ?? null]),
  );
}
