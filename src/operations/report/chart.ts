import { curve, endLabels, frame, marks, spread, upright, type Tone } from '../../shared/charts/line-chart';
import { lineLayout, type Axis, type CurvePoint } from '../../shared/charts/line-layout';
import { createFormat } from '../../shared/format';
import { html, svgParts, type Markup } from './html';

/** One line of a chart. */
export interface Series {
  /** Label at the line's right end. */
  readonly name: string;
  readonly tone: Tone;
  readonly points: readonly CurvePoint[];
  /** Of the paper: a thin dotted line without marks. */
  readonly faint?: boolean;
}

/** A line chart of the report. */
export interface Chart {
  /** A sentence for those who cannot see it. */
  readonly description: string;
  readonly x: Axis & { readonly title: string };
  readonly y: Axis & { readonly title: string };
  readonly series: readonly Series[];
  /** Thin dashed lines upwards, with a label. */
  readonly verticals?: ReadonlyArray<{ readonly at: number; readonly label: string }>;
}

const MARGIN = { top: 28, right: 132, bottom: 40, left: 44 };
const FORMAT = createFormat('en');

/**
 * A line chart as SVG. It is drawn for a width instead of being scaled to it, so that text keeps its size; a page
 * holds one for each width.
 */
function drawChart(chart: Chart, width: number, height: number): Markup {
  const { description, series, verticals = [] } = chart;
  const { top, left } = MARGIN;
  const plot = { width, height, left, right: width - MARGIN.right, top, bottom: height - MARGIN.bottom };
  const layout = lineLayout(plot, chart.x, chart.y);
  const measured = series.filter(({ faint }) => !faint);
  const ends = series.flatMap(({ name, points, ...look }) => {
    const at = points.at(-1);
    return at ? [{ ...look, text: name, at }] : [];
  });
  const shapes = [
    ...frame({ layout, format: FORMAT, xTitle: chart.x.title, yTitle: chart.y.title }),
    ...verticals.flatMap(({ at, label }) => upright(layout, at, label)),
    ...measured.flatMap((one) => spread({ layout, ...one })),
    ...series.map((one) => curve({ layout, ...one })),
    ...measured.flatMap((one) => marks({ layout, ...one, format: FORMAT })),
    ...endLabels(layout, ends),
  ];
  return html`<svg
    class="chart"
    width="${width}"
    height="${height}"
    viewBox="0 0 ${width} ${height}"
    role="img"
    aria-label="${description}"
  >
    ${svgParts(shapes)}
  </svg>`;
}

/** The same chart for wide and for narrow pages; style sheets show one. */
export function responsiveChart(chart: Chart, height: number): Markup {
  return html`<div class="wide">${drawChart(chart, 812, height)}</div>
    <div class="narrow">${drawChart(chart, 540, height)}</div>
    <div class="tiny">${drawChart(chart, 340, height)}</div>`;
}
