/** The sentences beside the robustness chart: computed, with the rule by which a difference counts. */
import type { RobustnessRow } from '../../../src/contract/results';
import type { CheckReading } from '../../ui/check';
import type { Format } from '../../../src/shared/format';
import { isClear } from './model';
import type { RobustnessView, ViewRow } from './model';

/** What is measured, as a noun. */
export function measureNoun(measure: RobustnessView['measure']): string {
  if (measure === 'unknown') return 'accuracy or agreement';
  return measure;
}

/** The title of the axis. */
export function measureTitle(measure: RobustnessView['measure']): string {
  if (measure === 'accuracy') return 'top-1 accuracy, %';
  return measure === 'agreement' ? 'agreement with its own answers, %' : 'accuracy or agreement, %';
}

type Found = ViewRow & { readonly found: RobustnessRow };

/** What can be said so far; differences are judged once all rows are there. */
export function robustnessReading(view: RobustnessView, format: Format): CheckReading {
  const rows = view.rows.filter((row): row is Found => row.found !== undefined);
  const distorted = rows.filter(({ distortion }) => distortion !== 'none');
  if (distorted.length === 0) {
    const verdict = view.live ? 'Distorted images are still to come.' : 'No distorted images were measured.';
    return { verdict, sentences: [] };
  }
  const reading = view.other === undefined ? oneNetwork(view, rows, format) : twoNetworks(view, rows, format);
  return { ...reading, sentences: [...reading.sentences, ...caveats(view)] };
}

/** `29.4 points (28.4 to 30.3)` of an interval on either side of zero. */
function interval(low: number, high: number, format: Format): string {
  return `${format.signed(low, 1)} to ${format.signed(high, 1)}`;
}

function range({ low, high }: { readonly low: number; readonly high: number }, format: Format): string {
  return `${format.fixed(low, 1)} to ${format.fixed(high, 1)}`;
}

/** Says what was measured, and which loss differs from none; that one loss is larger than another is not. */
function oneNetwork(view: RobustnessView, rows: readonly Found[], format: Format): CheckReading {
  const distorted = rows.filter(({ distortion }) => distortion !== 'none');
  const least = distorted.reduce((a, b) => (b.found.share.percent < a.found.share.percent ? b : a));
  const { share } = least.found;
  const soFar = view.live ? 'So far it' : 'It';
  if (view.measure === 'agreement') {
    const most = Math.max(...distorted.map(({ found }) => found.share.percent));
    const kept = `${format.fixed(share.percent, 1)} to ${format.fixed(most, 1)} %`;
    return {
      verdict: `${soFar} keeps ${kept} of its answers on distorted images.`,
      sentences: [`Least are kept on ${least.phrase} (95 % interval ${range(share, format)} %).`],
    };
  }
  const losses = distorted.filter(({ found }) => (found.share.change?.high ?? 0) < 0);
  const guesses = againstChance(view, distorted, format);
  if (losses.length === 0) {
    const verdict = `${soFar} shows no loss on distorted images that can be told from none.`;
    return { verdict, sentences: [...control(rows, format), ...guesses] };
  }
  const { points = 0, low = 0, high = 0 } = share.change ?? {};
  const kinds = `${format.count(losses.length)} of ${format.count(distorted.length)}`;
  return {
    verdict: `${soFar} loses accuracy on ${kinds} kinds of distorted images.`,
    sentences: [
      `Accuracy is lowest on ${least.phrase}: ${format.signed(points, 1)} points against untouched images (95 % interval ${interval(low, high, format)}).`,
      ...control(rows, format),
      ...guesses,
    ],
  };
}

/** A flip left to right is a usual part of training: what it costs shows what a flip by itself does. */
function control(rows: readonly Found[], format: Format): string[] {
  const change = rows.find(({ distortion }) => distortion === 'flipLeftRight')?.found.share.change;
  if (!change) return [];
  const size = `${format.signed(change.points, 1)} points (${interval(change.low, change.high, format)})`;
  const within = change.low <= 0 && change.high >= 0;
  return [
    `On images flipped left–right, the control, the change is ${size}${within ? ', which cannot be told from none' : ''}.`,
  ];
}

