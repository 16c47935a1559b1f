/** Where the pruning curves, their labels and the rug of measured points lie. Pure. */
import { lineLayout } from '../../../src/shared/charts/line-layout';
import type { CurvePoint, LineLayout } from '../../../src/shared/charts/line-layout';
import type { PruningPoint } from '../../../src/contract/results';
import type { PruningView } from './model';
import { FIGURE_5 } from '../../../src/shared/paper';
import type { PaperModel } from '../../../src/shared/paper';
import type { PositionGroup } from '../../../src/shared/position-groups';

/** Room at the right for the names of the curves. */
const LABELS = 148;
const PLOT_HEIGHT = 306;

/** Height of a row of the rug, CSS pixels. */
export const RUG_ROW = 16;

/** @param width CSS pixels of the whole drawing */
export function pruningLayout(view: PruningView, width: number): LineLayout {
  const largest = Math.max(0.1, ...view.ratios) * 100;
  const step = largest > 60 ? 20 : width < 700 && largest > 30 ? 10 : 5;
  const ticks = Array.from({ length: Math.floor(largest / step + 1e-9) + 1 }, (_, i) => i * step);
  const plot = {
    left: 44,
    right: width - LABELS,
    top: 34,
    bottom: 34 + PLOT_HEIGHT,
    width,
    height: 34 + PLOT_HEIGHT + 40,
  };
  return lineLayout(plot, { min: 0, max: largest, ticks }, { min: 0, max: 100, ticks: [0, 25, 50, 75, 100] });
}

/** Percent on both axes. */
export function toCurve(points: readonly PruningPoint[]): CurvePoint[] {
  return points.map(({ ratio, mean, std }) => ({ x: ratio * 100, y: mean, std }));
}

/** The paper's curve of a group as far as the axis reaches; empty where it has none. */
export function paperCurve(model: PaperModel, group: PositionGroup, end: number): CurvePoint[] {
  return (FIGURE_5[model][group]?.mean ?? []).map((y, x) => ({ x, y })).filter(({ x }) => x <= end);
}

/** All points where they are few, else every fifth percent and the last: marks must not cover each other. */
export function markedPoints(points: readonly CurvePoint[]): CurvePoint[] {
  if (points.length <= 14) return [...points];
  return points.filter(
    ({ x }, index) => Math.abs(x / 5 - Math.round(x / 5)) < 1e-6 || index === points.length - 1,
  );
}
