/** The axis of a measure, and where its points lie. Pure. */
import { PLOT } from '../../charts/depth-layout';
import type { DepthLayout } from '../../charts/depth-layout';
import type { RatioAxis } from '../../charts/depth-model';
import { unchanged } from './model';
import type { CompareMeasure } from './choices';

const ALIGNED_SLOT = 18;
const TICKS = 4;

/**
 * From where nothing has changed to the farthest value; values beyond three interquartile ranges of the middle half are
 * drawn at the edge.
 */
export function measureAxis(values: ReadonlyArray<number | null>, measure: CompareMeasure): RatioAxis {
  const base = unchanged(measure);
  const distances = values
    .flatMap((value) => (value === null || !Number.isFinite(value) ? [] : [Math.abs(value - base)]))
    .sort((a, b) => a - b);
  const quartile = (part: number) => distances[Math.floor(distances.length * part)] ?? 0;
  const reach = quartile(0.75) + 3 * Math.max(quartile(0.75) - quartile(0.25), quartile(0.75) / 4);
  const farthest = distances.filter((distance) => distance <= reach).at(-1) ?? 0;
  const step = niceStep((farthest > 0 ? farthest : 1) / TICKS);
  const count = Math.max(1, Math.ceil((farthest > 0 ? farthest : 1) / step - 1e-9));
  const ticks = Array.from({ length: count + 1 }, (_, index) => {
    const distance = Number((index * step).toPrecision(12));
    return measure === 'cosine' ? Number((base - distance).toPrecision(12)) : distance;
  }).sort((a, b) => a - b);
  return { min: ticks[0] ?? 0, max: ticks.at(-1) ?? 1, ticks };
}

/** The next of 1, 2, 5, 10 times a power of ten. */
function niceStep(least: number): number {
  const decade = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5].find((factor) => least <= factor * decade * (1 + 1e-9)) ?? 10) * decade;
}

/** Decimals that tell ticks apart. */
export function tickDigits({ ticks }: RatioAxis): number {
  const step = Math.abs((ticks[1] ?? 1) - (ticks[0] ?? 0));
  return Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
}

/**
 * @param values of the measure, in the order of the file; null where there is none
 * @param width CSS pixels of the whole drawing
 */
export function compareLayout(
  values: ReadonlyArray<number | null>,
  measure: CompareMeasure,
  width: number,
): DepthLayout {
  const axis = measureAxis(values, measure);
  const slot = (width - PLOT.left - PLOT.right) / Math.max(1, values.length);
  const share = (value: number) => (value - axis.min) / (axis.max - axis.min);
  return {
    width,
    axis,
    slot,
    x: (index) => PLOT.left + (index + 0.5) * slot,
    y: (value) =>
      PLOT.bottom - share(Math.min(axis.max, Math.max(axis.min, value))) * (PLOT.bottom - PLOT.top),
    aligned: slot >= ALIGNED_SLOT && width >= 900,
    labelRight: false,
  };
}
