/** The kernels of a comparison as grids: of matched ones ↑/↓ move, and Enter opens the layer in Kernels. */
import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import type { UnmatchedKernelResult } from '../../../src/contract/results';
import type { Format } from '../../../src/shared/format';
import { Bar } from '../../charts/bar';
import type { Scale } from '../../charts/scales';
import { Glyph } from '../../charts/strip';
import type { Column } from '../../ui/grid/column';
import { Grid } from '../../ui/grid/grid';
import type { Viewport } from '../../ui/viewport';
import type { CompareSort } from './choices';
import { compareColumns } from './columns';
import type { CompareColumn } from './columns';
import type { CompareContext } from './context';
import type { KernelRow } from './model';
import { shapeWords } from './model';
import { matchWords, measureText } from './words';

export interface KernelsTableProps extends CompareContext {
  readonly rows: readonly KernelRow[];
  /** Opens a layer of the open file in the Kernels tab. */
  readonly open: (row: KernelRow) => void;
}

/** Kernels that both files have, with the measures of their change. @param props.open shows a layer in Kernels */
export function KernelsTable(props: KernelsTableProps): VNode {
  const { rows, view, choices, choose, format, viewport, difference, selected, open } = props;
  const longest = useMemo(
    () => view.kernels.reduce((most, { label }) => Math.max(most, label.length), 8),
    [view],
  );
  const { columns: specs, width } = useMemo(
    () => compareColumns('matched', longest, viewport.width, viewport.content),
    [longest, viewport.width, viewport.content],
  );
  const columns = useMemo(() => {
    const largest = Math.max(Number.MIN_VALUE, ...rows.map(({ change }) => change.relative ?? 0));
    return specs.map((spec) => matchedColumn(spec, { scale: difference, largest, format }));
  }, [specs, rows, difference, format]);
  return (
    <Grid
      name="Matched kernels"
      look="sites"
      keyOf={({ order }) => order}
      sorting={{
        ...choices,
        onChange: ({ sort, descending }) => {
          // Its columns are those that kernels can be sorted by.
          choose({ sort: sort as CompareSort, descending });
        },
      }}
      picking={{
        id: 'kernel',
        active: rows.findIndex((row) => row === view.kernels[selected]),
        pick: (index) => {
          const row = rows[index];
          if (row) choose({ layer: row.name });
        },
        open,
      }}
      {...{ rows, columns, width }}
    />
  );
}

interface CellContext {
  readonly scale: Scale;
  /** The largest relative change of the rows, for the bars. */
  readonly largest: number;
  readonly format: Format;
}

/** By which columns kernels are sorted; the largest change is what a reader looks for first. */
const SORTS: Readonly<Partial<Record<CompareColumn['key'], Column<KernelRow>['sort']>>> = {
  order: 'ascending',
  name: 'ascending',
  relative: 'descending',
  cosine: 'ascending',
  maxAbs: 'descending',
} satisfies Record<CompareSort, Column<KernelRow>['sort']>;

function matchedColumn(
  { key, label, numeric, width }: CompareColumn,
  context: CellContext,
): Column<KernelRow> {
  const sort = SORTS[key];
  return {
    id: key,
    heading: label,
    width,
    ...(numeric && { align: 'right' }),
    ...(sort && { sort }),
    ...((key === 'bar' || key === 'map') && { kind: 'picture' }),
    cell: (row) => cells[key](row, context),
  };
}

const cells: Record<CompareColumn['key'], (row: KernelRow, context: CellContext) => VNode | string | null> = {
  order: ({ order }, { format }) => <span class="dim">{format.count(order)}</span>,
  name: ({ label }) => <Name text={label} />,
  shape: ({ kernel }) => shapeWords(kernel.shape),
  match: ({ kernel }) => matchWords(kernel),
  relative: ({ change }, { format }) => measureText('relative', change.relative, format),
  cosine: ({ change }, { format }) => measureText('cosine', change.cosine, format),
  maxAbs: ({ change }, { format }) => measureText('maxAbs', change.maxAbs, format),
  bar: ({ change }, { largest }) => <Bar share={Math.min(1, (change.relative ?? largest) / largest)} />,
  map: ({ map }, { scale }) => (
    <svg width="20" height="20">
      <Glyph matrix={map} scale={scale} x={1} y={1} side={18} />
    </svg>
  ),
  why: () => null,
};

function Name({ text }: { readonly text: string }): VNode {
  return (
    <span class="mono clipped" title={text}>
      {text}
    </span>
  );
}

export interface UnmatchedTableProps {
  readonly rows: readonly UnmatchedKernelResult[];
  readonly name: string;
  readonly viewport: Viewport;
}

/** The kernels that one file lacks. */
export function UnmatchedTable({ rows, name, viewport }: UnmatchedTableProps): VNode {
  const longest = rows.reduce((most, row) => Math.max(most, row.name.length), 8);
  const { columns, width } = compareColumns('unmatched', longest, viewport.width, viewport.content);
  return (
    <Grid
      look="sites"
      keyOf={(row) => row.name}
      columns={columns.map(({ key, label, width: own }): Column<UnmatchedKernelResult> => ({
        id: key,
        heading: label,
        width: own,
        cell: (row) => unmatchedCell(key, row),
      }))}
      {...{ rows, name, width }}
    />
  );
}

function unmatchedCell(
  key: CompareColumn['key'],
  { name, shape, reason = '' }: UnmatchedKernelResult,
): VNode | string {
  if (key === 'name') return <Name text={name} />;
  if (key === 'shape') return shapeWords(shape);
  return (
    <span class="clipped" title={reason}>
      {reason}
    </span>
  );
}
