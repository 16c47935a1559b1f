/** The parts a chart of curves is drawn from: frame, line with its band, marks, labels at the right. */
import type { ComponentChildren, VNode } from 'preact';
import { isOnScale, linePath, spreadLabels, spreadPath, tickDigits } from './line-layout';
import type { CurvePoint, LineLayout } from './line-layout';
import type { Format } from '../../src/shared/format';

/** Hue, dash and mark of a curve go together: a class in the style sheet, and a shape. */
export type Tone = 'skeleton' | 'corner' | 'global' | 'square' | 'border' | 'acnet' | 'plain';

export interface FrameProps {
  readonly layout: LineLayout;
  readonly format: Format;
  readonly xTitle: string;
  readonly yTitle: string;
}

/** Grid, axes, ticks and titles. */
export function ChartFrame({ layout, format, xTitle, yTitle }: FrameProps): VNode {
  const { plot, xAxis, yAxis, x, y } = layout;
  const digits = tickDigits(yAxis);
  return (
    <>
      {yAxis.ticks.map((tick) => (
        <>
          <path class="grid" d={`M${plot.left} ${y(tick).toFixed(1)}H${plot.right}`} />
          <text class="axis-text" x={plot.left - 8} y={y(tick)} text-anchor="end" dominant-baseline="central">
            {format.fixed(tick, digits)}
          </text>
        </>
      ))}
      <path class="axis" d={`M${plot.left} ${plot.bottom + 0.5}H${plot.right}`} />
      {xAxis.ticks.map((tick) => (
        <>
          <path class="axis" d={`M${x(tick).toFixed(1)} ${plot.bottom}v4`} />
          <text class="axis-text" x={x(tick)} y={plot.bottom + 16} text-anchor="middle">
            {format.count(tick)}
          </text>
        </>
      ))}
      <text class="axis-text" x={(plot.left + plot.right) / 2} y={plot.bottom + 31} text-anchor="middle">
        {xTitle}
      </text>
      <text class="axis-text" x="0" y="12">
        {yTitle}
      </text>
    </>
  );
}

/** A drawing with a sentence for those who don't see it. */
export function ChartImage({
  layout: { plot },
  sentence,
  height = plot.height,
  children,
}: {
  readonly layout: LineLayout;
  readonly sentence: string;
  readonly height?: number;
  readonly children: ComponentChildren;
}): VNode {
  return (
    <svg class="lines" width={plot.width} height={height} role="img" aria-label={sentence}>
      {children}
    </svg>
  );
}

export interface CurveProps {
  readonly layout: LineLayout;
  readonly tone: Tone;
  readonly points: readonly CurvePoint[];
  /** Of the paper: a thin dotted line without marks. */
  readonly faint?: boolean;
}

/** The band of ± one standard deviation. */
export function Spread({ layout, tone, points }: CurveProps): VNode | null {
  const path = spreadPath(points, layout);
  return path === '' ? null : <path class={`spread ${tone}`} d={path} />;
}

export function Curve({ layout, tone, points, faint }: CurveProps): VNode {
  return <path class={`line ${tone}${faint ? ' faint' : ''}`} d={linePath(points, layout)} />;
}

/** Marks of the points that are on the scale; the others are triangles on its edge with their values. */
export function Marks({ layout, tone, points, format }: CurveProps & { readonly format: Format }): VNode {
  const { x, y, yAxis, plot } = layout;
  return (
    <>
      {points.map((point) => {
        const [left, top] = [x(point.x), y(point.y)];
        if (isOnScale(yAxis, point.y)) return <Mark tone={tone} x={left} y={top} />;
        const above = point.y > yAxis.max;
        const onRight = left + 60 < plot.right;
        return (
          <>
            <path
              class={`dot ${tone}`}
              d={`M${left} ${above ? top - 4 : top + 4}l5 ${above ? 8 : -8}h-10z`}
            />
            <text
              class="axis-text halo"
              x={left + (onRight ? 8 : -8)}
              y={top + (above ? 4 : -2)}
              text-anchor={onRight ? 'start' : 'end'}
            >
              {format.fixed(point.y, 2)}
            </text>
          </>
        );
      })}
    </>
  );
}

interface MarkProps {
  readonly tone: Tone;
  readonly x: number;
  readonly y: number;
}

/** Square, disc or diamond: the hue is never alone. */
export function Mark({ tone, x, y }: MarkProps): VNode {
  const name = `dot ${tone}`;
  if (tone === 'corner' || tone === 'square') {
    return <rect class={name} x={x - 3.2} y={y - 3.2} width="6.4" height="6.4" />;
  }
  if (tone === 'global' || tone === 'plain') {
    return <path class={name} d={`M${x} ${y - 4.5}l4.5 4.5l-4.5 4.5l-4.5 -4.5z`} />;
  }
  return <circle class={name} cx={x} cy={y} r="3.5" />;
}

/** A stretch of line with its mark, as the key of a table or a legend. */
export function LineKey({ tone }: { readonly tone: Tone }): VNode {
  return (
    <svg class="line-key" width="26" height="12" aria-hidden="true">
      <path class={`line ${tone}`} d="M1 6H25" />
      <Mark tone={tone} x={13} y={6} />
    </svg>
  );
}

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
export function EndLabels({
  layout: { plot, y },
  labels,
}: {
  readonly layout: LineLayout;
  readonly labels: readonly EndLabel[];
}): VNode {
  const wanted = labels.map(({ at }) => y(at.y));
  const heights = spreadLabels(wanted, 15, plot.top + 4, plot.bottom - 4);
  return (
    <>
      {labels.map(({ tone, text, faint, edge = plot.right }, index) => {
        const height = heights[index] ?? 0;
        return (
          <>
            <path
              class="lead"
              d={`M${edge + 3} ${wanted[index]?.toFixed(1)}L${edge + 10} ${height.toFixed(1)}`}
            />
            {!faint && <Mark tone={tone} x={edge + 17} y={height} />}
            <text
              class={`${faint ? 'axis-text' : 'point-label'} halo`}
              x={edge + (faint ? 12 : 25)}
              y={height}
              dominant-baseline="central"
            >
              {text}
            </text>
          </>
        );
      })}
    </>
  );
}
