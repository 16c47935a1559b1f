/** The numbers of several matrices as a table, closed until asked for. */
import type { VNode } from 'preact';
import { positions } from '../charts/csv';
import type { Column } from '../charts/csv';
import { positionName, sizeOf } from '../../src/shared/positions';
import type { Format } from '../../src/shared/format';

export interface NumberTableProps {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly format: Format;
}

export function NumberTable({ name, columns, format }: NumberTableProps): VNode {
  const size = sizeOf(columns[0]?.matrix ?? []);
  return (
    <details>
      <summary>Table of these numbers</summary>
      <div class="table-frame scrolls" tabIndex={0} role="region" aria-label={name}>
        <table class="numbers">
          <thead>
            <tr>
              <th scope="col">Position</th>
              {columns.map(({ name: head }) => (
                <th scope="col" class="numeric">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {positions(size).map(([row, column]) => (
              <tr>
                <th scope="row">{positionName(row, column, size)}</th>
                {columns.map(({ name: head, matrix }) => {
                  const value = matrix[row]?.[column] ?? NaN;
                  return (
                    <td class="numeric">
                      {head.startsWith('Difference') ? format.signed(value, 3) : format.fixed(value, 3)}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
