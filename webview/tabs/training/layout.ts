/** Where the two training charts' curves lie. Pure. */
import { countAxis, lineLayout, niceAxis } from '../../charts/line-layout';
import type { Axis, CurvePoint, LineLayout } from '../../charts/line-layout';
import type { TrainingView } from './model';

/** Room at the right for the names of curves that have reached the end. */
const LABELS = 104;
const TOP = 28;
const PLOT_HEIGHT = 156;

export type Quantity = 'accuracy' | 'loss';

/** @param width CSS pixels of the whole drawing */
export function trainingLayout(view: TrainingView, quantity: Quantity, width: number): LineLayout {
  const bottom = TOP + PLOT_HEIGHT;
  const plot = { left: 44, right: width - LABELS, top: TOP, bottom, width, height: bottom + 36 };
  const points = view.arms.flatMap((arm) => arm[quantity]);
  const yAxis = quantity === 'accuracy' ? accuracyAxis(view, points) : lossAxis(points);
  return lineLayout(plot, countAxis(view.epochs, 4), yAxis);
}

/** Around what was measured, within 0 and 100; not less than 2 points, so that noise is not blown up. */
function accuracyAxis({ before }: TrainingView, points: readonly CurvePoint[]): Axis {
  const values = [...points.map(({ y }) => y), ...(before === undefined ? [] : [before])];
  if (values.length === 0) return { min: 0, max: 100, ticks: [0, 25, 50, 75, 100] };
  const axis = niceAxis(
    Math.max(0, Math.min(...values) - 0.5),
    Math.min(100, Math.max(...values) + 0.5),
    4,
    2,
  );
  const ticks = axis.ticks.filter((tick) => tick >= 0 && tick <= 100);
  return { min: ticks[0] ?? 0, max: ticks.at(-1) ?? 100, ticks };
}

/** From 0; a few readings far above the others are left off the scale and drawn on its edge. */
export function lossAxis(points: readonly CurvePoint[]): Axis {
  const values = points.map(({ y }) => y).sort((a, b) => a - b);
  const largest = values.at(-1);
  if (largest === undefined) return { min: 0, max: 1, ticks: [0, 0.25, 0.5, 0.75, 1] };
  const usual = values[Math.floor((values.length - 1) * 0.97)] ?? largest;
  return niceAxis(0, largest > 3 * usual && usual > 0 ? usual * 1.2 : largest, 4, 1e-6);
}

/** The farthest point off the scale, the one that is marked; none where all are on it. */
export function farthestOff(points: readonly CurvePoint[], { max }: Axis): CurvePoint[] {
  const off = points.filter(({ y }) => y > max);
  const [first] = off;
  return first ? [off.reduce((best, point) => (point.y > best.y ? point : best), first)] : [];
}
