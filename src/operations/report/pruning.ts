import { counted, percent, signed } from '../../shared/numbers';
import type { PruneResult, PruningPoint } from '../../contract/results';
import { PERCENT_AXIS } from '../../shared/charts/line-layout';
import { responsiveChart, type Chart, type Series } from './chart';
import type { PaperCurve, PruningPart } from './data';
import { html, htmlTable, type Fragment, type Markup } from './html';
import { GROUPS } from '../../shared/position-groups';
import {
  beyondWord,
  clearRanges,
  contrastOf,
  pruningVerdict,
  rangesWords,
} from '../../shared/pruning-contrast';

/** One network's pruning check: chart, reading, thresholds, every number. */
export function pruningSection(part: PruningPart): Markup {
  const { title, result } = part;
  return html`<section aria-label="${title}">
    <h2>${title}</h2>
    <p class="note">
      ${measureOf(result)} when random weights of one group of kernel positions are zeroed;
      ${result.seeds === 1 ? 'one seed' : `mean of ${result.seeds} seeds, band ± 1 sample std`};
      ${counted(result.images, 'test image')}; ${counted(result.layers, 'layer')}; no retraining
    </p>
    <div class="beside">
      <div>${responsiveChart(pruningChart(part), 340)}</div>
      <div>
        <p class="reading">${reading(result)}</p>
        ${thresholds(part)}
      </div>
    </div>
    ${numbers(part)}
  </section>`;
}

/** Agreement is never called accuracy: nothing is known of how right the network is. */
function measureOf({ measure }: PruneResult): string {
  return measure === 'agreement' ? 'agreement with the unpruned network (no labels)' : 'top-1';
}

/** Where the corners end: of several kernel sizes there is no one place. */
function cornersGone({ sizes }: PruneResult, widest: number): Chart['verticals'] {
  const shares = sizes?.map((size) => size.shares.corner ?? 0) ?? [4 / 9];
  const [share] = shares;
  if (shares.length !== 1 || share === 0 || widest < Math.floor(share * 100)) return [];
  return [{ at: share * 100, label: `all corners gone at ${(share * 100).toFixed(1)} %` }];
}

function pruningChart({ title, result, paper, paperTitle }: PruningPart): Chart {
  const measured = GROUPS.flatMap(({ group, name }): Series[] => {
    const points = result.curves[group];
    return points ? [{ name: name.toLowerCase(), tone: group, points: points.map(toPoint) }] : [];
  });
  const widest = Math.max(...measured.flatMap(({ points }) => points.map(({ x }) => x)), 10);
  const overlay = GROUPS.flatMap(({ group, name }): Series[] => {
    const comparable = result.measure === 'agreement' ? [] : (paper[group] ?? []);
    const points = comparable.filter(({ ratio }) => ratio * 100 <= widest);
    if (points.length === 0) return [];
    return [
      { name: `paper, ${name.toLowerCase()}`, tone: group, faint: true, points: points.map(withoutBand) },
    ];
  });
  const step = widest > 60 ? 20 : 10;
  return {
    description: `${title}. ${plainReading(result)} ${overlay.length > 0 ? `Dotted: ${paperTitle}. ` : ''}All numbers are in the table below.`,
    x: {
      min: 0,
      max: widest,
      ticks: Array.from({ length: Math.floor(widest / step) + 1 }, (_, i) => i * step),
      title: 'zeroed weights, % of each layer',
    },
    y: {
      ...PERCENT_AXIS,
      title: result.measure === 'agreement' ? 'agreement, %' : 'top-1 accuracy, %',
    },
    series: [...overlay, ...measured],
    verticals: cornersGone(result, widest),
  };
}

function toPoint({ ratio, mean, std }: { ratio: number; mean: number; std?: number }) {
  return { x: ratio * 100, y: mean, std };
}

function pointAt(points: readonly PruningPoint[] | undefined, ratio: number): PruningPoint | undefined {
  return points?.find((point) => Math.abs(point.ratio - ratio) < 1e-9);
}

/** The paper's curves are lines only: two bands on one another look like one. */
function withoutBand({ ratio, mean }: { ratio: number; mean: number }) {
  return { x: ratio * 100, y: mean };
}

/** Skeleton against corners, at each ratio at which both were measured. */
function contrastsOf({ curves, seeds }: PruneResult) {
  return (curves.corner ?? []).flatMap((corner) => {
    const skeleton = pointAt(curves.skeleton, corner.ratio);
    if (!skeleton || corner.ratio === 0) return [];
    return [{ corner, skeleton, ...contrastOf(skeleton, corner, seeds) }];
  });
}

