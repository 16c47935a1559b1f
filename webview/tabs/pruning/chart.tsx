/** Draws the pruning curves: bands, lines, the paper's dotted, and below them what is measured and what is to come. */
import type { VNode } from 'preact';
import { ChartFrame, ChartImage, Curve, EndLabels, Marks, Spread } from '../../charts/line-chart';
import { Shapes } from '../../charts/shapes';
import { upright } from '../../../src/shared/charts/line-chart';
import type { EndLabel } from '../../../src/shared/charts/line-chart';
import type { LineLayout } from '../../../src/shared/charts/line-layout';
import type { Format } from '../../../src/shared/format';
import { RUG_ROW, markedPoints, paperCurve, pruningLayout, toCurve } from './layout';
import { crossingOf } from './model';
import type { PruningCurve, PruningView } from './model';
import type { PaperModel } from '../../../src/shared/paper';
import { crossingText, measureTitle } from './reading';

export interface PruningChartProps {
  readonly view: PruningView;
  readonly width: number;
  /** Undefined where nothing of the paper is drawn. */
  readonly paper: PaperModel | undefined;
  readonly sentence: string;
  readonly format: Format;
  /** The ratio the reader stands at. */
  readonly cursor: number | undefined;
}

/** Grows while a check runs: nothing that is drawn moves. */
export function PruningChart(props: PruningChartProps): VNode {
  const { view, width, paper, sentence, format, cursor } = props;
  const layout = pruningLayout(view, width);
  const { plot, x } = layout;
  const rugTop = plot.height + 2;
  return (
    <ChartImage layout={layout} sentence={sentence} height={rugTop + view.curves.length * RUG_ROW + 2}>
      <ChartFrame
        layout={layout}
        format={format}
        xTitle="zeroed weights, % of each layer"
        yTitle={measureTitle(view.measure)}
      />
      <References view={view} layout={layout} format={format} />
      {cursor !== undefined && (
        <path class="cursor" d={`M${x(cursor * 100).toFixed(1)} ${plot.top}V${plot.bottom}`} />
      )}
      <Curves {...{ view, layout, paper, format }} />
      {view.curves.map((curve, row) => (
        <Rug {...{ curve, layout }} y={rugTop + row * RUG_ROW} />
      ))}
      <RugKey layout={layout} y={rugTop} live={view.live} />
    </ChartImage>
  );
}

/** Chance, the level of the thresholds, and where the corners are all gone. */
function References({
  view,
  layout,
  format,
}: {
  view: PruningView;
  layout: LineLayout;
  format: Format;
}): VNode {
  const { plot, y, xAxis } = layout;
  const end = view.cornersEnd === undefined ? undefined : view.cornersEnd * 100;
  const hasCorners = view.curves.some(({ group }) => group === 'corner');
  return (
    <>
      <path class="reference solid" d={`M${plot.left} ${y(view.level).toFixed(1)}H${plot.right}`} />
      {view.chance !== undefined && (
        <>
          <path class="reference" d={`M${plot.left} ${y(view.chance).toFixed(1)}H${plot.right}`} />
          <text class="axis-text halo" x={plot.left + 4} y={y(view.chance) - 5}>
            chance {format.fixed(view.chance, Number.isInteger(view.chance) ? 0 : 1)} %
          </text>
        </>
      )}
      {end !== undefined && hasCorners && end <= xAxis.max && (
        <Shapes of={upright(layout, end, `all corners gone at ${format.fixed(end, 1)} %`)} />
      )}
    </>
  );
}

interface CurvesProps extends Pick<PruningChartProps, 'view' | 'paper' | 'format'> {
  readonly layout: LineLayout;
}

