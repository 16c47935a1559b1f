/** Every number of the check, and the paper's beside it. */
import type { VNode } from 'preact';
import type { RobustnessDifference, RobustnessRow, RobustnessShare } from '../../../src/contract/results';
import { LineKey } from '../../charts/line-chart';
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
  const { plain, acnet } = TABLE_4[network];
  const two = view.other !== undefined;
  return (
    <table class="thresholds">
      <caption>The paper’s table 4: top-1 accuracy of {network} on ImageNet, %</caption>
      <thead>
        <tr>
          <th scope="col">Images</th>
          {['Plain', 'ACNet', 'Difference', ...(two ? ['Here'] : [])].map((head) => (
            <th scope="col" class="numeric">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {view.rows.map(({ distortion, name, found }) => {
          const { [distortion]: before }: PaperColumn = plain;
          const { [distortion]: after }: PaperColumn = acnet;
          return (
            before !== undefined &&
            after !== undefined && (
              <tr>
                <th scope="row">{name}</th>
                <td class="numeric">{format.fixed(before, 2)}</td>
                <td class="numeric">{format.fixed(after, 2)}</td>
                <td class="numeric">{format.signed(after - before, 2)}</td>
                {two && <td class="numeric">{format.signed(found?.difference?.points ?? null, 2)}</td>}
              </tr>
            )
          );
        })}
      </tbody>
    </table>
  );
}

export function SameNumbers({ view, format }: TableProps): VNode {
  const what = view.measure === 'accuracy' ? 'top-1 accuracy' : measureNoun(view.measure);
  return (
    <Section
      title="The same numbers"
      name="The same numbers"
      note={`${what}, %; in brackets 95 % intervals: Wilson of shares, Bonett and Price of differences`}
      controls={<CopyButton text={() => robustnessCsv(view)} />}
    >
      <div
        class="table-frame scrolls"
        tabIndex={0}
        role="region"
        aria-label="Numbers of the robustness check"
      >
        <table class="numbers wide-numbers">
          <thead>
            <Heads view={view} />
          </thead>
          <tbody>
            {view.rows.map((row) => (
              <tr key={row.distortion}>
                <th scope="row">{row.name}</th>
                <Cells {...{ view, row, format }} />
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {view.rows.flatMap(({ name, leftOut }) =>
        leftOut === undefined ? [] : [<p class="caption spaced">{`${name} is left out: ${leftOut}.`}</p>],
      )}
    </Section>
  );
}

function Heads({ view: { other, measure } }: Pick<TableProps, 'view'>): VNode {
  const change = measure === 'agreement' ? [] : ['Change, points'];
  const beyond = measure === 'agreement' ? [] : ['Beyond untouched, points'];
  return (
    <tr>
      <th scope="col">Images</th>
      <th scope="col" class="numeric">
        <span class="key">{other !== undefined && <LineKey tone="acnet" />}This</span>
      </th>
      {other === undefined ? (
        change.map((head) => <Head head={head} />)
      ) : (
        <>
          <th scope="col" class="numeric">
            <span class="key">
              <LineKey tone="plain" />
              <span class="clipped data-name" title={other}>
                {other}
              </span>
            </span>
          </th>
          {['This − other, points', 'p', ...beyond].map((head) => (
            <Head head={head} />
          ))}
          <th scope="col">Counts</th>
        </>
      )}
    </tr>
  );
}

function Head({ head }: { readonly head: string }): VNode {
  return (
    <th scope="col" class="numeric">
      {head}
    </th>
  );
}

function Cells({ view, row, format }: TableProps & { readonly row: ViewRow }): VNode {
  const { other, measure } = view;
  const hasMore = measure !== 'agreement';
  const { found } = row;
  if (!found) {
    const count = (other === undefined ? 1 : 4) + (hasMore ? 1 : 0) + (other === undefined ? 0 : 1) - 1;
    const word = row.leftOut === undefined && view.live ? 'to come' : '–';
    return (
      <>
        <td class="numeric dim">{word}</td>
        {Array.from({ length: count }, () => (
          <td class="numeric dim">–</td>
        ))}
      </>
    );
  }
  if (other === undefined) {
    return (
      <>
        <ShareCell share={found.share} format={format} />
        {hasMore && <ChangeCell change={found.share.change} format={format} />}
      </>
    );
  }
  return (
    <>
      <ShareCell share={found.share} format={format} />
      <ShareCell share={found.against} format={format} />
      <ChangeCell change={found.difference} format={format} />
      <td class="numeric">{probability(found.difference, format)}</td>
      {hasMore && <ChangeCell change={found.difference?.excess} format={format} />}
      <td>{counts(found, view)}</td>
    </>
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
  if (!share) return <td class="numeric">–</td>;
  const { percent, low, high } = share;
  return (
    <td class="numeric">
      {format.fixed(percent, 1)}{' '}
      <span class="interval-cell">
        {low === high ? '' : `[${format.fixed(low, 1)}, ${format.fixed(high, 1)}]`}
      </span>
    </td>
  );
}

function ChangeCell({
  change,
  format,
}: {
  readonly change: { readonly points: number; readonly low: number; readonly high: number } | undefined;
  readonly format: Format;
}): VNode {
  if (!change) return <td class="numeric">–</td>;
  return (
    <td class="numeric">
      {format.signed(change.points, 1)}{' '}
      <span class="interval-cell">{`[${format.signed(change.low, 1)}, ${format.signed(change.high, 1)}]`}</span>
    </td>
  );
}
