/** The columns of the table of sites at each width, and how wide each must be. Pure. */
import type { SortKey } from './choices';
import type { Row } from './model';
import { verdict } from './model';

/** A column of the table of sites. */
export interface ColumnSpec {
  readonly key: SortKey | 'select' | 'bar';
  readonly label: string;
  readonly numeric?: boolean;
  /** Narrowest page that shows it. */
  readonly from: number;
  /** Pixels; names and verdicts are measured. */
  readonly width: number;
}

const specs: readonly ColumnSpec[] = [
  { key: 'select', label: '', from: 0, width: 28 },
  { key: 'order', label: '#', numeric: true, from: 900, width: 48 },
  { key: 'name', label: 'Site', from: 0, width: 0 },
  { key: 'kernel', label: 'Kernel', from: 0, width: 64 },
  { key: 'channels', label: 'In → out', from: 700, width: 104 },
  { key: 'stride', label: 'Stride', numeric: true, from: 900, width: 56 },
  { key: 'dilation', label: 'Dilation', numeric: true, from: 900, width: 64 },
  { key: 'groups', label: 'Groups', numeric: true, from: 900, width: 60 },
  { key: 'output', label: 'Output', numeric: true, from: 1280, width: 64 },
  { key: 'macs', label: 'MACs, M', numeric: true, from: 0, width: 72 },
  { key: 'bar', label: '', from: 900, width: 92 },
  { key: 'batchNorm', label: 'Batch norm', from: 900, width: 104 },
  { key: 'verdict', label: 'Can become an ACB', from: 0, width: 0 },
];

/** Advance of a character of names (12 px monospace) and of text (13 px), with room to spare. */
const NAME_CHARACTER = 7.4;
const TEXT_CHARACTER = 7;
const PADDING = 12;
const ICON = 20;
/** A reason is cut, and told in full when pointed at, before a table scrolls sideways; less of it says nothing. */
const LEAST_VERDICT = 240;
/** What a table that is too wide does without, in this order. */
const GIVEN_UP: ReadonlyArray<ColumnSpec['key']> = ['bar', 'dilation', 'groups', 'order', 'stride'];

/** The columns that fit. */
export interface TableLayout {
  readonly columns: readonly ColumnSpec[];
  /** Pixels the table needs; wider than the page, it scrolls inside itself. */
  readonly width: number;
  readonly overflows: boolean;
}

/** Widths hold for all rows, not for those in sight, so that nothing moves while scrolling. */
export function tableLayout(rows: readonly Row[], page: number, content: number): TableLayout {
  const whole = verdictWidth(rows);
  const columns = fitting(
    specs
      .filter(({ key, from }) => page >= from && says(key, rows))
      .map((column) => (column.key === 'name' ? { ...column, width: nameWidth(rows) } : column)),
    content - Math.min(whole, LEAST_VERDICT),
  );
  const others = widthOf(columns);
  const verdictSpace = Math.min(whole, Math.max(LEAST_VERDICT, content - others));
  const needed = others + verdictSpace;
  return {
    columns: stretch(
      columns.map((column) => (column.key === 'verdict' ? { ...column, width: verdictSpace } : column)),
      content - needed,
    ),
    width: Math.max(needed, content),
    overflows: needed > content,
  };
}

/** Without columns that matter less than the reason beside each site, as far as the space asks for it. */
function fitting(columns: readonly ColumnSpec[], space: number): readonly ColumnSpec[] {
  return GIVEN_UP.reduce(
    (kept, given) => (widthOf(kept) <= space ? kept : kept.filter(({ key }) => key !== given)),
    columns,
  );
}

/** Of all but the verdict. */
function widthOf(columns: readonly ColumnSpec[]): number {
  return columns.reduce((sum, { key, width }) => sum + (key === 'verdict' ? 0 : width), 0);
}

/** Weights without a network have no sizes and no MACs: columns of dashes would push the verdict off the page. */
function says(key: ColumnSpec['key'], rows: readonly Row[]): boolean {
  if (rows.length === 0) return true;
  if (key === 'output') return rows.some(({ site }) => site.output !== null);
  if (key === 'macs' || key === 'bar') return rows.some(({ site }) => site.macs !== null);
  return true;
}

function stretch(columns: readonly ColumnSpec[], spare: number): readonly ColumnSpec[] {
  if (spare <= 0) return columns;
  // A third of what is left goes to the names, the rest to the reasons, as far as it helps.
  const name = Math.min(120, Math.floor(spare / 3));
  return columns.map((column) => {
    if (column.key === 'name') return { ...column, width: column.width + name };
    if (column.key === 'verdict') return { ...column, width: column.width + spare - name };
    return column;
  });
}

function nameWidth(rows: readonly Row[]): number {
  const longest = rows.reduce((most, { site }) => Math.max(most, site.name.length), 8);
  return Math.ceil(Math.min(longest, 64) * NAME_CHARACTER) + PADDING;
}

function verdictWidth(rows: readonly Row[]): number {
  const longest = rows.reduce((most, { site }) => Math.max(most, verdict(site).text.length), 17);
  return Math.ceil(longest * TEXT_CHARACTER) + ICON + PADDING;
}
