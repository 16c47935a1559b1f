/** All layers with their matrices as numbers, closed until asked for. */
import type { VNode } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { positions, groupWords, positionName, sizeOf } from '../../../src/shared/positions';
import { Glyph } from '../../charts/strip';
import type { DepthPoint } from '../../charts/depth-model';
import type { LayersContext } from './context';
import { numeric } from '../../ui/grid/column';
import type { Column } from '../../ui/grid/column';
import { Grid } from '../../ui/grid/grid';

/** Its rows are drawn once it is open. */
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
  const rows = useMemo(() => depth.points.map((point, index) => ({ point, index })), [depth]);
  const columns = useMemo(
    () => columnsOf({ view, format, magnitude }),
    [view, format, magnitude.min, magnitude.max],
  );
  return (
    <Grid
      name="Magnitudes of all layers"
      look="numbers"
      keyOf={({ index }) => index}
      picking={{ id: 'layer', active: selected, pick: select }}
      {...{ rows, columns }}
    />
  );
}

interface LayerRow {
  readonly point: DepthPoint;
  readonly index: number;
}

function columnsOf({
  view,
  format,
  magnitude,
}: Pick<LayersContext, 'view' | 'format' | 'magnitude'>): Column<LayerRow>[] {
  const size = sizeOf(view.own);
  // Above 3×3 a row would not fit: the picture stays, the numbers are in Copy as CSV and the layer's table.
  const cells = size[0] * size[1] <= 9 ? positions(size) : [];
  const { heavy, rest } = groupWords(view.nullName);
  return [
    numeric('order', '#', ({ index }) => <span class="dim">{format.count(index + 1)}</span>),
    {
      id: 'layer',
      heading: 'Layer',
      kind: 'row',
      cell: ({ point }) => <span class="mono">{point.name}</span>,
    },
    {
      id: 'picture',
      heading: '',
      kind: 'picture',
      cell: ({ point }) => (
        <svg width="20" height="20">
          <Glyph matrix={point.matrix} scale={magnitude} x={1} y={1} side={18} />
        </svg>
      ),
    },
    numeric('ratio', `${heavy} ÷ ${rest}`, ({ point }) => format.ratio(point.ratio)),
    ...cells.map(([row, column]) =>
      numeric<LayerRow>(`${row} ${column}`, positionName(row, column, size), ({ point }) =>
        format.fixed(point.matrix[row]?.[column] ?? null, 3),
      ),
    ),
  ];
}
