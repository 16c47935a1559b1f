/** In which order the rows of a grid stand. Pure. */
import type { Column } from './column';

/** By which column, and which way. */
export interface Order<Id extends string = string> {
  /** Id of a column. */
  readonly sort: Id;
  readonly descending: boolean;
}

const collator = new Intl.Collator(undefined, { numeric: true });

/** The rows by their values, a new list; rows of equal value stay in the order they are given in. */
export function sorted<R>(rows: readonly R[], value: (row: R) => number | string, descending: boolean): R[] {
  const sign = descending ? -1 : 1;
  return rows
    .map((row) => ({ row, value: value(row) }))
    .sort((a, b) => sign * compare(a.value, b.value))
    .map(({ row }) => row);
}

function compare(a: number | string, b: number | string): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(String(a), String(b));
}

/**
 * What a press on a column's head leads to: its own way first, then the other way.
 * @param rest where a third press leads, in place of the first way again
 */
export function pressed<R>(
  { id, sort }: Pick<Column<R>, 'id' | 'sort'>,
  now: Order,
  rest: string | undefined,
): Order {
  const first = sort === 'descending';
  if (now.sort !== id) return { sort: id, descending: first };
  if (now.descending === first) return { sort: id, descending: !first };
  return rest === undefined ? { sort: id, descending: first } : { sort: rest, descending: false };
}
