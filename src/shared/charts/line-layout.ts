/** Where lines, bands, marks and labels of a chart of curves lie. Pure. */

/** A linear scale from `min` to `max` with its ticks by rising value, in units of the data. */
export interface Axis {
  readonly min: number;
  readonly max: number;
  readonly ticks: readonly number[];
}

/** The plot's rectangle inside a drawing of `width` × `height` CSS pixels. */
export interface Plot {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Two axes laid over a plot: `x` and `y` turn values into CSS pixels from the drawing's upper left corner. */
export interface LineLayout {
  readonly plot: Plot;
  readonly xAxis: Axis;
  readonly yAxis: Axis;
  readonly x: (value: number) => number;
  /** Values off the scale lie on its edge. */
  readonly y: (value: number) => number;
}

/** A point in units of the data; `std` is a standard deviation of y. */
export interface CurvePoint {
  readonly x: number;
  readonly y: number;
  readonly std?: number;
}

/** Lays axes over a plot; an axis of no length has all values at its start. */
export function lineLayout(plot: Plot, xAxis: Axis, yAxis: Axis): LineLayout {
  const share = (value: number, { min, max }: Axis) => (value - min) / (max - min || 1);
  const clamp = (value: number) => Math.min(yAxis.max, Math.max(yAxis.min, value));
  return {
    plot,
    xAxis,
    yAxis,
    x: (value) => plot.left + share(value, xAxis) * (plot.right - plot.left),
    y: (value) => plot.bottom - share(clamp(value), yAxis) * (plot.bottom - plot.top),
  };
}

/** Whether a value is on the scale. */
export function isOnScale({ min, max }: Axis, value: number): boolean {
  return value >= min && value <= max;
}

/** Straight lines from point to point as the `d` of an SVG path; empty without points. */
export function linePath(points: readonly CurvePoint[], { x, y }: LineLayout): string {
  if (points.length === 0) return '';
  return `M${points.map((point) => `${x(point.x).toFixed(1)} ${y(point.y).toFixed(1)}`).join('L')}`;
}

/** Mean ± std as a closed path; empty where no point has a spread. */
export function spreadPath(points: readonly CurvePoint[], { x, y }: LineLayout): string {
  if (points.length < 2 || points.every(({ std }) => (std ?? 0) === 0)) return '';
  const side = (sign: number) =>
    points.map((point) => `${x(point.x).toFixed(1)} ${y(point.y + sign * (point.std ?? 0)).toFixed(1)}`);
  return `M${[...side(1), ...side(-1).reverse()].join('L')}Z`;
}

/** A round step of 1, 2 or 5 times a power of ten that needs at most `count` of them. */
function roundStep(span: number, count: number): number {
  const decade = 10 ** Math.floor(Math.log10(span / count));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * decade * count >= span * (1 - 1e-9)) ?? 10;
  return factor * decade;
}

/** An axis from round end to round end around the values; never of zero length. */
export function niceAxis(low: number, high: number, count: number, least = 0): Axis {
  const span = Math.max(high - low, least, Math.abs(high) * 1e-6, 1e-9);
  const step = roundStep(span, count);
  const from = Math.floor(low / step + 1e-9);
  const to = Math.max(from + 1, Math.ceil(high / step - 1e-9));
  const ticks = Array.from({ length: to - from + 1 }, (_, i) => Number(((from + i) * step).toPrecision(12)));
  return { min: ticks[0] ?? low, max: ticks.at(-1) ?? high, ticks };
}

/** Around accuracies in percent, within 0 and 100; not less than 2 points, so that noise is not blown up. */
export function accuracyAxis(values: readonly number[]): Axis {
  if (values.length === 0) return PERCENT_AXIS;
  const low = Math.max(0, Math.min(...values) - 0.5);
  const high = Math.min(100, Math.max(...values) + 0.5);
  const ticks = niceAxis(low, high, 4, 2).ticks.filter((tick) => tick >= 0 && tick <= 100);
  return { min: ticks[0] ?? 0, max: ticks.at(-1) ?? 100, ticks };
}

/** All percentages. */
export const PERCENT_AXIS: Axis = { min: 0, max: 100, ticks: [0, 25, 50, 75, 100] };

/** Whole-number ticks from 0 to `max`, which is the end of the axis whether or not it is one of them. */
export function countAxis(max: number, count: number): Axis {
  const end = Math.max(1, max);
  const step = Math.max(1, roundStep(end, count));
  return { min: 0, max: end, ticks: Array.from({ length: Math.floor(end / step) + 1 }, (_, i) => i * step) };
}

/** Decimals with which all ticks of an axis differ. */
export function tickDigits({ ticks: [first = 0, second = first + 1] }: Axis): number {
  return Math.max(0, Math.min(6, -Math.floor(Math.log10(Math.abs(second - first)) + 1e-9)));
}

/**
 * Moves labels apart: each as near to where it belongs as the ones around it allow, `gap` pixels between two, all
 * within [top, bottom] as long as there is room.
 * @returns the heights in the order of `wanted`
 */
export function spreadLabels(wanted: readonly number[], gap: number, top: number, bottom: number): number[] {
  const order = wanted.map((y, index) => ({ y, index })).sort((a, b) => a.y - b.y);
  const placed = order.map(({ y }) => Math.max(top, y));
  // Down, then up again from the lower edge.
  for (let i = 1; i < placed.length; i++) placed[i] = Math.max(placed[i] ?? 0, (placed[i - 1] ?? 0) + gap);
  let limit = bottom;
  for (let i = placed.length - 1; i >= 0; i--) {
    placed[i] = Math.min(placed[i] ?? 0, limit);
    limit = (placed[i] ?? 0) - gap;
  }
  const result = wanted.map(() => 0);
  order.forEach(({ index }, i) => {
    result[index] = placed[i] ?? 0;
  });
  return result;
}

/** The index of the value nearest to `target`; −1 of none. */
export function nearestIndex(values: readonly number[], target: number): number {
  let best = -1;
  values.forEach((value, index) => {
    if (best < 0 || Math.abs(value - target) < Math.abs((values[best] ?? 0) - target)) best = index;
  });
  return best;
}