function Curves({ view, layout, paper, format }: CurvesProps): VNode {
  const drawn = view.curves.map((curve) => ({ curve, points: toCurve(curve.points) }));
  const overlays = drawn.flatMap(({ curve: { group, tone, name } }) => {
    const points = paper === undefined ? [] : paperCurve(paper, group, layout.xAxis.max);
    return points.length === 0 ? [] : [{ tone, name, points }];
  });
  const labels: EndLabel[] = [
    ...overlays.flatMap(({ tone, name, points }) => {
      const at = points.at(-1);
      return at ? [{ tone, text: `paper, ${name.toLowerCase()}`, faint: true, at }] : [];
    }),
    ...drawn.flatMap(({ curve: { tone, name }, points }) => {
      const at = points.at(-1);
      return at ? [{ tone, text: name.toLowerCase(), at }] : [];
    }),
  ];
  return (
    <>
      {drawn.map(({ curve, points }) => (
        <Spread layout={layout} tone={curve.tone} points={points} />
      ))}
      {overlays.map(({ tone, points }) => (
        <Curve layout={layout} tone={tone} points={points} faint />
      ))}
      {drawn.map(({ curve, points }) => (
        <>
          <Curve layout={layout} tone={curve.tone} points={points} />
          <Marks layout={layout} tone={curve.tone} points={markedPoints(points)} format={format} />
          <CrossingRing {...{ curve, layout, format }} level={view.level} />
        </>
      ))}
      <EndLabels layout={layout} labels={labels} />
    </>
  );
}

/** A ring around the point at which a curve first lies below the level, with its name and ratio. */
function CrossingRing({
  curve,
  layout,
  level,
  format,
}: {
  readonly curve: PruningCurve;
  readonly layout: LineLayout;
  readonly level: number;
  readonly format: Format;
}): VNode | null {
  const crossing = crossingOf(curve, level);
  const side = RING_SIDES[curve.group];
  if (crossing.kind !== 'at' || side === undefined) return null;
  const point = curve.points.find(({ ratio }) => ratio === crossing.ratio);
  if (!point) return null;
  const [x, y] = [layout.x(point.ratio * 100), layout.y(point.mean)];
  const text = `${curve.name.toLowerCase()}, ${crossingText(crossing, false, format)}`;
  // A label that would leave the plot is left out: the number is in the table beside the chart.
  const room = side === 'left' ? x - layout.plot.left : layout.plot.right - x;
  return (
    <>
      <circle class="ring" cx={x} cy={y} r="7" />
      {room > 20 + text.length * 6.5 && (
        <text
          class="point-label halo"
          x={x + (side === 'left' ? -12 : 12)}
          y={y + (side === 'left' ? 13 : -18)}
          text-anchor={side === 'left' ? 'end' : 'start'}
        >
          {text}
        </text>
      )}
    </>
  );
}

/** The two that are compared with each other are named: the one that falls first on its left, the other above. */
const RING_SIDES: Partial<Record<PruningCurve['group'], 'left' | 'right'>> = {
  skeleton: 'left',
  corner: 'right',
};

const RUG_NAMES: Readonly<Record<PruningCurve['group'], string>> = {
  corner: 'corner',
  skeleton: 'skel.',
  global: 'all',
  square: 'square',
  border: 'border',
};

/** One row of ticks: a block for a measured ratio, a short stroke for one that is missing. */
function Rug({
  curve,
  layout,
  y,
}: {
  readonly curve: PruningCurve;
  readonly layout: LineLayout;
  readonly y: number;
}): VNode {
  const { plot, x } = layout;
  const blocks = curve.points.map(({ ratio }) => `M${(x(ratio * 100) - 2).toFixed(1)} ${y}h4v8h-4z`);
  const strokes = curve.open.map((ratio) => `M${x(ratio * 100).toFixed(1)} ${y + 2}v4`);
  return (
    <>
      <text class="axis-text" x={plot.left - 8} y={y + 4} text-anchor="end" dominant-baseline="central">
        {RUG_NAMES[curve.group]}
      </text>
      <path class="rug" d={blocks.join('')} />
      <path class="axis" d={strokes.join('')} />
    </>
  );
}

function RugKey({ layout: { plot }, y, live }: { layout: LineLayout; y: number; live: boolean }): VNode {
  const x = plot.right + 14;
  return (
    <>
      <path class="rug" d={`M${x - 2} ${y}h4v8h-4z`} />
      <text class="axis-text" x={x + 9} y={y + 4} dominant-baseline="central">
        measured
      </text>
      <path class="axis" d={`M${x} ${y + RUG_ROW + 2}v4`} />
      <text class="axis-text" x={x + 9} y={y + RUG_ROW + 4} dominant-baseline="central">
        {live ? 'to come' : 'not measured'}
      </text>
    </>
  );
}
