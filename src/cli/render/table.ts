import { terminalLine } from '../../shared/sinks/terminal';
import { cellsOf } from '../cells';

/** A column of a table for a terminal. */
export interface Column {
  readonly head: string;
  /** Numbers stand right, names left (the default). */
  readonly align?: 'left' | 'right';
}

/** Rows under heads, columns two spaces apart, no trailing blanks. */
export function table(columns: readonly Column[], cells: ReadonlyArray<readonly string[]>): string {
  const heads = columns.map(({ head }) => terminalLine(head));
  const rows = cells.map((row) => row.map(terminalLine));
  const widths = columns.map((_, i) => Math.max(...[heads, ...rows].map((row) => cellsOf(row[i] ?? ''))));
  const line = (row: readonly string[]) =>
    columns
      .map(({ align }, i) => pad(row[i] ?? '', widths[i], align ?? 'left'))
      .join('  ')
      .trimEnd();
  return [line(heads), line(widths.map((size) => '─'.repeat(size))), ...rows.map(line)].join('\n');
}

/** Two columns without heads: what, and its value. */
export function facts(pairs: ReadonlyArray<readonly [string, string]>): string {
  const rows = pairs.map(([label, value]) => [terminalLine(label), terminalLine(value)] as const);
  const size = Math.max(...rows.map(([label]) => cellsOf(label)));
  return rows.map(([label, value]) => `${pad(label, size, 'left')}  ${value}`.trimEnd()).join('\n');
}

function pad(text: string, size: number, align: 'left' | 'right'): string {
  const blanks = ' '.repeat(Math.max(size - cellsOf(text), 0));
  return align === 'left' ? text + blanks : blanks + text;
}
