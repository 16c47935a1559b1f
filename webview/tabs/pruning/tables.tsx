/** Where each group falls below the level, and every number of the chart. */
import type { VNode } from 'preact';
import { LineKey } from '../../charts/line-chart';
import { numeric } from '../../ui/grid/column';
import type { Column } from '../../ui/grid/column';
import { Grid } from '../../ui/grid/grid';
import { CopyButton, Section } from '../../ui/controls';
import type { Format } from '../../../src/shared/format';
import { contrastPair, contrasts, crossingOf, keyOf, paperCrossing, pointAt } from './model';
import type { PruningCurve, PruningView } from './model';
import { pruningCsv } from './csv';
import type { PaperModel } from '../../../src/shared/paper';
import { beyondWord } from '../../../src/shared/pruning-contrast';
import { crossingText, measureNoun } from './reading';

const PAPER_NAMES: Readonly<Record<PaperModel, string>> = {
  normal: 'Paper, baseline',
  acnet: 'Paper, ACNet',
  border: 'Paper, border',
};

export interface TableProps {
  readonly view: PruningView;
  readonly paper: PaperModel | undefined;
  readonly format: Format;
}

/** One row for each group; the paper's column where its curves are drawn. */
export function Thresholds({ view, paper, format }: TableProps): VNode {
  const level = `${format.fixed(view.level, Number.isInteger(view.level) ? 0 : 1)} %`;
  const columns: Column<PruningCurve>[] = [
    {
      id: 'group',
      heading: 'Group',
      kind: 'row',
      cell: ({ tone, name }) => (
        <span class="key">
          <LineKey tone={tone} />
          {name}
        </span>
      ),
    },
    numeric('own', 'This network', (curve) => crossingText(crossingOf(curve, view.level), view.live, format)),
  ];
  if (paper !== undefined) {
    columns.push(
      numeric('paper', PAPER_NAMES[paper], ({ group }) =>
        crossingText(paperCrossing(paper, group, view.level), false, format),
      ),
    );
  }
  return (
    <Grid
      look="thresholds"
      caption={`Sparsity where ${measureNoun(view.measure)} first falls below ${level}`}
      keyOf={({ group }) => group}
      rows={view.curves}
      columns={columns}
    />
  );
}

/** One row for each ratio, and the button that copies them. */
export function SameNumbers({ view, format }: Pick<TableProps, 'view' | 'format'>): VNode {
  const noun = measureNoun(view.measure);
  return (
    <Section
      title="The same numbers"
      name="The same numbers"
      note={`${noun === 'accuracy' ? 'top-1 accuracy' : noun}, %, mean ± sample std over the seeds`}
      controls={<CopyButton text={() => pruningCsv(view)} />}
    >
      <Grid
        name="Numbers of the pruning check"
        look="numbers wide-numbers"
        keyOf={keyOf}
        rows={view.ratios}
        columns={numberColumns(view, format)}
      />
    </Section>
  );
}

/** By the share of zeroed weights: each group, and the difference of the two that are compared. */
function numberColumns(view: PruningView, format: Format): Column<number>[] {
  const sparsity = (ratio: number) => format.fixed(ratio * 100, Number.isInteger(keyOf(ratio) / 1e4) ? 0 : 1);
  const columns: Column<number>[] = [
    { ...numeric('ratio', 'Sparsity, %', sparsity), kind: 'row' },
    ...view.curves.map((curve) =>
      numeric<number>(curve.group, curve.name, (ratio) => (
        <Point {...{ curve, ratio, format }} live={view.live} />
      )),
    ),
  ];
  const [rest, heavy] = contrastPair(view);
  if (rest && heavy) {
    const found = new Map(contrasts(view).map((contrast) => [keyOf(contrast.ratio), contrast]));
    columns.push(
      numeric('difference', `${heavy.name} − ${rest.name.toLowerCase()}`, (ratio) =>
        format.signed(found.get(keyOf(ratio))?.difference ?? null, 1),
      ),
      {
        id: 'beyond',
        heading: 'Beyond 2 std',
        cell: (ratio) => beyondWord(found.get(keyOf(ratio))),
      },
    );
  }
  return columns;
}

function Point({
  curve,
  ratio,
  live,
  format,
}: {
  readonly curve: PruningCurve;
  readonly ratio: number;
  readonly live: boolean;
  readonly format: Format;
}): VNode {
  const point = pointAt(curve, ratio);
  if (point) {
    return (
      <>
        {format.fixed(point.mean, 1)} <span class="spread-cell">± {format.fixed(point.std, 1)}</span>
      </>
    );
  }
  const isOpen = curve.open.some((open) => keyOf(open) === keyOf(ratio));
  return <span class="dim">{isOpen && live ? 'to come' : '–'}</span>;
}
