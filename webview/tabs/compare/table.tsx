/** The matched kernels as a grid: one stop of the Tab key, ↑/↓ move, Enter opens the layer in Kernels. */
import type { VNode } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import type { Scale } from '../../charts/scales';
import { Glyph } from '../../charts/strip';
import type { Format } from '../../../src/shared/format';
import { moveIndex } from '../../ui/keys';
import { memo } from '../../ui/memo';
import { Spacer, scrollToRow } from '../overview/sites-table';
import { useVisibleRows } from '../../ui/viewport';
import type { CompareColumn } from './columns';
import { compareColumns } from './columns';
import type { CompareContext } from './context';
import type { CompareSort } from './choices';
import type { KernelRow } from './model';
import { shapeWords } from './model';
import { matchWords, measureText } from './words';

export interface KernelsTableProps extends CompareContext {
  readonly rows: readonly KernelRow[];
  /** Opens a layer of the open file in the Kernels tab. */
  readonly open: (row: KernelRow) => void;
}

export function KernelsTable(props: KernelsTableProps): VNode {
  const { rows, view, choices, choose, format, viewport, difference } = props;
  const body = useRef<HTMLTableSectionElement>(null);
  const range = useVisibleRows(body, rows.length);
  const longest = useMemo(
    () => view.kernels.reduce((most, { label }) => Math.max(most, label.length), 8),
    [view],
  );
  const { columns, width } = compareColumns('matched', longest, viewport.width, viewport.content);
  const largest = useMemo(
    () => Math.max(Number.MIN_VALUE, ...rows.map(({ change }) => change.relative ?? 0)),
    [rows],
  );
  const { active, chooseRow, onKeyDown } = rowKeys(props);
  return (
    <div class="table-frame">
      <table
        class="sites"
        width={width}
        role="grid"
        aria-label="Matched kernels"
        aria-rowcount={rows.length + 1}
        aria-activedescendant={active >= range.from && active < range.to ? `kernel-${active}` : undefined}
        tabIndex={0}
        onKeyDown={onKeyDown}
      >
        <Head {...{ columns, choices, choose }} />
        <tbody
          ref={body}
          onClick={(event) => {
            const row = (event.target as Element).closest('tr');
            chooseRow(Number(row?.id.slice('kernel-'.length) ?? NaN));
          }}
        >
          <Spacer rows={range.from} columns={columns.length} />
          {rows.slice(range.from, range.to).map((row, offset) => (
            <Row
              key={row.order}
              {...{ row, columns, format }}
              index={range.from + offset}
              active={range.from + offset === active}
              scale={difference}
              largest={largest}
            />
          ))}
          <Spacer rows={rows.length - range.to} columns={columns.length} />
        </tbody>
      </table>
    </div>
  );
}

/** The selected kernel is the active row, where it is among them. */
function rowKeys({ rows, view, choose, selected, open }: KernelsTableProps) {
  const active = rows.findIndex((row) => row === view.kernels[selected]);
  const chooseRow = (index: number) => {
    const row = rows[index];
    if (row) choose({ layer: row.name });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return;
    if (event.key === 'Enter') {
      const row = rows[active];
      if (row) open(row);
    } else {
      const next = nextRow(event.key, active, rows.length);
      if (next === undefined) return;
      chooseRow(next);
      scrollToRow(next);
    }
    event.preventDefault();
  };
  return { active, chooseRow, onKeyDown };
}

function nextRow(key: string, active: number, count: number): number | undefined {
  if (key === 'ArrowLeft' || key === 'ArrowRight') return undefined;
  const page = { PageDown: 20, PageUp: -20 }[key];
  if (page === undefined) return moveIndex(key, active, count);
  return Math.min(count - 1, Math.max(0, active + page));
}

const SORTS: ReadonlySet<string> = new Set<CompareSort>(['order', 'name', 'relative', 'cosine', 'maxAbs']);