function againstChance({ chance }: RobustnessView, distorted: readonly Found[], format: Format): string[] {
  if (chance === undefined) return [];
  const lost = distorted.filter(({ found: { share } }) => share.low <= chance);
  if (lost.length === 0) return [];
  const names = list(lost.map(({ phrase }) => phrase));
  return [
    `On ${names} it is no better than a guess (${format.fixed(chance, Number.isInteger(chance) ? 0 : 1)} %) by its interval.`,
  ];
}

function twoNetworks(view: RobustnessView, rows: readonly Found[], format: Format): CheckReading {
  const { other = 'the other', measure, judged } = view;
  const distorted = rows.filter(({ distortion }) => distortion !== 'none');
  if (!judged) {
    const verdict = view.live
      ? 'Differences are judged when all rows are there.'
      : 'Not all rows were measured, so no difference is claimed.';
    return { verdict, sentences: [largest(distorted, rows, format)] };
  }
  const clear = distorted.filter(({ found }) => isClear(found));
  const better = clear.filter(({ found }) => (found.difference?.points ?? 0) > 0);
  const worse = clear.filter((row) => !better.includes(row));
  return {
    verdict: verdictOf(other, measure, better, worse),
    sentences: [
      largest(distorted, rows, format),
      ...(measure === 'accuracy' ? [beyondUntouched(distorted, clear.length > 0, format)] : []),
      `A difference counts where McNemar’s exact test on the images that only one of the two ${measure === 'accuracy' ? 'has right' : 'keeps'} gives p < 0.05, corrected for the rows (Holm).`,
    ],
  };
}

function verdictOf(
  other: string,
  measure: RobustnessView['measure'],
  better: readonly Found[],
  worse: readonly Found[],
): string {
  const does =
    measure === 'agreement' ? ['keeps more answers', 'fewer'] : ['is right more often', 'less often'];
  const on = (rows: readonly Found[]) => list(rows.map(({ phrase }) => phrase));
  if (better.length + worse.length === 0)
    return `This network and ${other} cannot be told apart on distorted images.`;
  if (worse.length === 0) return `This network ${does[0]} than ${other} on ${on(better)}.`;
  if (better.length === 0) {
    const verb = measure === 'agreement' ? 'keeps fewer answers' : 'is right less often';
    return `This network ${verb} than ${other} on ${on(worse)}.`;
  }
  return `This network ${does[0]} than ${other} on ${on(better)}, ${does[1]} on ${on(worse)}.`;
}

function largest(distorted: readonly Found[], rows: readonly Found[], format: Format): string {
  const widest = distorted.reduce((most, row) =>
    Math.abs(row.found.difference?.points ?? 0) > Math.abs(most.found.difference?.points ?? 0) ? row : most,
  );
  const { points = 0, low = 0, high = 0 } = widest.found.difference ?? {};
  const untouched = rows.find(({ distortion }) => distortion === 'none')?.found.difference;
  const beside = untouched ? `; on untouched images it is ${format.signed(untouched.points, 1)}` : '';
  return `The largest difference is ${format.signed(points, 1)} points (95 % interval ${interval(low, high, format)}), on ${widest.phrase}${beside}.`;
}

/** A network that is better on any image is not more robust for that. */
function beyondUntouched(distorted: readonly Found[], isDifferent: boolean, format: Format): string {
  const found = distorted.flatMap(({ phrase, found: { difference } }) => {
    const { points = 0, low = 0, high = 0, adjusted = 1 } = difference?.excess ?? {};
    return adjusted < 0.05
      ? [`${format.signed(points, 1)} points on ${phrase} (${interval(low, high, format)})`]
      : [];
  });
  if (found.length > 0) return `Measured from the difference on untouched images it is ${list(found)}.`;
  return isDifferent
    ? 'Nowhere does it differ from that on untouched images (p ≥ 0.05, corrected for the rows): that this is robustness, and not accuracy on any image, is not shown.'
    : 'Nowhere does it differ from that on untouched images (p ≥ 0.05, corrected for the rows).';
}

function caveats({ measure }: RobustnessView): string[] {
  return measure === 'agreement'
    ? ['Without labels this shows how far the network keeps its answers, not how many of them are right.']
    : [];
}

function list(parts: readonly string[]): string {
  const short = parts.map((part, i) => (i === 0 ? part : part.replace(/^images /, '')));
  if (short.length < 2) return short.join('');
  return `${short.slice(0, -1).join(', ')} and ${short.at(-1)}`;
}
