/** Comma-separated values (RFC 4180) for the clipboard: full precision, point as decimal mark. */
import { csvCell } from '../../src/shared/sinks/csv';
import { positionName, positions, sizeOf } from '../../src/shared/positions';
import type { Matrix } from '../../src/shared/matrix';

/** A matrix as one column of numbers. */
export interface Column {
  readonly name: string;
  readonly matrix: Matrix;
  /** Numbers that are differences: shown with their sign. */
  readonly signed?: boolean;
}

/** Null and empty text are empty cells. */
export type Cell = string | number | null;

/** Rows end in CRLF, the last one too. */
export function csv(head: readonly string[], rows: ReadonlyArray<readonly Cell[]>): string {
  return [head, ...rows].map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
}

/** One row for each position, one column for each matrix. */
export function matricesCsv(columns: readonly Column[]): string {
  const size = sizeOf(columns[0]?.matrix ?? []);
  const rows = positions(size).map(([row, column]) => [
    positionName(row, column, size),
    ...columns.map(({ matrix }) => matrix[row]?.[column] ?? null),
  ]);
  return csv(['position', ...columns.map(({ name }) => name)], rows);
}

function cell(value: Cell): string {
  if (value === null || (typeof value === 'number' && !Number.isFinite(value))) return '';
  if (typeof value === 'number') return String(Number(value.toPrecision(7)));
  return csvCell(value);
}
