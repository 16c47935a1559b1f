/** The sentence beside the depth chart, and where there is nothing to read. */
import type { Format } from '../../../src/shared/format';
import type { CompareMeasure } from './choices';
import type { CompareView } from './model';
import { unchanged, valueOf } from './model';
import { measureLabel, measureText } from './words';

/** Whether both files hold the same kernels: their averages say nothing more. */
export function isUnchanged({ kernels, result, weights }: CompareView): boolean {
  if (kernels.length === 0 || result.onlyBefore.length + result.onlyAfter.length > 0) return false;
  if (weights === 'raw' && result.matched.some(({ throughFused }) => throughFused)) return false;
  return kernels.every(({ change }) => change.identical);
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
