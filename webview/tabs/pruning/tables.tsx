/** Where each group falls below the level, and every number of the chart. */
import type { VNode } from 'preact';
import { LineKey } from '../../charts/line-chart';
import { CopyButton, Section } from '../../ui/controls';
import type { Format } from '../../../src/shared/format';
import { contrastPair, contrasts, crossingOf, keyOf, paperCrossing, pointAt } from './model';
import type { Contrast, PruningCurve, PruningView } from './model';
import { pruningCsv } from './csv';
import type { PaperModel } from '../../../src/shared/paper';
import { crossingText, measureNoun } from './reading';

const PAPER_NAMES: Readonly<Record<PaperModel, string>> = {
  normal: 'Paper, plain',
  acnet: 'Paper, ACNet',
  border: 'Paper, border',
};

export interface TableProps {
  readonly view: PruningView;
  readonly paper: PaperModel | undefined;
  readonly format: Format;
}

export function Thresholds({ view, paper, format }: TableProps): VNode {
  const level = `${format.fixed(view.level, Number.isInteger(view.level) ? 0 : 1)} %`;
  return (
    <table class="thresholds">
      <caption>
        Sparsity where {measureNoun(view.measure)} first falls below {level}
      </caption>
      <thead>
        <tr>
          <th scope="col">Group</th>
          <th scope="col" class="numeric">
            This network
          </th>
          {paper !== undefined && (
            <th scope="col" class="numeric">
              {PAPER_NAMES[paper]}
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {view.curves.map((curve) => (
          <tr>
            <th scope="row">
              <span class="key">
                <LineKey tone={curve.tone} />
                {curve.name}
              </span>
            </th>
            <td class="numeric">{crossingText(crossingOf(curve, view.level), view.live, format)}</td>
            {paper !== undefined && (
              <td class="numeric">
                {crossingText(paperCrossing(paper, curve.group, view.level), false, format)}
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function SameNumbers({ view, format }: Pick<TableProps, 'view' | 'format'>): VNode {
  const { curves, ratios } = view;
  const found = new Map(contrasts(view).map((contrast) => [keyOf(contrast.ratio), contrast]));
  const [rest, heavy] = contrastPair(view);
  const hasPair = rest !== undefined && heavy !== undefined;
  return (
    <Section
      title="The same numbers"
      name="The same numbers"
      note={`${measureNoun(view.measure) === 'accuracy' ? 'top-1 accuracy' : measureNoun(view.measure)}, %, mean ± std over the seeds`}
      controls={<CopyButton text={() => pruningCsv(view)} />}
    >
      <div class="table-frame scrolls" tabIndex={0} role="region" aria-label="Numbers of the pruning check">
        <table class="numbers wide-numbers">
          <thead>
            <tr>
              <th scope="col" class="numeric">
                Sparsity, %
              </th>
              {curves.map(({ name }) => (
                <th scope="col" class="numeric">
                  {name}
                </th>
              ))}
              {hasPair && (
                <>
                  <th scope="col" class="numeric">
                    {heavy.name} − {rest.name.toLowerCase()}
                  </th>
                  <th scope="col">Beyond 2 std</th>
                </>
              )}
            </tr>
          </thead>
          <tbody>
            {ratios.map((ratio) => (
              <tr key={keyOf(ratio)}>
                <th scope="row" class="numeric">
                  {format.fixed(ratio * 100, Number.isInteger(keyOf(ratio) / 1e4) ? 0 : 1)}
                </th>
                {curves.map((curve) => (
                  <PointCell {...{ curve, ratio, format }} live={view.live} />
                ))}
                {hasPair && <ContrastCells contrast={found.get(keyOf(ratio))} format={format} />}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function PointCell({
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
      <td class="numeric">
        {format.fixed(point.mean, 1)} <span class="spread-cell">± {format.fixed(point.std, 1)}</span>
      </td>
    );
  }
  const isOpen = curve.open.some((open) => keyOf(open) === keyOf(ratio));
  return <td class="numeric dim">{isOpen && live ? 'to come' : '–'}</td>;
}

function ContrastCells({
  contrast,
  format,
}: {
  readonly contrast: Contrast | undefined;
  readonly format: Format;
}): VNode {
  const beyond = contrast?.beyond;
  return (
    <>
      <td class="numeric">{format.signed(contrast?.difference ?? null, 1)}</td>
      <td>{beyond === undefined ? '' : beyond ? 'yes' : 'no'}</td>
    </>
  );
}
