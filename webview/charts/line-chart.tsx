/** The parts of a chart of curves as components; `src/shared/charts` draws them, for the report too. */
import type { ComponentChildren, VNode } from 'preact';
import { curve, endLabels, frame, lineKey, mark, marks, spread } from '../../src/shared/charts/line-chart';
import type { CurveParts, EndLabel, FrameParts, Tone } from '../../src/shared/charts/line-chart';
import type { LineLayout } from '../../src/shared/charts/line-layout';
import type { Format } from '../../src/shared/format';
import { Shapes } from './shapes';

/** Axes, grid and titles. */
export function ChartFrame(parts: FrameParts): VNode {
  return <Shapes of={frame(parts)} />;
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

/** The band of one standard deviation around a curve. */
export function Spread(parts: CurveParts): VNode {
  return <Shapes of={spread(parts)} />;
}

/** A line through points; of the paper (`faint`) thin and dotted. */
export function Curve(parts: CurveParts): VNode {
  return <Shapes of={[curve(parts)]} />;
}

/** A mark at each point; those off the scale are triangles on its edge, with their values. */
export function Marks(parts: CurveParts & { readonly format: Format }): VNode {
  return <Shapes of={marks(parts)} />;
}

interface MarkProps {
  readonly tone: Tone;
  readonly x: number;
  readonly y: number;
}

/** One mark, at a place in CSS pixels. */
export function Mark({ tone, x, y }: MarkProps): VNode {
  return <Shapes of={[mark(tone, x, y)]} />;
}

/** A stretch of line with its mark, for the key beside a name. */
export function LineKey({ tone }: Pick<MarkProps, 'tone'>): VNode {
  return (
    <svg class="line-key" width="26" height="12" aria-hidden="true">
      <Shapes of={lineKey(tone)} />
    </svg>
  );
}

/** Names at the right ends of curves, moved apart where they would overlap. */
export function EndLabels({
  layout,
  labels,
}: {
  readonly layout: LineLayout;
  readonly labels: readonly EndLabel[];
}): VNode {
  return <Shapes of={endLabels(layout, labels)} />;
}
