/** Where the two training charts' curves lie. Pure. */
import { accuracyAxis, countAxis, lineLayout, niceAxis } from '../../../src/shared/charts/line-layout';
import type { Axis, CurvePoint, LineLayout } from '../../../src/shared/charts/line-layout';
import type { TrainingView } from './model';

/** Room at the right for the names of curves that have reached the end. */
const LABELS = 112;
const TOP = 28;
const PLOT_HEIGHT = 156;

/** What a chart shows: top-1 in percent, or the training loss. */
export type Quantity = 'accuracy' | 'loss';

/** @param width CSS pixels of the whole drawing */
export function trainingLayout(view: TrainingView, quantity: Quantity, width: number): LineLayout {
  const bottom = TOP + PLOT_HEIGHT;
  const plot = { left: 44, right: width - LABELS, top: TOP, bottom, width, height: bottom + 36 };
  const points = view.arms.flatMap((arm) => arm[quantity]);
  const { before } = view;
  const accuracies = [...points.map(({ y }) => y), ...(before === undefined ? [] : [before])];
  const yAxis = quantity === 'accuracy' ? accuracyAxis(accuracies) : lossAxis(points);
  return lineLayout(plot, countAxis(view.epochs, 4), yAxis);
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
