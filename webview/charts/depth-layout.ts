/** Where the points, the strip and the stages lie. Pure. */
import type { DepthModel, RatioAxis, Stage } from './depth-model';
import { ratioAxis } from './depth-model';

/** CSS pixels: margins at the sides, upper and lower end of the plot. */
export const PLOT = { left: 64, right: 8, top: 30, bottom: 172 } as const;
/** From this width of a slot on, a layer's matrix fits under its point. */
const ALIGNED_SLOT = 18;

/** Where a chart along the depth has its points, in CSS pixels. Each layer has a slot of the same width. */
export interface DepthLayout {
  readonly width: number;
  readonly axis: RatioAxis;
  readonly slot: number;
  readonly x: (index: number) => number;
  readonly y: (ratio: number) => number;
  /** Whether the matrices lie under their points. */
  readonly aligned: boolean;
  /** Room at the right for the label of the reference. */
  readonly labelRight: boolean;
}

/** @param width CSS pixels of the whole drawing */
export function depthLayout(model: DepthModel, width: number): DepthLayout {
  const labelRight = width >= 1000;
  const right = PLOT.right + (labelRight ? 72 : 0);
  const axis = ratioAxis(model);
  const plot = width - PLOT.left - right;
  const slot = plot / Math.max(1, model.points.length);
  const share = (ratio: number) => (ratio - axis.min) / (axis.max - axis.min);
  return {
    width,
    axis,
    slot,
    x: (index) => PLOT.left + (index + 0.5) * slot,
    y: (ratio) =>
      PLOT.bottom - share(Math.min(axis.max, Math.max(axis.min, ratio))) * (PLOT.bottom - PLOT.top),
    aligned: slot >= ALIGNED_SLOT && width >= 900,
    labelRight,
  };
}

/** The layers' references as a line of steps, an SVG path. */
export function referencePath({ points }: Pick<DepthModel, 'points'>, layout: DepthLayout): string {
  const steps = points.map(({ reference }, index) => {
    const left = layout.x(index) - layout.slot / 2;
    return `${left.toFixed(1)} ${layout.y(reference).toFixed(1)}h${layout.slot.toFixed(2)}`;
  });
  return steps.length === 0 ? '' : `M${steps.join('L')}`;
}

/** The step-shaped band of what chance gives as an SVG path. */
export function bandPath(model: Pick<DepthModel, 'points'>, layout: DepthLayout): string {
  const edge = (index: number) => layout.x(index) - layout.slot / 2;
  const side = (sign: number) =>
    model.points.flatMap(({ reference, spread }, index) => {
      const y = layout.y(reference + sign * spread).toFixed(1);
      return [`${edge(index).toFixed(1)} ${y}`, `${edge(index + 1).toFixed(1)} ${y}`];
    });
  return `M${[...side(1), ...side(-1).reverse()].join('L')}Z`;
}

/** A bracket as an SVG path, and its label with the middle of it; empty where it does not fit. */
export interface StageMark {
  readonly path: string;
  readonly label: string;
  readonly x: number;
}

/** Brackets under the plot; a label only where it fits. */
export function stageMarks(stages: readonly Stage[], layout: DepthLayout, y: number): StageMark[] {
  return stages.map(({ from, to, label }) => {
    const left = layout.x(from) - layout.slot / 2 + 1;
    const right = layout.x(to) + layout.slot / 2 - 1;
    const fits = label.length * 6.2 <= right - left;
    const short = label.split(' · ')[0] ?? '';
    const shortFits = short.length * 6.2 <= right - left;
    return {
      path: `M${left.toFixed(1)} ${y}v4H${right.toFixed(1)}v-4`,
      label: fits ? label : shortFits ? short : '',
      x: (left + right) / 2,
    };
  });
}

/** The layers whose matrices are shown when not all fit: a window around the selected one. */
export function stripWindow(count: number, fit: number, selected: number): { from: number; to: number } {
  const size = Math.min(count, Math.max(1, fit));
  const from = Math.min(count - size, Math.max(0, selected - Math.floor(size / 2)));
  return { from, to: from + size };
}

/** Advance of a character of a point's label: 12 px bold text, with room to spare. */
const CHARACTER = 7;
/** Between a point and its label. */
const OFFSET = 9;
/** Of a name, at least so much is shown. */
const LEAST = 8;
/** More would lie on the other points. */
const MOST = 56;

interface PointLabel {
  readonly text: string;
  readonly x: number;
  readonly anchor: 'start' | 'end';
}

/**
 * The label beside a point: at its right where it fits, else at its left, else where there is more room, without the
 * beginning of the name. Layers of a network differ by how their names end.
 * @param rest follows the name, the part that matters most first; parts that do not fit are left out
 */
export function pointLabel(name: string, rest: readonly string[], x: number, width: number): PointLabel {
  const right = Math.min(MOST, Math.floor((width - x - OFFSET) / CHARACTER));
  const left = Math.min(MOST, Math.floor((x - OFFSET) / CHARACTER));
  const whole = name + rest.join('');
  const onRight = whole.length <= right || (whole.length > left && right >= left);
  const room = onRight ? right : left;
  const place = { x: x + (onRight ? OFFSET : -OFFSET), anchor: onRight ? 'start' : 'end' } as const;
  if (whole.length <= room) return { text: whole, ...place };
  const least = Math.min(name.length, LEAST);
  const shown = rest.filter((_, index) => rest.slice(0, index + 1).join('').length + least <= room);
  const end = shown.join('');
  const kept = Math.max(least, room - end.length);
  return { text: (name.length <= kept ? name : `…${name.slice(1 - kept)}`) + end, ...place };
}
