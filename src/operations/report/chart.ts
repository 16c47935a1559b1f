import { html, type Markup } from './html';

/** A mark at each point; with the dash it tells series apart without colour. */
export type Mark = 'disc' | 'square' | 'diamond' | 'none';

export interface Point {
  readonly x: number;
  readonly y: number;
  /** Half height of the band around the line. */
  readonly std?: number;
}

export interface Series {
  /** Label at the line's right end. */
  readonly name: string;
  /** CSS class that gives the colour. */
  readonly tone: string;
  readonly mark: Mark;
  readonly points: readonly Point[];
}

export interface Axis {
  readonly min: number;
  readonly max: number;
  readonly ticks: readonly number[];
  readonly title: string;
  readonly format?: (value: number) => string;
}

export interface Chart {
  /** A sentence for those who cannot see it. */
  readonly description: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  /** Thin dashed lines across, with a label. */
  readonly verticals?: ReadonlyArray<{ readonly at: number; readonly label: string }>;
  readonly horizontals?: ReadonlyArray<{ readonly at: number; readonly label: string }>;
}

const MARGIN = { top: 28, right: 132, bottom: 40, left: 44 };
/** Least distance between the labels at the right end. */
const LABEL_STEP = 15;

/**
 * A line chart as SVG. It is drawn for a width instead of being scaled to it, so that text keeps its size; a page
 * holds one for each width.
 */
export function drawChart(chart: Chart, width: number, height: number): Markup {
  const plane = new Plane(chart, width, height);
  return html`<svg
    class="chart"
    width="${width}"
    height="${height}"
    viewBox="0 0 ${width} ${height}"
    role="img"
    aria-label="${chart.description}"
  >
    ${grid(chart, plane)} ${references(chart, plane)} ${chart.series.map((series) => band(series, plane))}
    ${chart.series.map((series) => line(series, plane))} ${endLabels(chart.series, plane)}
  </svg>`;
}

/** The same chart for wide and for narrow pages; style sheets show one. */
export function responsiveChart(chart: Chart, height: number): Markup {
  return html`<div class="wide">${drawChart(chart, 812, height)}</div>
    <div class="narrow">${drawChart(chart, 540, height)}</div>
    <div class="tiny">${drawChart(chart, 340, height)}</div>`;
}

/** From data to pixels. */
class Plane {
  readonly left = MARGIN.left;
  readonly right: number;
  readonly top = MARGIN.top;
  readonly bottom: number;

  constructor(
    private readonly chart: Pick<Chart, 'x' | 'y'>,
    width: number,
    height: number,
  ) {
    this.right = width - MARGIN.right;
    this.bottom = height - MARGIN.bottom;
  }

  x(value: number): number {
    const { min, max } = this.chart.x;
    return round(this.left + ((value - min) / (max - min)) * (this.right - this.left));
  }

