/** The parts a chart of curves is drawn from: frame, references, lines with their bands, marks, labels at the right. Pure. */
import type { Format } from '../format';
import { isOnScale, linePath, spreadLabels, spreadPath, tickDigits } from './line-layout';
import type { CurvePoint, LineLayout } from './line-layout';
import { path, text } from './shape';
import type { Shape } from './shape';

/** Hue, dash and mark of a curve go together: a class in the style sheet, and a shape. */
export type Tone = 'skeleton' | 'corner' | 'global' | 'square' | 'border' | 'acnet' | 'plain';

/** What is around the curves: `xTitle` is below the plot, `yTitle` above its axis. */
export interface FrameParts {
  readonly layout: LineLayout;
  readonly format: Format;
  readonly xTitle: string;
  readonly yTitle: string;
}

/** Grid, axes, ticks and titles. */
export function frame({ layout, format, xTitle, yTitle }: FrameParts): Shape[] {
  const { plot, xAxis, yAxis, x, y } = layout;
  const digits = tickDigits(yAxis);
  return [
    ...yAxis.ticks.flatMap((tick) => [
      path('grid', `M${plot.left} ${y(tick).toFixed(1)}H${plot.right}`),
      text('axis-text', format.fixed(tick, digits), {
        x: plot.left - 8,
        y: place(y(tick)),
        'text-anchor': 'end',
        'dominant-baseline': 'central',
      }),
    ]),
    path('axis', `M${plot.left} ${plot.bottom + 0.5}H${plot.right}`),
    ...xAxis.ticks.flatMap((tick) => [
      path('axis', `M${x(tick).toFixed(1)} ${plot.bottom}v4`),
      text('axis-text', format.count(tick), {
        x: place(x(tick)),
        y: plot.bottom + 16,
        'text-anchor': 'middle',
      }),
    ]),
    text('axis-text', xTitle, {
      x: (plot.left + plot.right) / 2,
      y: plot.bottom + 31,
      'text-anchor': 'middle',
    }),
    text('axis-text', yTitle, { x: 0, y: 12 }),
  ];
}

/** A tenth of a pixel is more than can be seen. */
function place(pixels: number): number {
  return Number(pixels.toFixed(1));
}

/** A dashed line upwards, and what is there. */
export function upright({ plot, x }: LineLayout, at: number, words: string): Shape[] {
  return [
    path('reference', `M${x(at).toFixed(1)} ${plot.top - 6}V${plot.bottom}`),
    text('axis-text', words, { x: place(x(at)), y: plot.top - 10, 'text-anchor': 'end' }),
  ];
}

/** A curve of points by rising x, in units of the axes. */
export interface CurveParts {
  readonly layout: LineLayout;
  readonly tone: Tone;
  readonly points: readonly CurvePoint[];
  /** Of the paper: a thin dotted line without marks. */
  readonly faint?: boolean;
}

/** The band of ± one standard deviation; nothing where no point has a spread. */
export function spread({ layout, tone, points }: CurveParts): Shape[] {
  const d = spreadPath(points, layout);
  return d === '' ? [] : [path(`spread ${tone}`, d)];
}

/** The line through the points, straight between two. */
export function curve({ layout, tone, points, faint }: CurveParts): Shape {
  return path(`line ${tone}${faint ? ' faint' : ''}`, linePath(points, layout));
}

/** Marks of the points that are on the scale; the others are triangles on its edge with their values. */
export function marks({ layout, tone, points, format }: CurveParts & { readonly format: Format }): Shape[] {
  const { x, y, yAxis, plot } = layout;
  return points.flatMap((point) => {
    const [left, top] = [place(x(point.x)), place(y(point.y))];
    if (isOnScale(yAxis, point.y)) return [mark(tone, left, top)];
    const above = point.y > yAxis.max;
    const onRight = left + 60 < plot.right;
    return [
      path(`dot ${tone}`, `M${left} ${above ? top - 4 : top + 4}l5 ${above ? 8 : -8}h-10z`),
      text('axis-text halo', format.fixed(point.y, 2), {
        x: left + (onRight ? 8 : -8),
        y: top + (above ? 4 : -2),
        'text-anchor': onRight ? 'start' : 'end',
      }),
    ];
  });
}

/** Square, disc or diamond: the hue is never the only mark. */
export function mark(tone: Tone, x: number, y: number): Shape {
  const name = `dot ${tone}`;
  if (tone === 'corner' || tone === 'square') {
    const side = 6.4;
    const [left, top] = [place(x - side / 2), place(y - side / 2)];
    return { tag: 'rect', attributes: { class: name, x: left, y: top, width: side, height: side } };
  }
  if (tone === 'global' || tone === 'plain') {
    return path(name, `M${x} ${place(y - 4.5)}l4.5 4.5l-4.5 4.5l-4.5 -4.5z`);
  }
  return { tag: 'circle', attributes: { class: name, cx: x, cy: y, r: 3.5 } };
}

/** A stretch of line with its mark, 26 × 12 pixels: the key of a table or a legend. */
export function lineKey(tone: Tone): Shape[] {
  return [path(`line ${tone}`, 'M1 6H25'), mark(tone, 13, 6)];
}

/** What a curve is called, at its end; a faint one has no mark. */
export interface EndLabel {
  readonly tone: Tone;
  readonly text: string;
  readonly faint?: boolean;
  /** Where the curve ends. */
  readonly at: CurvePoint;
  /** From where the lead goes: the right edge of the plot unless it is the curve's own end. */
  readonly edge?: number;
}

/** What each curve is called, beside its end, moved apart where ends lie close. */
export function endLabels({ plot, y }: LineLayout, labels: readonly EndLabel[]): Shape[] {
  const wanted = labels.map(({ at }) => y(at.y));
  const heights = spreadLabels(wanted, 15, plot.top + 4, plot.bottom - 4);
  return labels.flatMap(({ tone, text: words, faint, edge: from = plot.right }, index) => {
    const edge = place(from);
    const height = place(heights[index] ?? 0);
    return [
      path('lead', `M${edge + 3} ${(wanted[index] ?? 0).toFixed(1)}L${edge + 10} ${height.toFixed(1)}`),
      ...(faint ? [] : [mark(tone, edge + 17, height)]),
      text(`${faint ? 'axis-text' : 'point-label'} halo`, words, {
        x: edge + (faint ? 12 : 25),
        y: height,
        'dominant-baseline': 'central',
      }),
    ];
  });
}
