/** The numbers of several matrices as a table, closed until asked for. */
import type { VNode } from 'preact';
import type { Column } from '../charts/csv';
import { positions, positionName, sizeOf } from '../../src/shared/positions';
import { numeric } from './grid/column';
import { Grid } from './grid/grid';
import type { Format } from '../../src/shared/format';

export interface NumberTableProps {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly format: Format;
}

/** One row for each position, one column for each matrix. */
export function NumberTable({ name, columns, format }: NumberTableProps): VNode {
  const size = sizeOf(columns[0]?.matrix ?? []);
  return (
    <details>
      <summary>Table of these numbers</summary>
      <Grid
        look="numbers"
        keyOf={([row, column]) => positionName(row, column, size)}
        rows={positions(size)}
        columns={[
          {
            id: 'position',
            heading: 'Position',
            kind: 'row',
            cell: ([row, column]) => positionName(row, column, size),
          },
          ...columns.map(({ name: head, matrix, signed = false }) =>
            numeric<Position>(head, head, ([row, column]) => {
              const value = matrix[row]?.[column] ?? NaN;
              return signed ? format.signed(value, 3) : format.fixed(value, 3);
            }),
          ),
        ]}
        name={name}
      />
    </details>
  );
}

type Position = readonly [row: number, column: number];
