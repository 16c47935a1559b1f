/** A column of a table for a terminal. */
export interface Column {
  readonly head: string;
  /** Numbers stand right, names left (the default). */
  readonly align?: 'left' | 'right';
}

/** Rows under heads, columns two spaces apart, no trailing blanks. */
export function table(columns: readonly Column[], rows: ReadonlyArray<readonly string[]>): string {
  const heads = columns.map(({ head }) => head);
  const widths = columns.map((_, i) => Math.max(...[heads, ...rows].map((row) => width(row[i] ?? ''))));
  const line = (cells: readonly string[]) =>
    columns
      .map(({ align }, i) => pad(cells[i] ?? '', widths[i], align ?? 'left'))
      .join('  ')
      .trimEnd();
  return [line(heads), line(widths.map((size) => '─'.repeat(size))), ...rows.map(line)].join('\n');
}

/** Two columns without heads: what, and its value. */
export function facts(rows: ReadonlyArray<readonly [string, string]>): string {
  const size = Math.max(...rows.map(([label]) => width(label)));
  return rows.map(([label, value]) => `${pad(label, size, 'left')}  ${value}`.trimEnd()).join('\n');
}

function pad(text: string, size: number, align: 'left' | 'right'): string {
  const blanks = ' '.repeat(Math.max(size - width(text), 0));
  return align === 'left' ? text + blanks : blanks + text;
}

/** Code points: everything these tables hold is one cell wide. */
function width(text: string): number {
  return [...text].length;
}
