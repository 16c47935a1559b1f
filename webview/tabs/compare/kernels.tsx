/** Matched kernels and those that one file lacks: filter, what to show, the tables. */
import type { VNode } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import type { UnmatchedKernelResult } from '../../../src/contract/results';
import { CopyButton, Section, Segmented } from '../../ui/controls';
import { Icon } from '../../ui/icons';
import { Spacer } from '../overview/sites-table';
import { useVisibleRows } from '../../ui/viewport';
import type { Viewport } from '../../ui/viewport';
import { TextField } from '../../ui/toolkit';
import { compareColumns } from './columns';
import type { CompareContext } from './context';
import { kernelsCsv, unmatchedCsv } from './csv';
import type { CompareShow } from './choices';
import type { CompareView, KernelRow } from './model';
import { countByShow, selectKernels, selectUnmatched, shapeWords } from './model';
import { KernelsTable } from './table';
import { AS_STORED } from './words';

export function KernelsSection(context: CompareContext & { readonly open: (row: KernelRow) => void }): VNode {
  const { view, choices, choose, format, viewport } = context;
  const { filter, show, sort, descending } = choices;
  const isMatched = show === 'changed' || show === 'identical';
  const query = { filter, show, sort, descending };
  const rows = useMemo(
    () => (isMatched ? selectKernels(view, query) : []),
    [view, filter, show, sort, descending],
  );
  const unmatched = useMemo(() => (isMatched ? [] : selectUnmatched(view, query)), [view, filter, show]);
  const count = isMatched ? rows.length : unmatched.length;
  const controls = (
    <>
      <TextField
        label="Filter by name"
        value={filter}
        icon={<Icon name="search" />}
        onInput={(value) => {
          choose({ filter: value });
        }}
      />
      <Segmented
        label="Show"
        value={show}
        options={showOptions(context)}
        onChange={(value) => {
          choose({ show: value });
        }}
      />
      <CopyButton text={() => (isMatched ? kernelsCsv(view, rows) : unmatchedCsv(unmatched))} />
    </>
  );
  return (
    <Section title="Matched kernels" name="Matched kernels" note={noteOf(view, show)} controls={controls}>
      {isMatched ? (
        <KernelsTable {...context} rows={rows} />
      ) : (
        <UnmatchedTable rows={unmatched} name={WORDS[show]} viewport={viewport} />
      )}
      <p class="foot" role="status">
        {count === 0
          ? filter.trim() === ''
            ? NONE[show]
            : 'No kernel matches.'
          : `${format.count(count)} of ${format.count(countByShow(view)[show])} kernels shown.`}
      </p>
    </Section>
  );
}

const WORDS: Readonly<Record<CompareShow, string>> = {
  changed: 'Changed',
  identical: 'Identical',
  before: 'Only before',
  after: 'Only after',
};

const NONE: Readonly<Record<CompareShow, string>> = {
  changed: 'No kernel changed.',
  identical: 'No kernel is identical.',
  before: 'The second file has every kernel of the first.',
  after: 'The first file has every kernel of the second.',
};

function showOptions({ view, format }: CompareContext) {
  const counts = countByShow(view);
  return (['changed', 'identical', 'before', 'after'] satisfies CompareShow[]).map((value) => ({
    value,
    label: `${WORDS[value]} ${format.count(counts[value])}`,
  }));
}

function noteOf({ weights, hasFused, result }: CompareView, show: CompareShow): string {
  const without = result.asStored ? `as stored: ${AS_STORED}` : 'no batch norm to fuse';
  const how = hasFused ? (weights === 'fused' ? 'batch norms fused' : 'as stored') : without;
  if (show === 'identical') return `${how}; to the rounding of 32-bit numbers`;
  return show === 'changed' ? how : 'the other file has no kernel of this name, spelling or place';
}

function UnmatchedTable({
  rows,
  name,
  viewport,
}: {
  readonly rows: readonly UnmatchedKernelResult[];
  readonly name: string;
  readonly viewport: Viewport;
}): VNode {
  const body = useRef<HTMLTableSectionElement>(null);
  const range = useVisibleRows(body, rows.length);
  const longest = rows.reduce((most, row) => Math.max(most, row.name.length), 8);
  const { columns, width } = compareColumns('unmatched', longest, viewport.width, viewport.content);
  const cell = (key: string, { name: layer, shape, reason = '' }: UnmatchedKernelResult) => {
    if (key === 'shape') return shapeWords(shape);
    const text = key === 'name' ? layer : reason;
    return (
      <span class={key === 'name' ? 'mono clipped' : 'clipped'} title={text}>
        {text}
      </span>
    );
  };
  return (
    <div class="table-frame">
      <table class="sites" width={width} aria-label={name} aria-rowcount={rows.length + 1}>
        <colgroup>
          {columns.map(({ key, width: size }) => (
            <col key={key} width={size} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map(({ key, label }) => (
              <th key={key} scope="col">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          <Spacer rows={range.from} columns={columns.length} />
          {rows.slice(range.from, range.to).map((row, offset) => (
            <tr key={row.name} aria-rowindex={range.from + offset + 2}>
              {columns.map(({ key }) => (
                <td key={key}>{cell(key, row)}</td>
              ))}
            </tr>
          ))}
          <Spacer rows={rows.length - range.to} columns={columns.length} />
        </tbody>
      </table>
    </div>
  );
}
