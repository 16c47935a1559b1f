/** The heads of a grid's columns. */
import type { VNode } from 'preact';
import type { Column } from './column';
import { pressed } from './sort';
import type { Order } from './sort';

/** How the rows are sorted, and what changes it. */
export interface Sorting extends Order {
  /** The column of the order in which the rows are given: a third press on another one leads back to it. */
  readonly rest?: string;
  readonly onChange: (order: Order) => void;
}

interface HeadProps<R> {
  readonly columns: ReadonlyArray<Column<R>>;
  readonly sorting: Sorting | undefined;
}

/** A head sorts by its column when it is clicked, where sorting is possible; again, the other way round. */
export function Head<R>({ columns, sorting }: HeadProps<R>): VNode {
  return (
    <thead>
      <tr aria-rowindex={1}>
        {columns.map((column) => (
          <ColumnHead key={column.id} {...{ column, sorting }} />
        ))}
      </tr>
    </thead>
  );
}

function ColumnHead<R>({
  column,
  sorting,
}: Pick<HeadProps<R>, 'sorting'> & { readonly column: Column<R> }): VNode {
  const { heading, align, sort } = column;
  if (heading === '') return <td class="bar-head" />;
  const name = align === 'right' ? 'numeric' : '';
  if (sort === undefined || sorting === undefined) {
    return (
      <th scope="col" class={name}>
        {heading}
      </th>
    );
  }
  const { descending, rest } = sorting;
  const isSorted = sorting.sort === column.id && !(column.id === rest && !descending);
  return (
    <th scope="col" class={name} aria-sort={isSorted ? (descending ? 'descending' : 'ascending') : 'none'}>
      <button
        type="button"
        class="sort"
        title={isSorted || typeof heading !== 'string' ? 'Sort the other way' : `Sort by ${heading}`}
        onClick={() => {
          sorting.onChange(pressed(column, sorting, rest));
        }}
      >
        {heading}
        {isSorted && <span aria-hidden="true">{descending ? ' ↓' : ' ↑'}</span>}
      </button>
    </th>
  );
}

/** Widths of columns, where a grid has fixed ones. */
export function Widths<R>({ columns }: Pick<HeadProps<R>, 'columns'>): VNode {
  return (
    <colgroup>
      {columns.map(({ id, width }) => (
        <col key={id} width={width} />
      ))}
    </colgroup>
  );
}
