/** The columns of the table of kernels at each width. Pure. */
import type { CompareSort } from './choices';

/** A column of the table of kernels. */
export interface CompareColumn {
  readonly key: CompareSort | 'shape' | 'match' | 'bar' | 'map' | 'why';
  readonly label: string;
  readonly numeric?: boolean;
  /** Narrowest page that shows it. */
  readonly from: number;
  /** Pixels; names and reasons take what is left. */
  readonly width: number;
}

const MATCHED: readonly CompareColumn[] = [
  { key: 'order', label: '#', numeric: true, from: 450, width: 44 },
  { key: 'name', label: 'Layer', from: 0, width: 0 },
  { key: 'shape', label: 'Shape', from: 700, width: 128 },
  { key: 'match', label: 'Matched by', from: 900, width: 104 },
  { key: 'relative', label: 'Relative change', numeric: true, from: 0, width: 116 },
  { key: 'bar', label: '', from: 700, width: 96 },
  { key: 'cosine', label: 'Cosine', numeric: true, from: 450, width: 76 },
  { key: 'maxAbs', label: 'Max |Δ|', numeric: true, from: 700, width: 84 },
  { key: 'map', label: 'Map', from: 0, width: 44 },
];

const UNMATCHED: readonly CompareColumn[] = [
  { key: 'name', label: 'Layer', from: 0, width: 0 },
  { key: 'shape', label: 'Shape', from: 0, width: 128 },
  { key: 'why', label: 'Why', from: 600, width: 0 },
];

/** Advance of a character of names (12 px monospace), with room to spare. */
const CHARACTER = 7.4;
const PADDING = 12;
/** Of a name so much is shown before anything else is. */
const LEAST_NAME = 96;
const MOST_CHARACTERS = 72;
/** What a table does without for whole names, in this order. */
const GIVEN_UP: ReadonlyArray<CompareColumn['key']> = ['bar', 'match', 'maxAbs', 'shape', 'order'];

/** The columns that fit, and their widths together in CSS pixels. */
export interface CompareTableLayout {
  readonly columns: readonly CompareColumn[];
  readonly width: number;
}

/** Names are cut, and told in full when pointed at, before a table is wider than the page. */
export function compareColumns(
  lists: 'matched' | 'unmatched',
  longest: number,
  page: number,
  content: number,
): CompareTableLayout {
  const wanted = Math.ceil(Math.min(longest, MOST_CHARACTERS) * CHARACTER) + PADDING;
  const possible = (lists === 'matched' ? MATCHED : UNMATCHED).filter(({ from }) => page >= from);
  const shown =
    lists === 'matched'
      ? GIVEN_UP.reduce(
          (kept, given) =>
            widthOf(kept) + wanted <= content ? kept : kept.filter(({ key }) => key !== given),
          possible,
        )
      : possible;
  const others = widthOf(shown);
  const room = content - others;
  const hasWhy = shown.some(({ key }) => key === 'why');
  const name = Math.max(LEAST_NAME, Math.min(wanted, hasWhy ? Math.floor(room / 2) : room));
  const why = Math.max(0, room - name);
  const columns = shown.map((column) => {
    if (column.key === 'name') return { ...column, width: name };
    return column.key === 'why' ? { ...column, width: why } : column;
  });
  return { columns, width: widthOf(columns) };
}

function widthOf(columns: readonly CompareColumn[]): number {
  return columns.reduce((sum, { width }) => sum + width, 0);
}
