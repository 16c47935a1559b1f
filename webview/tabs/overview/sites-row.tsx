/** One row of the table of sites. */
import type { VNode } from 'preact';
import type { Format } from '../../../src/shared/format';
import { Icon } from '../../ui/icons';
import { memo } from '../../ui/memo';
import type { ColumnSpec } from './sites-columns';
import { batchNormWords, canConvert, outputWords, sizeWords, verdict } from './sites-model';
import type { Row } from './sites-model';

export interface SiteRowProps {
  readonly row: Row;
  readonly index: number;
  readonly columns: readonly ColumnSpec[];
  readonly active: boolean;
  readonly chosen: boolean;
  /** The largest MACs of the rows, for the bars. */
  readonly largest: number;
  readonly format: Format;
}

/** Clicks are taken by the table: a row without handlers is not drawn again while scrolling. */
export const SiteRow = memo(function SiteRow(props: SiteRowProps): VNode {
  const { row, index, columns, active, chosen } = props;
  const classes = [active && 'active', !row.site.eligible && row.site.kind === 'plain' && 'off'];
  return (
    <tr
      id={`site-${index}`}
      class={classes.filter(Boolean).join(' ')}
      aria-rowindex={index + 2}
      aria-selected={chosen}
    >
      {columns.map((column) => (
        <td
          key={column.key}
          class={cellClass(column)}
          aria-hidden={column.key === 'bar' ? 'true' : undefined}
        >
          {cell(column, props)}
        </td>
      ))}
    </tr>
  );
});

function cellClass({ key, numeric }: ColumnSpec): string {
  if (key === 'bar') return 'bar-cell';
  return numeric ? 'numeric' : '';
}

function cell({ key }: ColumnSpec, props: SiteRowProps): Content {
  return cells[key](props);
}

type Content = VNode | string | null;

const cells: Record<ColumnSpec['key'], (props: SiteRowProps) => Content> = {
  select: (props) => (canConvert(props.row.site) ? <SelectBox {...props} /> : null),
  order: ({ row, format }) => <span class="dim">{format.count(row.order)}</span>,
  name: ({ row }) => (
    <span class="mono clipped" title={row.site.name}>
      {row.site.name}
    </span>
  ),
  kernel: ({ row }) => sizeWords(row.site.kernel, false),
  channels: ({ row: { site }, format }) =>
    `${format.count(site.inChannels)} → ${format.count(site.outChannels)}`,
  stride: ({ row }) => sizeWords(row.site.stride, true),
  dilation: ({ row }) => sizeWords(row.site.dilation, true),
  groups: ({ row, format }) => format.count(row.site.groups),
  output: ({ row }) => outputWords(row.site.output),
  macs: ({ row, format }) => format.millions(row.site.macs),
  bar: ({ row, largest }) => <Bar share={(row.site.macs ?? 0) / largest} />,
  batchNorm: ({ row }) => batchNormWords(row.site),
  verdict: (props) => <VerdictCell {...props} />,
};

function SelectBox({ row, chosen }: SiteRowProps): VNode {
  return <input type="checkbox" tabIndex={-1} aria-label={`Select ${row.site.name}`} checked={chosen} />;
}

function Bar({ share }: { readonly share: number }): VNode {
  return (
    <svg width="72" height="8">
      <rect class="bar" y="1" width={(72 * share).toFixed(1)} height="6" />
    </svg>
  );
}

function VerdictCell({ row }: SiteRowProps): VNode {
  const { icon, text } = verdict(row.site);
  return (
    <span class="clipped" title={text}>
      <Icon name={icon} />
      {text}
    </span>
  );
}
