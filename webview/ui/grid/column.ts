import type { ComponentChildren } from 'preact';

/** What a cell may depend on beside its row. */
export interface RowState {
  readonly selected: boolean;
}

/** A column of a grid. Make the list of columns once for its rows: a row is drawn again when it is another list. */
export interface Column<R> {
  readonly id: string;
  /** Empty over a picture. */
  readonly heading: ComponentChildren;
  readonly cell: (row: R, state: RowState) => ComponentChildren;
  /** Numbers stand at the right. */
  readonly align?: 'right';
  /** `row`: the cell is the name of its row. `picture`: it shows what other cells say, to those who see it. */
  readonly kind?: 'row' | 'picture';
  /** Rows can be sorted by it, this way first. */
  readonly sort?: 'ascending' | 'descending';
  /** Pixels, where the grid has fixed widths. */
  readonly width?: number;
}

/** A column of numbers. */
export function numeric<R>(id: string, heading: ComponentChildren, cell: Column<R>['cell']): Column<R> {
  return { id, heading, cell, align: 'right' };
}
