import { difference, signed } from '../../shared/numbers';
import { cividis, diverging, hex, inkOn, type Palette, type Rgb } from '../../shared/colour';
import { html, type Markup } from './html';
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

/** How the cells of a matrix are coloured and written. */
interface CellStyle {
  colour(value: number): Themed;
  text(value: number): string;
}

const MAGNITUDE: CellStyle = {
  colour: (value) => ({ light: cividis(value), dark: cividis(value) }),
  text: (value) => value.toFixed(3),
};

function signedStyle(extent: number): CellStyle {
  return { colour: (value) => themed(value, extent), text: (value) => signed(value, 3) };
}

/** A matrix with what it is. */
export interface Figure {
  readonly title: string;
  readonly note: string;
  readonly matrix: Matrix;
}

/** Magnitudes from 0 to 1 as a heat map with its numbers. */
export function magnitudeFigure(figure: Figure): Markup {
  return matrixFigure(figure, MAGNITUDE);
}

/** `minuend − subtrahend = difference`, drawn as an equation. */
export function equation(minuend: Figure, subtrahend: Figure, note: string, extent: number): Markup {
  const result = {
    title: 'Difference',
    note,
    matrix: difference(minuend.matrix, subtrahend.matrix),
  };
  return html`<div class="equation">
    ${magnitudeFigure(minuend)}
    <div class="term"><span class="operator">−</span>${magnitudeFigure(subtrahend)}</div>
    <div class="term"><span class="operator">=</span>${matrixFigure(result, signedStyle(extent))}</div>
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
      <span>difference: below, above</span>
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

function matrixFigure({ title, note, matrix }: Figure, style: CellStyle): Markup {
  const rows = names(matrix.length, ['top', 'middle', 'bottom']);
  const columns = names(matrix[0]?.length ?? 0, ['left', 'centre', 'right']);
  const cell = (value: number): Markup => {
    const { light, dark } = style.colour(value);
    const colours = `--l:${hex(light)};--d:${hex(dark)};--li:${inkOn(light)};--di:${inkOn(dark)}`;
    return html`<td style="${colours}">${style.text(value)}</td>`;
  };
  const body = matrix.map(
    (row, i) =>
      html`<tr>
        <th scope="row"><span>${rows[i]}</span></th>
        ${row.map(cell)}
      </tr>`,
  );
  return html`<table class="matrix">
    <caption>
      <strong>${title}</strong
      ><span>${note}</span>
    </caption>
    <tbody>
      ${body}
    </tbody>
    <tfoot>
      <tr>
        <td></td>
        ${columns.map((name) => html`<th scope="col">${name}</th>`)}
      </tr>
    </tfoot>
  </table>`;
}

function names(length: number, three: readonly string[]): readonly string[] {
  return length === 3 ? three : Array.from({ length }, (_, i) => String(i + 1));
}