  y(value: number): number {
    const { min, max } = this.chart.y;
    const inside = Math.min(Math.max(value, min), max);
    return round(this.bottom - ((inside - min) / (max - min)) * (this.bottom - this.top));
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function grid({ x, y }: Chart, plane: Plane): Markup {
  const write = (axis: Axis, value: number) => (axis.format ?? String)(value);
  const { left, right, top, bottom } = plane;
  const across = y.ticks.map(
    (tick) =>
      html`<line class="grid" x1="${left}" x2="${right}" y1="${plane.y(tick)}" y2="${plane.y(tick)}" />
        <text class="tick" x="${left - 8}" y="${plane.y(tick) + 4}" text-anchor="end"
          >${write(y, tick)}</text
        >`,
  );
  const along = x.ticks.map(
    (tick) =>
      html`<line class="axis" x1="${plane.x(tick)}" x2="${plane.x(tick)}" y1="${bottom}" y2="${bottom + 4}" />
        <text class="tick" x="${plane.x(tick)}" y="${bottom + 17}" text-anchor="middle"
          >${write(x, tick)}</text
        >`,
  );
  return html`${across}${along}
    <line class="axis" x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}" />
    <text class="tick" x="0" y="${top - 14}">${y.title}</text>
    <text class="tick" x="${(left + right) / 2}" y="${bottom + 34}" text-anchor="middle">${x.title}</text>`;
}

function references({ verticals = [], horizontals = [] }: Chart, plane: Plane): Markup {
  const { left, right, top, bottom } = plane;
  const upright = verticals.map(({ at, label }) => {
    const x = plane.x(at);
    return html`<line class="reference" x1="${x}" x2="${x}" y1="${top}" y2="${bottom}" />
      <text class="tick" x="${x}" y="${top - 6}" text-anchor="end">${label}</text>`;
  });
  const level = horizontals.map(({ at, label }) => {
    const y = plane.y(at);
    return html`<line class="reference" x1="${left}" x2="${right}" y1="${y}" y2="${y}" />
      <text class="tick" x="${left + 4}" y="${y - 4}">${label}</text>`;
  });
  return html`${upright}${level}`;
}

function band({ points, tone }: Series, plane: Plane): Markup | undefined {
  if (!points.some(({ std }) => std !== undefined && std > 0)) return undefined;
  const edge = (sign: number) =>
    points.map(({ x, y, std = 0 }) => `${plane.x(x)},${plane.y(y + sign * std)}`);
  return html`<polygon class="band ${tone}" points="${[...edge(1), ...edge(-1).reverse()].join(' ')}" />`;
}

function line({ points, tone, mark }: Series, plane: Plane): Markup {
  const path = points.map(({ x, y }) => `${plane.x(x)},${plane.y(y)}`).join(' ');
  const marks = points.map(({ x, y }) => drawMark(mark, plane.x(x), plane.y(y), tone));
  return html`<polyline class="line ${tone}" points="${path}" />${marks}`;
}

function drawMark(mark: Mark, x: number, y: number, tone: string): Markup | undefined {
  switch (mark) {
    case 'disc':
      return html`<circle class="mark ${tone}" cx="${x}" cy="${y}" r="3.5" />`;
    case 'square':
      return html`<rect class="mark ${tone}" x="${x - 3.5}" y="${y - 3.5}" width="7" height="7" />`;
    case 'diamond':
      return html`<path
        class="mark ${tone}"
        d="M${x},${y - 5} L${x + 5},${y} L${x},${y + 5} L${x - 5},${y} Z"
      />`;
    case 'none':
      return undefined;
  }
}

/** Names at the right ends, moved apart where they would overlap. */
function endLabels(series: readonly Series[], plane: Plane): Markup {
  const ends = series
    .flatMap((item) => {
      const last = item.points.at(-1);
      return last ? [{ item, y: plane.y(last.y), x: plane.x(last.x) }] : [];
    })
    .sort((a, b) => a.y - b.y);
  const places = spread(
    ends.map(({ y }) => y),
    plane.top,
    plane.bottom,
  );
  const label = ({ item, x, y }: (typeof ends)[number], i: number): Markup => {
    const at = places[i];
    const start = plane.right + 6;
    return html`<polyline class="leader" points="${x + 5},${y} ${start},${y} ${start + 8},${at}" />
      ${drawMark(item.mark, start + 15, at, item.tone)}
      <text class="label" x="${start + (item.mark === 'none' ? 12 : 24)}" y="${at + 4}">${item.name}</text>`;
  };
  return html`${ends.map(label)}`;
}

/** Moves sorted heights apart to at least `LABEL_STEP`, inside the plane. */
function spread(heights: readonly number[], top: number, bottom: number): number[] {
  const places: number[] = [];
  heights.forEach((height, i) => {
    places.push(i === 0 ? Math.max(height, top) : Math.max(height, places[i - 1] + LABEL_STEP));
  });
  for (let i = places.length - 1; i >= 0; i -= 1) {
    const limit = i === places.length - 1 ? bottom : places[i + 1] - LABEL_STEP;
    places[i] = Math.min(places[i], limit);
  }
  return places;
}
