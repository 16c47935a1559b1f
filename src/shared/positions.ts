/** Positions of a kernel: their words and the groups they fall into. */
import type { Matrix } from './matrix';

/** Every null model, in the order of a choice. */
export const NULL_NAMES = ['plain', 'skeleton', 'border'] as const;

/** The untrained kernels that a magnitude is compared with. */
export type NullName = (typeof NULL_NAMES)[number];

/** Everything that a file is compared with: untrained kernels, or its own weights permuted. */
export const REFERENCES = [...NULL_NAMES, 'permuted'] as const;

/** One of them. */
export type ReferenceName = (typeof REFERENCES)[number];

/** Height and width. */
export type Size = readonly [number, number];

/** What the two groups are called: the border variant strengthens the bottom row and right column. */
export function groupWords(null_: NullName): { heavy: string; rest: string } {
  return null_ === 'border' ? { heavy: 'border', rest: 'rest' } : { heavy: 'skeleton', rest: 'corner' };
}

/** Whether a position lies on the row or column a branch is added to: ⌊(k−1)/2⌋, for border k−1. */
export function onSkeleton(row: number, column: number, [height, width]: Size, null_: NullName): boolean {
  if (null_ === 'border') return row === height - 1 || column === width - 1;
  return row === Math.floor((height - 1) / 2) || column === Math.floor((width - 1) / 2);
}

/** Rows and columns of a matrix. */
export function sizeOf(matrix: Matrix): Size {
  return [matrix.length, matrix[0]?.length ?? 0];
}

/** Means over the skeleton (or border) and over the other positions; 0 where there are none. */
export function groupMeans(
  matrix: Matrix,
  null_: NullName,
): { readonly heavy: number; readonly rest: number } {
  const size = sizeOf(matrix);
  const groups = { heavy: [] as number[], rest: [] as number[] };
  matrix.forEach((cells, row) =>
    cells.forEach((value, column) => {
      groups[onSkeleton(row, column, size, null_) ? 'heavy' : 'rest'].push(value);
    }),
  );
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return { heavy: mean(groups.heavy), rest: mean(groups.rest) };
}

/** Mean over the skeleton ÷ mean over the other positions; null where there are none or they are zero. */
export function groupRatio(matrix: Matrix, null_: NullName): number | null {
  const { heavy, rest } = groupMeans(matrix, null_);
  return rest === 0 ? null : heavy / rest;
}

/** Words for the first, the middle and the last of several. */
type Words = readonly [first: string, middle: string, last: string];
const ROWS: Words = ['top', 'middle', 'bottom'];
const COLUMNS: Words = ['left', 'centre', 'right'];

/** Labels of so many rows from above: words for the outer and the middle one, numbers from 1 for the others. */
export function rowLabels(count: number): string[] {
  return labels(count, ROWS);
}

/** The same of columns from the left. */
export function columnLabels(count: number): string[] {
  return labels(count, COLUMNS);
}

/** `top left`, `middle centre`, `row 2 left`. */
export function positionName(row: number, column: number, [height, width]: Size): string {
  const ofRow = wordOf(row, height, ROWS) ?? `row ${row + 1}`;
  return `${ofRow} ${wordOf(column, width, COLUMNS) ?? `column ${column + 1}`}`;
}

/** The same for a sentence: `the centre`, `the top-left corner`, `the top centre`. */
export function positionPhrase(row: number, column: number, size: Size): string {
  const [height, width] = size;
  if (isMiddle(row, height) && isMiddle(column, width)) return 'the centre';
  const isCorner = isEnd(row, height) && isEnd(column, width);
  const name = positionName(row, column, size);
  return isCorner ? `the ${name.replace(' ', '-')} corner` : `the ${name}`;
}

function labels(count: number, words: Words): string[] {
  return Array.from({ length: count }, (_, index) => wordOf(index, count, words) ?? String(index + 1));
}

/** Undefined where there is only the number. */
function wordOf(index: number, count: number, [first, middle, last]: Words): string | undefined {
  if (index === 0) return first;
  if (index === count - 1) return last;
  return isMiddle(index, count) ? middle : undefined;
}

const isEnd = (index: number, count: number): boolean => index === 0 || index === count - 1;

const isMiddle = (index: number, count: number): boolean => !isEnd(index, count) && 2 * index === count - 1;

/** All positions, row by row. */
export function positions([height, width]: readonly [number, number]): Array<[number, number]> {
  return Array.from({ length: height * width }, (_, index) => [Math.floor(index / width), index % width]);
}
