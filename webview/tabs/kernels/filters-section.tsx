/** Every filter of the selected layer, read when the layer is looked at. */
import type { VNode } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { KernelSlicesResult } from '../../../src/contract/results';
import type { SlicesState } from '../../../src/contract/page';
import { csv } from '../../charts/csv';
import { stripWindow } from '../../charts/depth-layout';
import { Legend, magnitudeMark } from '../../charts/legend';
import { positions, positionName } from '../../../src/shared/positions';
import { unitScale } from '../../charts/scales';
import { RowsStrip, stripCapacity } from '../../charts/strip';
import { send } from '../../host';
import { BranchesSection } from './branches-section';
import { CopyButton, Section, Segmented } from '../../ui/controls';
import type { LayersContext } from './context';
import { moveIndex } from '../../ui/keys';
import { filterViews } from './slices-model';
import type { FilterView } from './slices-model';
import { ErrorBox, Loading } from '../../ui/states';

/** Layers are stepped through faster than they are read: only one that is stayed at is asked for. */
const STAY_MILLISECONDS = 150;
const ROWS = 5;

export interface SlicesProps extends LayersContext {
  readonly slices: SlicesState | undefined;
}

/** The selected layer's filters and one slice. The host is asked for them once a layer stays selected for a moment. */
export function FiltersSection(props: SlicesProps): VNode | null {
  const { slices, view, selected } = props;
  const layer = view.layers[selected]?.name;
  const asked = slices?.layer === layer;
  useEffect(() => {
    if (asked || layer === undefined) return;
    const timer = setTimeout(() => {
      send({ type: 'kernelSlices', layer });
    }, STAY_MILLISECONDS);
    return () => {
      clearTimeout(timer);
    };
  }, [asked, layer]);
  if (layer === undefined) return null;
  const data = asked ? slices?.data : undefined;
  if (data?.phase === 'error') {
    return (
      <ErrorBox
        error={data.error}
        retry={() => {
          send({ type: 'kernelSlices', layer });
        }}
      />
    );
  }
  if (data?.phase !== 'ready') {
    return (
      <Loading key={layer}>
        Reading the filters of <span class="mono">{layer}</span>
      </Loading>
    );
  }
  return (
    <>
      <Filters {...props} data={data.value} />
      <BranchesSection {...props} data={data.value} />
    </>
  );
}

interface FiltersProps extends SlicesProps {
  readonly data: KernelSlicesResult;
}

function Filters({ data, choices, choose, format, viewport }: FiltersProps): VNode {
  const { filterOrder } = choices;
  const filters = useMemo(() => filterViews(data, filterOrder), [data, filterOrder]);
  const current = Math.max(
    0,
    filters.findIndex(({ filter }) => filter === data.filter),
  );
  const inputs = format.counted(data.inputs, 'input channel');
  const order = filterOrder === 'norm' ? 'largest norm first' : 'as in the kernel';
  const controls = (
    <>
      <Segmented
        label="Order"
        value={filterOrder}
        options={[
          { value: 'norm', label: 'By norm' },
          { value: 'index', label: 'By index' },
        ]}
        onChange={(value) => {
          choose({ filterOrder: value });
        }}
      />
      <CopyButton text={() => filtersCsv(filters)} />
    </>
  );
  return (
    <Section
      title={`${format.counted(data.filters, 'filter')}`}
      name="Filters"
      note={`sum over ${inputs}, divided by the largest of all; ${order}`}
      controls={controls}
    >
      <FilterStrip {...{ data, filters, current, format, viewport }} />
      <FilterKeys {...{ data, format }} words={filterWords(filters[current], format)} />
      <p class="reading">{readingOf(data, filters, format)}</p>
    </Section>
  );
}

interface FilterStripProps extends Pick<FiltersProps, 'data' | 'format' | 'viewport'> {
  readonly filters: readonly FilterView[];
  /** Place of the chosen one in this order. */
  readonly current: number;
}

