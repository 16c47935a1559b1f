/** All layers with their matrices as numbers, closed until asked for. */
import type { VNode } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { positions } from '../../charts/csv';
import { groupWords, positionName, sizeOf } from '../../../src/shared/positions';
import { Glyph } from '../../charts/strip';
import type { DepthPoint } from '../../charts/depth-model';
import type { LayersContext } from './kernels-context';
import { useVisibleRows } from '../../ui/viewport';

export function LayersTable(props: LayersContext): VNode {
  const [open, setOpen] = useState(false);
  return (
    <section aria-label="All layers">
      <details
        onToggle={(event) => {
          setOpen(event.currentTarget.open);
        }}
      >
        <summary class="strong">All layers</summary>
        {open && <Table {...props} />}
      </details>
    </section>
  );
}

function Table({ depth, view, selected, select, format, magnitude }: LayersContext): VNode {
  const body = useRef<HTMLTableSectionElement>(null);
  const range = useVisibleRows(body, depth.points.length);
  const size = sizeOf(view.own);
  // Above 3×3 a row would not fit: the picture stays, the numbers are in Copy as CSV and the layer's table.
  const cells = size[0] * size[1] <= 9 ? positions(size) : [];
  const { heavy, rest } = groupWords(view.nullName);
  const columns = cells.length + 4;
  return (
    <div class="table-frame scrolls" tabIndex={0} role="region" aria-label="Magnitudes of all layers">
      <table class="numbers" aria-rowcount={depth.points.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col" class="numeric">
              #
            </th>
            <th scope="col">Layer</th>
            <td class="bar-head" />
            <th scope="col" class="numeric">
              {heavy} ÷ {rest}
            </th>
            {cells.map(([row, column]) => (
              <th scope="col" class="numeric">
                {positionName(row, column, size)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          <Gap rows={range.from} columns={columns} />
          {depth.points.slice(range.from, range.to).map((point, offset) => {
            const index = range.from + offset;
            return (
              <LayerRow
                key={index}
                {...{ point, index, cells, select, format, magnitude }}
                active={index === selected}
              />
            );
          })}
          <Gap rows={depth.points.length - range.to} columns={columns} />
        </tbody>
      </table>
    </div>
  );
}

interface LayerRowProps extends Pick<LayersContext, 'select' | 'format' | 'magnitude'> {
  readonly point: DepthPoint;
  readonly index: number;
  readonly cells: ReadonlyArray<readonly [number, number]>;
  readonly active: boolean;
}

function LayerRow({ point, index, cells, active, select, format, magnitude }: LayerRowProps): VNode {
  return (
    <tr
      class={active ? 'active' : ''}
      aria-rowindex={index + 2}
      onClick={() => {
        select(index);
      }}
    >
      <td class="numeric dim">{format.count(index + 1)}</td>
      <th scope="row" class="mono">
        {point.name}
      </th>
      <td class="bar-cell" aria-hidden="true">
        <svg width="20" height="20">
          <Glyph matrix={point.matrix} scale={magnitude} x={1} y={1} side={18} />
        </svg>
      </td>
      <td class="numeric">{format.ratio(point.ratio)}</td>
      {cells.map(([row, column]) => (
        <td class="numeric">{format.fixed(point.matrix[row]?.[column] ?? null, 3)}</td>
      ))}
    </tr>
  );
}

function Gap({ rows, columns }: { readonly rows: number; readonly columns: number }): VNode | null {
  if (rows <= 0) return null;
  return (
    <tr class="spacer" role="presentation">
      <td role="presentation" colSpan={columns} height={rows * 24} />
    </tr>
  );
}
