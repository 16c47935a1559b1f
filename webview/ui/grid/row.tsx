/** One row of a grid, and what stands for those that are not drawn. */
import type { VNode } from 'preact';
import { memo } from '../memo';
import type { Column, RowState } from './column';

export interface RowProps<R> extends RowState {
  readonly row: R;
  readonly index: number;
  readonly id: string | undefined;
  readonly columns: ReadonlyArray<Column<R>>;
  readonly active: boolean;
  readonly name: string;
  /** Whether rows can be selected at all. */
  readonly selectable: boolean;
}

/** Clicks are taken by the table: a row without handlers is not drawn again while scrolling. */
export const Row = memo(function Row<R>(props: RowProps<R>): VNode {
  const { row, index, id, columns, active, selected, selectable, name } = props;
  return (
    <tr
      id={id}
      class={[active && 'active', name].filter(Boolean).join(' ')}
      aria-rowindex={index + 2}
      aria-selected={selectable ? selected : undefined}
    >
      {columns.map((column) => (
        <Cell key={column.id} {...{ column, row, selected }} />
      ))}
    </tr>
  );
});

function Cell<R>({
  column: { heading, cell, align, kind },
  row,
  selected,
}: RowState & { readonly column: Column<R>; readonly row: R }): VNode {
  const name = align === 'right' ? 'numeric' : '';
  const content = cell(row, { selected });
  if (kind === 'row') {
    return (
      <th scope="row" class={name}>
        {content}
      </th>
    );
  }
  if (kind === 'picture') {
    return (
      <td class={heading === '' ? 'bar-cell' : ''} aria-hidden="true">
        {content}
      </td>
    );
  }
  return <td class={name}>{content}</td>;
}

/** Keeps the height of rows that are not in sight. */
export function Spacer({ rows, columns }: { readonly rows: number; readonly columns: number }): VNode | null {
  if (rows <= 0) return null;
  return (
    <tr class="spacer" role="presentation">
      <td role="presentation" colSpan={columns} height={rows * 24} />
    </tr>
  );
}