/** One stop of the Tab key; ←/→ choose another filter. */
function FilterStrip({ data, filters, current, format, viewport }: FilterStripProps): VNode {
  const range = stripWindow(filters.length, stripCapacity(viewport.content, ROWS), current);
  const shown = filters.slice(range.from, range.to);
  const pick = (index: number) => {
    const filter = filters[index]?.filter;
    if (filter !== undefined && filter !== data.filter) {
      send({ type: 'kernelSlices', layer: data.layer, filter });
    }
  };
  return (
    <>
      <div
        class="strip-box"
        role="slider"
        tabIndex={0}
        aria-label="Filter"
        aria-valuemin={1}
        aria-valuemax={filters.length}
        aria-valuenow={current + 1}
        aria-valuetext={filterWords(filters[current], format)}
        onKeyDown={(event) => {
          const next = moveIndex(event.key, current, filters.length);
          if (next === undefined) return;
          event.preventDefault();
          pick(next);
        }}
      >
        <RowsStrip
          matrices={shown.map(({ matrix }) => matrix)}
          flagged={shown.map(({ dead }) => dead)}
          from={range.from}
          width={viewport.content}
          selected={current}
          scale={unitScale()}
          onSelect={pick}
        />
      </div>
      {shown.length < filters.length && (
        <p class="foot">
          Filters {format.count(range.from + 1)}–{format.count(range.to)} of {format.count(filters.length)} in
          this order, around the selected one.
        </p>
      )}
    </>
  );
}

function FilterKeys({
  data,
  format,
  words,
}: Pick<FiltersProps, 'data' | 'format'> & { readonly words: string }): VNode {
  const scale = unitScale();
  return (
    <div class="legends">
      <Legend label="magnitude" scale={scale} write={magnitudeMark(scale, format)} />
      <span class="legend-key">
        <svg width="14" height="14" aria-hidden="true">
          <rect class="flag" x="1.5" y="1.5" width="11" height="11" rx="2" />
        </svg>
        dead: |γ| &lt; 0.01 ({format.count(data.dead.length)})
      </span>
      <span class="legend-key">
        <svg width="14" height="14" aria-hidden="true">
          <rect class="frame" x="1.5" y="1.5" width="11" height="11" rx="2" />
        </svg>
        selected: {words}
      </span>
    </div>
  );
}

function filterWords(filter: FilterView | undefined, format: FiltersProps['format']): string {
  if (!filter) return 'none';
  const dead = filter.dead ? ', dead' : '';
  return `filter ${filter.filter}, norm ${format.fixed(filter.norm, 3)}${dead}`;
}

function readingOf(
  { norms, range, dead }: KernelSlicesResult,
  filters: readonly FilterView[],
  format: FiltersProps['format'],
): string {
  const sorted = [...norms].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const words = [
    `Norms reach from ${format.fixed(sorted[0] ?? null, 3)} to ${format.fixed(sorted.at(-1) ?? null, 3)}, half of them above ${format.fixed(median, 3)}; weights from ${format.signed(range[0], 3)} to ${format.signed(range[1], 3)}, batch norm fused.`,
  ];
  if (dead.length > 0) {
    words.push(`${format.count(dead.length)} of ${format.count(filters.length)} filters do next to nothing.`);
  }
  words.push('Filters and inputs are counted from 0, as in the kernel.');
  return words.join(' ');
}

/** One row for each filter: norm, then each position. */
function filtersCsv(filters: readonly FilterView[]): string {
  const [first] = filters;
  const size = [first?.matrix.length ?? 0, first?.matrix[0]?.length ?? 0] as const;
  const cells = positions(size);
  return csv(
    ['filter', 'norm', 'dead', ...cells.map(([row, column]) => positionName(row, column, size))],
    filters.map(({ filter, norm, dead, matrix }) => [
      filter,
      norm,
      dead ? 'yes' : 'no',
      ...cells.map(([row, column]) => matrix[row]?.[column] ?? null),
    ]),
  );
}
