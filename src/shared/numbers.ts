import { createFormat } from './format';
import type { Matrix } from './matrix';

/** In English, as the terminal, the report and JSON have it. */
export const { count, counted, fixed, signed, scientific, macs, bytes } = createFormat('en');

/** `3×3`. */
export function pair([height, width]: readonly [number | null, number | null]): string {
  return `${height ?? '?'}×${width ?? '?'}`;
}

/** A percentage with two decimals and its unit. */
export function percent(value: number): string {
  return `${fixed(value, 2)} %`;
}

/** Rows of a matrix, columns aligned. */
export function matrixLines(
  matrix: Matrix,
  format: (value: number, row: number, column: number) => string,
): string[] {
  const cells = matrix.map((values, row) => values.map((value, column) => format(value, row, column)));
  const width = Math.max(...cells.flat().map((cell) => cell.length));
  return cells.map((row) => row.map((cell) => cell.padStart(width)).join('  '));
}

/** a − b, position by position; NaN where b has none. */
export function difference(a: Matrix, b: Matrix): number[][] {
  return a.map((row, i) => row.map((value, j) => value - (b[i]?.[j] ?? NaN)));
}
