/** The sentences beside the pictures: computed, with numbers, never more than they show. */
import { onSkeleton, sizeOf } from '../../../src/shared/positions';
import type { NullName } from '../../../src/shared/positions';
import type { Format } from '../../../src/shared/format';
import type { CompareMeasure } from './choices';
import type { CompareView, WholeView } from './model';
import { unchanged, valueOf } from './model';
import { nullWords } from '../../ui/null-words';
import { measureLabel, measureText } from './words';
import type { Matrix } from '../../../src/shared/matrix';

/** Below this no position differs noticeably from untrained ones. */
const NOTICEABLE = 0.02;
/** What two decimals show as nothing. */
const NOTHING = 0.005;

/** Three parts of one paragraph; the claim stands out. */
export interface WholeReading {
  readonly before: string;
  /** What the picture does or does not show. */
  readonly claim: string;
  readonly after: string;
}

/** What the average matrices say, and what they cannot. */
export function wholeReading(whole: WholeView, format: Format): WholeReading {
  const { nulls, total, fusing } = whole;
  const variant: NullName = nulls.before === 'border' || nulls.after === 'border' ? 'border' : 'skeleton';
  const [heavy, rest] = variant === 'border' ? ['border', 'other positions'] : ['skeleton', 'corners'];
  const moved = groupMeans(total, variant);
  const left = fusing ? groupMeans(fusing.remainder, variant) : moved;
  const gain = left.heavy - left.rest;
  const first =
    isNothing(moved.rest) && isNothing(moved.heavy)
      ? `Neither the ${rest} nor the ${heavy} moved on average.`
      : `The ${rest} ${changeWords(moved.rest, format)}, the ${heavy} ${changeWords(moved.heavy, format)} on average.`;
  const claim =
    gain < NOTICEABLE
      ? `this picture does not show that training strengthened the ${heavy}`
      : `${fusing ? 'beyond that ' : ''}the ${heavy} gained ${format.fixed(gain, 2)} on the ${rest}`;
  const joint = !fusing ? ': ' : gain < NOTICEABLE ? ', so ' : '; ';
  return {
    before: `${first} ${aloneWords(whole, variant, rest, format)}${joint}`,
    claim,
    after: '. Run the pruning check on both files to see what the network depends on.',
  };
}

/** Whether both files hold the same kernels: their averages say nothing more. */
export function isUnchanged({ kernels, result, weights }: CompareView): boolean {
  if (kernels.length === 0 || result.onlyBefore.length + result.onlyAfter.length > 0) return false;
  if (weights === 'raw' && result.matched.some(({ throughFused }) => throughFused)) return false;
  return kernels.every(({ change }) => change.identical);
}

function aloneWords({ nulls, fusing }: WholeView, variant: NullName, rest: string, format: Format): string {
  if (!fusing) {
    return `Both are compared with untrained ${nullWords(nulls.before).label} kernels, so none of this comes from fusing`;
  }
  const change = groupMeans(fusing.alone, variant).rest;
  if (nulls.before !== 'plain') {
    return `The untrained networks that the two are compared with differ by ${format.signed(change, 2)} in the ${rest} with no training at all`;
  }
  const verb = change < 0 ? 'lowers' : 'raises';
  return `Adding three normalised branches ${verb} the ${rest} by ${format.fixed(Math.abs(change), 2)} with no training at all`;
}

function isNothing(change: number): boolean {
  return Math.abs(change) < NOTHING;
}

function changeWords(change: number, format: Format): string {
  if (isNothing(change)) return 'stayed';
  return `${change < 0 ? 'fell' : 'rose'} by ${format.fixed(Math.abs(change), 2)}`;
}

/** Means over the row and column that branches are added to, and over the other positions. */
export function groupMeans(
  matrix: Matrix,
  variant: NullName,
): { readonly heavy: number; readonly rest: number } {
  const size = sizeOf(matrix);
  const groups = { heavy: [] as number[], rest: [] as number[] };
  matrix.forEach((cells, row) =>
    cells.forEach((value, column) => {
      groups[onSkeleton(row, column, size, variant) ? 'heavy' : 'rest'].push(value);
    }),
  );
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return { heavy: mean(groups.heavy), rest: mean(groups.rest) };
}

/** What the measure along the depth says. */
export function depthReading({ kernels }: CompareView, measure: CompareMeasure, format: Format): string {
  const sign = measure === 'cosine' ? -1 : 1;
  const known = kernels
    .map((row) => ({ row, value: valueOf(row, measure) }))
    .filter((each): each is { row: (typeof kernels)[number]; value: number } => each.value !== null)
    .sort((a, b) => sign * (b.value - a.value));
  const identical = kernels.filter(({ change }) => change.identical).length;
  if (identical === kernels.length) {
    return `All ${format.count(kernels.length)} kernels are identical, to the rounding of 32-bit numbers.`;
  }
  const [first, last, middle] = [known[0], known.at(-1), known[Math.floor(known.length / 2)]];
  if (!first || !last || !middle) return 'No kernel has this measure: one of each pair is zero.';
  const say = ({ row, value }: typeof first) => `${row.label} (${measureText(measure, value, format)})`;
  const none =
    identical > 0 ? ` ${format.count(identical)} of ${format.count(kernels.length)} are identical.` : '';
  if (known.length === 1)
    return `${measureLabel(measure)} of ${say(first)}; ${measureText(measure, unchanged(measure), format)} would be no change.${none}`;
  return `Changed most: ${say(first)}; least: ${say(last)}; median ${measureText(measure, middle.value, format)}.${none}`;
}
