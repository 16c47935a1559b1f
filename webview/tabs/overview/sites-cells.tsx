/** What stands in the columns of the table of sites. */
import type { VNode } from 'preact';
import type { Format } from '../../../src/shared/format';
import { pair } from '../../../src/shared/numbers';
import { Bar } from '../../charts/bar';
import type { Column } from '../../ui/grid/column';
import { Icon } from '../../ui/icons';
import type { ColumnSpec } from './sites-columns';
import { batchNormWords, canConvert, outputWords, squareWords, verdict } from './model';
import type { Row } from './model';

/** What cells need beside their row. */
export interface CellContext {
  readonly format: Format;
  /** The largest MACs of the rows, for the bars. */
  readonly largest: number;
  /** The box above the boxes. */
  readonly selectAll: VNode;
}

/** The columns with what stands in them. */
export function siteColumns(specs: readonly ColumnSpec[], context: CellContext): Column<Row>[] {
  return specs.map(({ key, label, numeric, width }): Column<Row> => ({
    id: key,
    heading: key === 'select' ? context.selectAll : label,
    width,
    ...(numeric && { align: 'right' }),
    ...(key === 'bar' && { kind: 'picture' }),
    ...(key !== 'select' && key !== 'bar' && { sort: 'ascending' }),
    cell: (row, { selected }) => cells[key](row, context, selected),
  }));
}

type Cell = (row: Row, context: CellContext, selected: boolean) => VNode | string | null;

const cells: Record<ColumnSpec['key'], Cell> = {
  select: ({ site }, _, selected) =>
    canConvert(site) ? (
      <input type="checkbox" tabIndex={-1} aria-label={`Select ${site.name}`} checked={selected} />
    ) : null,
  order: ({ order }, { format }) => <span class="dim">{format.count(order)}</span>,
  name: ({ site }) => (
    <span class="mono clipped" title={site.name}>
      {site.name}
    </span>
  ),
  kernel: ({ site }) => pair(site.kernel),
  channels: ({ site }, { format }) => `${format.count(site.inChannels)} → ${format.count(site.outChannels)}`,
  stride: ({ site }) => squareWords(site.stride),
  dilation: ({ site }) => squareWords(site.dilation),
  groups: ({ site }, { format }) => format.count(site.groups),
  output: ({ site }) => outputWords(site.output),
  macs: ({ site }, { format }) => format.millions(site.macs),
  bar: ({ site }, { largest }) => <Bar share={(site.macs ?? 0) / largest} />,
  batchNorm: ({ site }) => batchNormWords(site),
  verdict: ({ site }) => <VerdictCell {...verdict(site)} />,
};

function VerdictCell({ icon, text }: ReturnType<typeof verdict>): VNode {
  return (
    <span class="clipped" title={text}>
      <Icon name={icon} />
      {text}
    </span>
  );
}