function reading(result: PruneResult): Fragment {
  const text = plainReading(result);
  const end = text.indexOf('. ') + 1;
  return end > 0 ? html`<strong>${text.slice(0, end)}</strong>${text.slice(end)}` : text;
}

const NAMES = { heavy: 'the skeleton', rest: 'the corners' };

function zeroedShare({ corner }: { readonly corner: PruningPoint }): string {
  return `${Number((corner.ratio * 100).toFixed(1))} %`;
}

/** What the numbers say, with the rule by which a difference counts. */
function plainReading(result: PruneResult): string {
  const { seeds } = result;
  const found = contrastsOf(result);
  const widest = [...found].sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference)).at(0);
  if (!widest) return 'Corners and skeleton were not both measured.';
  const clear = found.filter(({ beyond }) => beyond);
  const { corner, skeleton } = widest;
  return [
    pruningVerdict({ seeds, live: false, ...NAMES }, found),
    ...(seeds > 1
      ? [
          clear.length === 0
            ? `At none of the ${found.length} measured shares do they differ by more than twice their joint std.`
            : `They differ by more than twice their joint std ${rangesWords(clearRanges(found), NAMES, zeroedShare)} (${clear.length} of ${found.length} measured shares).`,
        ]
      : []),
    `The gap is widest with ${zeroedShare(widest)} of the weights zeroed: ${percent(corner.mean)} is left when they are taken from the corners, ${percent(skeleton.mean)} when they are taken from the skeleton.`,
    'A network without blocks may lean on its skeleton too: compare with the baseline before crediting the blocks.',
  ].join(' ');
}

function thresholds({ title, result, paper, paperTitle }: PruningPart): Markup {
  const rows = GROUPS.filter(({ group }) => result.curves[group]).map(({ group, name }) => [
    html`<span class="key ${group}"></span>${name.toLowerCase()}`,
    fallsBelow(result.curves[group] ?? [], 90),
    fallsBelow(result.curves[group] ?? [], 50),
    fallsBelow(result.curves[group] ?? [], result.unpruned / 2),
    fallsBelow(result.measure === 'agreement' ? [] : (paper[group] ?? []), 50),
  ]);
  return htmlTable(
    `Share of zeroed weights at which ${measureOf(result)} first falls below 90 %, 50 % and half of the unpruned network's ${percent(result.unpruned)} (${title})`,
    [
      { head: 'group' },
      { head: 'below 90 %', number: true },
      { head: 'below 50 %', number: true },
      { head: 'below half', number: true },
      { head: `${paperTitle}, below 50 %`, number: true },
    ],
    rows,
  );
}

function fallsBelow(points: PaperCurve, level: number): string {
  if (points.length === 0) return '–';
  const found = points.find(({ mean }) => mean < level);
  return found ? `${(found.ratio * 100).toFixed(0)} %` : 'never';
}

function numbers({ title, result }: PruningPart): Markup {
  const { curves } = result;
  const groups = GROUPS.filter(({ group }) => curves[group]);
  const ratios = [...new Set(groups.flatMap(({ group }) => curves[group]?.map(({ ratio }) => ratio) ?? []))];
  const rows = ratios
    .sort((a, b) => a - b)
    .map((ratio) => [
      (ratio * 100).toFixed(1),
      ...groups.map(({ group }) => withStd(pointAt(curves[group], ratio))),
      ...contrast(result, ratio),
    ]);
  const columns = [
    { head: 'zeroed, %', number: true },
    ...groups.map(({ name }) => ({ head: `${name.toLowerCase()}, %`, number: true })),
    { head: 'skeleton − corners', number: true },
    { head: 'beyond 2 std' },
  ];
  return htmlTable(`The same numbers: ${title}`, columns, rows);
}

function withStd(point: PruningPoint | undefined): Fragment {
  if (!point) return '–';
  return html`${point.mean.toFixed(2)} <span class="second">± ${point.std.toFixed(2)}</span>`;
}

/** Skeleton − corners, and whether it counts; of one seed that is not known. */
function contrast({ curves, seeds }: PruneResult, ratio: number): [string, string] {
  const [skeleton, corner] = [pointAt(curves.skeleton, ratio), pointAt(curves.corner, ratio)];
  if (!skeleton || !corner || ratio === 0) return ['–', ''];
  const contrast = contrastOf(skeleton, corner, seeds);
  return [signed(contrast.difference, 2), beyondWord(contrast)];
}
