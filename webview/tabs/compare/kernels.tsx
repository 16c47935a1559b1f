/** Matched kernels and those that one file lacks: filter, what to show, the tables. */
import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { CopyButton, Section, Segmented } from '../../ui/controls';
import { Icon } from '../../ui/icons';
import { TextField } from '../../ui/toolkit';
import type { CompareContext } from './context';
import { kernelsCsv, unmatchedCsv } from './csv';
import type { CompareShow } from './choices';
import type { CompareView, KernelRow } from './model';
import { countByShow, selectKernels, selectUnmatched } from './model';
import { KernelsTable, UnmatchedTable } from './table';
import { AS_STORED } from './words';

/**
 * The list that is chosen: changed kernels, identical ones, or those of one file only. @param open shows a layer in
 * Kernels
 */
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
