import { drawMatrix } from '../../shared/charts/matrix';
import { cellSize, matrixLayout } from '../../shared/charts/matrix-layout';
import { text } from '../../shared/charts/shape';
import { withinChance, type Within } from '../../shared/chance';
import { createFormat } from '../../shared/format';
import { difference } from '../../shared/numbers';
import { sizeOf } from '../../shared/positions';
import { cividis, diverging, hex, inkOn, type Palette, type Rgb } from '../../shared/colour';
import { html, svgParts, type Markup } from './html';
import type { Matrix } from '../../shared/matrix';

/** A colour in the light and in the dark theme. */
interface Themed {
  readonly light: Rgb;
  readonly dark: Rgb;
}

const LIGHT: Palette = { zero: [235, 235, 235], below: [101, 45, 144], above: [56, 138, 52] };
const DARK: Palette = { zero: [48, 48, 48], below: [177, 128, 215], above: [137, 209, 133] };

function themed(value: number, extent: number): Themed {
  return { light: diverging(value, extent, LIGHT), dark: diverging(value, extent, DARK) };
}

/** On the colour of zero. */
const GREY_INK = '--l:#5f5f5f;--d:#a8a8a8';

/** What a matrix holds, and the colours of its values. */
interface Scale {
  readonly kind: 'magnitude' | 'difference';
  readonly colour: (value: number) => Themed;
}

const MAGNITUDE: Scale = {
  kind: 'magnitude',
  colour: (value) => ({ light: cividis(value), dark: cividis(value) }),
};

function differenceScale(extent: number): Scale {
  return { kind: 'difference', colour: (value) => themed(value, extent) };
}

/** A matrix with what it is. */
export interface Figure {
  readonly title: string;
  readonly note: string;
  readonly matrix: Matrix;
  readonly within?: Within;
}

/** Magnitudes from 0 to 1 as a heat map with its numbers. */
export function magnitudeFigure(figure: Figure, labelled = false): Markup {
  return matrixFigure(figure, MAGNITUDE, labelled);
}

/** How a difference is drawn: its caption, the end of its colour scale, and what chance reaches. */
export interface DifferenceStyle {
  readonly note: string;
  readonly extent: number;
  readonly reach: Matrix;
}

/** `minuend − subtrahend = difference`, drawn as an equation; what is no more than chance gives is grey. */
export function equation(
  minuend: Figure,
  subtrahend: Figure,
  { note, extent, reach }: DifferenceStyle,
): Markup {
  const matrix = difference(minuend.matrix, subtrahend.matrix);
  const result = { title: 'Difference', note, matrix, within: withinChance(matrix, reach) };
  return html`<div class="equation">
    ${magnitudeFigure(minuend, true)}
    <div class="term">${operator('−', 'minus', minuend)}${magnitudeFigure(subtrahend)}</div>
    <div class="term">
      ${operator('=', 'equals', minuend)}${matrixFigure(result, differenceScale(extent))}
    </div>
  </div>`;
}

/** A round number that no difference in the matrices exceeds, at least 0.1: the end of the colour scale. */
export function extentOf(matrices: readonly Matrix[]): number {
  const largest = Math.max(0.1, ...matrices.flat(2).map(Math.abs));
  return [0.1, 0.2, 0.5].find((step) => largest <= step) ?? Math.ceil(largest);
}

/** Both colour scales with their ends. */
export function legends(extent: number): Markup {
  const stops = Array.from({ length: 11 }, (_, i) => i / 10);
  const gradient = (colour: (t: number) => string) => stops.map(colour).join(', ');
  const ends = gradient((t) => hex(cividis(t)));
  const light = gradient((t) => hex(themed((t * 2 - 1) * extent, extent).light));
  const dark = gradient((t) => hex(themed((t * 2 - 1) * extent, extent).dark));
  return html`<div class="legends">
    <div class="legend">
      <span>magnitude (cividis)</span>
      <span class="scale"
        ><span
          class="ramp"
          style="--l:linear-gradient(to right, ${ends});--d:linear-gradient(to right, ${ends})"
        ></span>
        <span class="ends"><span>0</span><span>0.5</span><span>1</span></span></span
      >
    </div>
    <div class="legend">
      <span>difference: below, above; grey numbers: chance</span>
      <span class="scale"
        ><span
          class="ramp"
          style="--l:linear-gradient(to right, ${light});--d:linear-gradient(to right, ${dark})"
        ></span>
        <span class="ends"><span>−${extent}</span><span>0</span><span>+${extent}</span></span></span
      >
    </div>
  </div>`;
}

/** Centred on the cells beside it. */
function operator(sign: string, name: string, { matrix }: Figure): Markup {
  const size = sizeOf(matrix);
  const { body } = matrixLayout(size, cellSize(size, true), false);
  return html`<svg class="operator" width="16" height="${body}" role="img" aria-label="${name}">
    ${svgParts([text('number', sign, { x: 8, y: body / 2, 'font-size': 20 })])}
  </svg>`;
}

function matrixFigure(
  { title, note, matrix, within }: Figure,
  { kind, colour }: Scale,
  labelled = false,
): Markup {
  const { width, height, sentence, shapes } = drawMatrix({
    ...{ title, matrix, within, kind, labelled, digits: 3, format: createFormat('en') },
    cell: cellSize(sizeOf(matrix), true),
    // The style sheet takes those of the reader's theme.
    paint: (value, isChance) => {
      const { light, dark } = colour(isChance ? 0 : value);
      const ink = isChance ? GREY_INK : `--l:${inkOn(light)};--d:${inkOn(dark)}`;
      return {
        cell: { style: `--l:${hex(light)};--d:${hex(dark)}` },
        number: { class: 'number', style: ink },
      };
    },
  });
  return html`<figure class="${labelled ? 'figure labelled' : 'figure'}">
    <figcaption><strong>${title}</strong><span>${note}</span></figcaption>
    <svg
      width="${width}"
      height="${height}"
      viewBox="0 0 ${width} ${height}"
      role="img"
      aria-label="${sentence}"
    >
      ${svgParts(shapes)}
    </svg>
  </figure>`;
}
