/** The sentences beside the pruning curves: computed, with the rule by which a difference counts. */
import type { CheckReading } from '../../ui/check';
import type { Format } from '../../../src/shared/format';
import { clearRanges, pruningVerdict, rangesWords } from '../../../src/shared/pruning-contrast';
import { capitalised } from '../../../src/shared/words';
import { contrastPair, contrasts, crossingOf } from './model';
import type { Crossing, Measure, PruningView, RatioContrast } from './model';

const percent = (ratio: number, format: Format) =>
  `${format.fixed(ratio * 100, Number.isInteger(Math.round(ratio * 1e6) / 1e4) ? 0 : 1)} %`;

/** What is measured, as a noun. */
export function measureNoun(measure: Measure): string {
  if (measure === 'accuracy') return 'accuracy';
  return measure === 'agreement' ? 'agreement' : 'accuracy or agreement';
}

/** The title of the vertical axis. */
export function measureTitle(measure: Measure): string {
  if (measure === 'accuracy') return 'top-1 accuracy, %';
  return measure === 'agreement' ? 'agreement with the unpruned network, %' : 'accuracy or agreement, %';
}

/** `10 %`, `12–15 %`, `never`, `to come`. */
export function crossingText(crossing: Crossing, live: boolean, format: Format): string {
  if (crossing.kind === 'at') return percent(crossing.ratio, format);
  if (crossing.kind === 'never') return 'never';
  if (crossing.kind === 'open') return live ? 'to come' : '–';
  return `${format.fixed(crossing.from * 100, 0)}–${percent(crossing.to, format)}`;
}

/** What can be said so far: a running check is read too. */
export function pruningReading(view: PruningView, format: Format): CheckReading {
  const found = contrasts(view);
  const [rest, heavy] = contrastPair(view);
  if (!rest || !heavy) {
    return { verdict: 'Corners and skeleton were not both asked for.', sentences: crossings(view, format) };
  }
  if (found.length === 0) {
    const verdict = view.live
      ? 'Corners and skeleton are still to come.'
      : 'Corners and skeleton were not both measured.';
    return { verdict, sentences: crossings(view, format) };
  }
  const { seeds, live } = view;
  const names = { heavy: heavy.phrase, rest: rest.phrase };
  return {
    verdict: pruningVerdict({ seeds, live, ...names }, found),
    sentences: [...crossings(view, format), ...noise(view, names, found, format), ...caveats(view)],
  };
}

/** Where each group falls below the level, the soonest first. */
function crossings(view: PruningView, format: Format): string[] {
  const { level, curves, live } = view;
  const found = curves
    .map((curve) => ({ curve, crossing: crossingOf(curve, level) }))
    .filter(({ crossing }) => crossing.kind !== 'open')
    .sort((a, b) => startOf(a.crossing) - startOf(b.crossing));
  const parts = found.flatMap(({ curve, crossing }, index) => {
    const last = curve.points.at(-1);
    if (crossing.kind === 'never') {
      return last ? [`not at all up to ${percent(last.ratio, format)} from ${curve.phrase}`] : [];
    }
    const share = crossingText(crossing, live, format);
    const refined = crossing.kind === 'between' && live ? ', still being refined' : '';
    return index === 0
      ? [`when ${share} of the weights are taken from ${curve.phrase}${refined}`]
      : [`at ${share} from ${curve.phrase}${refined}`];
  });
  if (parts.length === 0) return [];
  if (found[0]?.crossing.kind === 'never') {
    return [
      `${capitalised(measureNoun(view.measure))} never falls below ${format.fixed(level, 0)} % in what was measured.`,
    ];
  }
  return [
    `${capitalised(measureNoun(view.measure))} falls below ${format.fixed(level, 0)} % ${parts.join('; ')}.`,
  ];
}

function startOf(crossing: Crossing): number {
  if (crossing.kind === 'at') return crossing.ratio;
  return crossing.kind === 'between' ? crossing.from : Infinity;
}

/** Where the two differ by more than the seeds scatter, or that they don't. */
function noise(
  { seeds }: PruningView,
  names: Parameters<typeof rangesWords>[1],
  found: readonly RatioContrast[],
  format: Format,
): string[] {
  if (seeds < 2) return [];
  const clear = found.filter(({ beyond }) => beyond).length;
  const widest = found.reduce((best, next) =>
    Math.abs(next.difference) > Math.abs(best.difference) ? next : best,
  );
  const gap = `the widest gap is ${format.fixed(Math.abs(widest.difference), 1)} points, at ${percent(widest.ratio, format)}`;
  if (clear === 0) {
    const none =
      found.length === 1 ? 'At the one sparsity' : `At none of the ${format.count(found.length)} sparsities`;
    const verb = found.length === 1 ? 'they do not differ' : 'do they differ';
    return [`${none} measured of both ${verb} by more than twice their joint std; ${gap}.`];
  }
  const where = rangesWords(clearRanges(found), names, ({ ratio }) => percent(ratio, format));
  const share = `${format.count(clear)} of ${format.count(found.length)} sparsities measured of both`;
  return [`They differ by more than twice their joint std ${where} (${share}); ${gap}.`];
}

function caveats({ measure }: PruningView): string[] {
  return measure === 'agreement'
    ? ['Without labels this shows how far the network keeps its answers, not how many of them are right.']
    : [];
}
