/** Every number of the check, and the paper's beside it. */
import type { ComponentChildren, VNode } from 'preact';
import type { RobustnessDifference, RobustnessRow, RobustnessShare } from '../../../src/contract/results';
import { LineKey } from '../../charts/line-chart';
import type { Tone } from '../../../src/shared/charts/line-chart';
import { numeric } from '../../ui/grid/column';
import type { Column } from '../../ui/grid/column';
import { Grid } from '../../ui/grid/grid';
import { CopyButton, Section } from '../../ui/controls';
import type { Format } from '../../../src/shared/format';
import { robustnessCsv } from './csv';
import { isClear } from './model';
import type { RobustnessView, ViewRow } from './model';
import { TABLE_4 } from '../../../src/shared/paper';
import type { PaperNetwork } from '../../../src/shared/paper';
import { measureNoun } from './reading';

/** The control, a flip left to right, is not in the table. */
type PaperColumn = Partial<Record<ViewRow['distortion'], number>>;

export interface TableProps {
  readonly view: RobustnessView;
  readonly format: Format;
}

/** The rows that the paper has, with the difference measured here where there is one. */
export function PaperTable({
  view,
  network,
  format,
}: TableProps & { readonly network: PaperNetwork }): VNode {
  const rows = view.rows.flatMap((row): PaperRow[] => {
    const { [row.distortion]: baseline }: PaperColumn = TABLE_4[network].baseline;
    const { [row.distortion]: acnet }: PaperColumn = TABLE_4[network].acnet;
    return baseline === undefined || acnet === undefined ? [] : [{ ...row, baseline, acnet }];
  });
  const columns: Column<PaperRow>[] = [
    { id: 'images', heading: 'Images', kind: 'row', cell: ({ name }) => name },
    numeric('baseline', 'Baseline', ({ baseline }) => format.fixed(baseline, 2)),
    numeric('acnet', 'ACNet', ({ acnet }) => format.fixed(acnet, 2)),
    numeric('difference', 'Difference', ({ baseline, acnet }) => format.signed(acnet - baseline, 2)),
  ];
  if (view.other !== undefined) {
    columns.push(numeric('here', 'Here', ({ found }) => format.signed(found?.difference?.points ?? null, 2)));
  }
  return (
    <Grid
      look="thresholds"
      caption={`The paper’s table 4: top-1 accuracy of ${network} on ImageNet, %`}
      keyOf={({ distortion }) => distortion}
      {...{ rows, columns }}
    />
  );
}

interface PaperRow extends ViewRow {
  readonly baseline: number;
  readonly acnet: number;
}

/** One row for each distortion, why others are left out, and the button that copies them. */
export function SameNumbers({ view, format }: TableProps): VNode {
  const what = view.measure === 'accuracy' ? 'top-1 accuracy' : measureNoun(view.measure);
  return (
    <Section
      title="The same numbers"
      name="The same numbers"
      note={`${what}, %; in brackets 95 % intervals: Wilson of shares, Bonett and Price of differences`}
      controls={<CopyButton text={() => robustnessCsv(view)} />}
    >
      <Grid
        name="Numbers of the robustness check"
        look="numbers wide-numbers"
        keyOf={({ distortion }) => distortion}
        rows={view.rows}
        columns={numberColumns(view, format)}
      />
      {view.rows.flatMap(({ name, leftOut }) =>
        leftOut === undefined ? [] : [<p class="caption spaced">{`${name} is left out: ${leftOut}.`}</p>],
      )}
    </Section>
  );
}

/** Of one network its change, of two their difference and whether it counts. */
function numberColumns(view: RobustnessView, format: Format): Column<ViewRow>[] {
  const { other, measure } = view;
  const measured = (
    id: string,
    heading: ComponentChildren,
    cell: (found: RobustnessRow) => ComponentChildren,
  ) => numeric<ViewRow>(id, heading, ({ found }) => (found ? cell(found) : MISSING));
  const change = (id: string, heading: string, of: (found: RobustnessRow) => Change | undefined) =>
    measure === 'agreement'
      ? []
      : [measured(id, heading, (found) => <ChangeCell change={of(found)} format={format} />)];
  const own: Column<ViewRow>[] = [
    { id: 'images', heading: 'Images', kind: 'row', cell: ({ name }) => name },
    numeric('this', other === undefined ? 'This' : <Key tone="acnet" name="This" />, (row) =>
      row.found ? <ShareCell share={row.found.share} format={format} /> : <Missing {...{ view, row }} />,
    ),
  ];
  if (other === undefined)
    return [...own, ...change('change', 'Change, points', ({ share }) => share.change)];
  return [
    ...own,
    measured('other', <Key tone="plain" name={other} />, ({ against }) => (
      <ShareCell share={against} format={format} />
    )),
    measured('difference', 'This − other, points', ({ difference }) => (
      <ChangeCell change={difference} format={format} />
    )),
    measured('p', 'p', ({ difference }) => probability(difference, format)),
    ...change('beyond', 'Beyond untouched, points', ({ difference }) => difference?.excess),
    { id: 'counts', heading: 'Counts', cell: ({ found }) => (found ? counts(found, view) : MISSING) },
  ];
}

const MISSING = <span class="dim">–</span>;

function Missing({ view, row }: Pick<TableProps, 'view'> & { readonly row: ViewRow }): VNode {
  return <span class="dim">{row.leftOut === undefined && view.live ? 'to come' : '–'}</span>;
}

/** A network with its mark in the chart. */
function Key({ tone, name }: { readonly tone: Tone; readonly name: string }): VNode {
  return (
    <span class="key">
      <LineKey tone={tone} />
      <span class="clipped data-name" title={name}>
        {name}
      </span>
    </span>
  );
}

function counts(found: RobustnessRow, { judged }: RobustnessView): string {
  if (!found.difference || !judged) return '';
  return isClear(found) ? 'yes' : 'no';
}

function probability(difference: RobustnessDifference | undefined, format: Format): string {
  // Before all rows are there it cannot be corrected for them.
  const value = difference?.adjusted;
  if (value === undefined) return '–';
  return value < 0.001 ? `< ${format.fixed(0.001, 3)}` : format.fixed(value, 3);
}

function ShareCell({
  share,
  format,
}: {
  readonly share: RobustnessShare | undefined;
  readonly format: Format;
}): VNode {
  if (!share) return <>–</>;
  const { percent, low, high } = share;
  return (
    <>
      {format.fixed(percent, 1)}{' '}
      <span class="interval-cell">
        {low === high ? '' : `[${format.fixed(low, 1)}, ${format.fixed(high, 1)}]`}
      </span>
    </>
  );
}

/** Points, with the 95 % interval. */
interface Change {
  readonly points: number;
  readonly low: number;
  readonly high: number;
}

function ChangeCell({
  change,
  format,
}: {
  readonly change: Change | undefined;
  readonly format: Format;
}): VNode {
  if (!change) return <>–</>;
  return (
    <>
      {format.signed(change.points, 1)}{' '}
      <span class="interval-cell">{`[${format.signed(change.low, 1)}, ${format.signed(change.high, 1)}]`}</span>
    </>
  );
}