function Head({
  columns,
  choices,
  choose,
}: {
  readonly columns: readonly CompareColumn[];
  readonly choices: CompareContext['choices'];
  readonly choose: CompareContext['choose'];
}): VNode {
  return (
    <>
      <colgroup>
        {columns.map(({ key, width }) => (
          <col key={key} width={width} />
        ))}
      </colgroup>
      <thead>
        <tr aria-rowindex={1}>
          {columns.map((column) => {
            if (column.key === 'bar') return <td key={column.key} class="bar-head" />;
            if (SORTS.has(column.key)) {
              return (
                <SortHead
                  key={column.key}
                  {...{ column, choices, choose }}
                  sort={column.key as CompareSort}
                />
              );
            }
            return (
              <th key={column.key} scope="col">
                {column.label}
              </th>
            );
          })}
        </tr>
      </thead>
    </>
  );
}

function SortHead({
  column,
  sort,
  choices,
  choose,
}: {
  readonly column: CompareColumn;
  readonly sort: CompareSort;
  readonly choices: CompareContext['choices'];
  readonly choose: CompareContext['choose'];
}): VNode {
  const sorted = choices.sort === sort;
  const { descending } = choices;
  return (
    <th
      scope="col"
      class={column.numeric ? 'numeric' : ''}
      aria-sort={sorted ? (descending ? 'descending' : 'ascending') : 'none'}
    >
      <button
        type="button"
        class="sort"
        title={sorted ? 'Sort the other way' : `Sort by ${column.label}`}
        onClick={() => {
          // The largest change is what a reader looks for first.
          const first = sort === 'relative' || sort === 'maxAbs';
          choose({ sort, descending: sorted ? !descending : first });
        }}
      >
        {column.label}
        {sorted && <span aria-hidden="true">{descending ? ' ↓' : ' ↑'}</span>}
      </button>
    </th>
  );
}

interface RowProps {
  readonly row: KernelRow;
  readonly index: number;
  readonly columns: readonly CompareColumn[];
  readonly active: boolean;
  readonly scale: Scale;
  /** The largest relative change of the rows, for the bars. */
  readonly largest: number;
  readonly format: Format;
}

/** Clicks are taken by the table: a row without handlers is not drawn again while scrolling. */
const Row = memo(function Row(props: RowProps): VNode {
  const { index, columns, active } = props;
  return (
    <tr
      id={`kernel-${index}`}
      class={active ? 'active' : ''}
      aria-rowindex={index + 2}
      aria-selected={active}
    >
      {columns.map((column) => (
        <td
          key={column.key}
          class={column.key === 'bar' ? 'bar-cell' : column.numeric ? 'numeric' : ''}
          aria-hidden={column.key === 'bar' || column.key === 'map' ? 'true' : undefined}
        >
          {cells[column.key](props)}
        </td>
      ))}
    </tr>
  );
});

const cells: Record<CompareColumn['key'], (props: RowProps) => VNode | string | null> = {
  order: ({ row, format }) => <span class="dim">{format.count(row.order)}</span>,
  name: ({ row }) => (
    <span class="mono clipped" title={row.label}>
      {row.label}
    </span>
  ),
  shape: ({ row }) => shapeWords(row.kernel.shape),
  match: ({ row }) => matchWords(row.kernel),
  relative: ({ row, format }) => measureText('relative', row.change.relative, format),
  cosine: ({ row, format }) => measureText('cosine', row.change.cosine, format),
  maxAbs: ({ row, format }) => measureText('maxAbs', row.change.maxAbs, format),
  bar: ({ row, largest }) => (
    <svg width="72" height="8">
      <rect
        class="bar"
        y="1"
        width={(72 * Math.min(1, (row.change.relative ?? largest) / largest)).toFixed(1)}
        height="6"
      />
    </svg>
  ),
  map: ({ row, scale }) => (
    <svg width="20" height="20">
      <Glyph matrix={row.map} scale={scale} x={1} y={1} side={18} />
    </svg>
  ),
  why: () => null,
};
