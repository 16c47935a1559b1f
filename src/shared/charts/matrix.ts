/** Draws one matrix with the numbers in its cells. Pure. */
import type { Format } from '../format';
import type { Within } from '../chance';
import type { Matrix } from '../matrix';
import { positions, sizeOf } from '../positions';
import { cellText, matrixLayout, matrixSentence } from './matrix-layout';
import type { CellSize } from './matrix-layout';
import { text } from './shape';
import type { Shape } from './shape';

/** What a matrix is drawn from: `digits` are the decimals of its numbers, and `title` begins its sentence. */
export interface MatrixParts {
  readonly title: string;
  readonly matrix: Matrix;
  readonly kind: 'magnitude' | 'difference';
  readonly digits: number;
  readonly labelled: boolean;
  readonly cell: CellSize;
  readonly format: Format;
  /** Of a difference: where it is no more than chance gives. */
  readonly within?: Within | undefined;
  /** How a cell and the number in it are coloured. */
  readonly paint: (
    value: number,
    isChance: boolean,
  ) => Readonly<Record<'cell' | 'number', Shape['attributes']>>;
}

/** A drawing of `width` × `height` CSS pixels. */
export interface MatrixDrawing {
  readonly width: number;
  readonly height: number;
  /** For those who don't see it: every number. */
  readonly sentence: string;
  readonly shapes: readonly Shape[];
}

/** Draws the cells with their numbers, and the labels of rows and columns; a cell that is missing is NaN. */
export function drawMatrix(parts: MatrixParts): MatrixDrawing {
  const { title, matrix, kind, digits, labelled, cell, format, within } = parts;
  const size = sizeOf(matrix);
  const { width, height, at, rows, columns } = matrixLayout(size, cell, labelled);
  return {
    width,
    height,
    sentence: matrixSentence(title, matrix, size, cellText(kind, digits, 46, format), within),
    shapes: [
      ...positions(size).flatMap(([row, column]) =>
        drawCell(matrix[row]?.[column] ?? NaN, within?.[row]?.[column] ?? false, at(row, column), parts),
      ),
      ...rows.map(({ text: label, x, y }) =>
        text('axis-text', label, { x, y, 'text-anchor': 'end', 'dominant-baseline': 'central' }),
      ),
      ...columns.map(({ text: label, x, y }) => text('axis-text', label, { x, y, 'text-anchor': 'middle' })),
    ],
  };
}

function drawCell(
  value: number,
  isChance: boolean,
  { x, y }: { readonly x: number; readonly y: number },
  { kind, digits, cell, format, paint }: MatrixParts,
): Shape[] {
  if (!Number.isFinite(value)) {
    const side = cell - 1;
    return [square('void', x + 0.5, y + 0.5, side, {})];
  }
  const { cell: fill, number: ink } = paint(value, isChance);
  const box = square('cell', x, y, cell, fill);
  if (cell < 40) return [box];
  const written = cellText(kind, digits, cell, format)(value);
  const middle = { x: x + cell / 2, y: y + cell / 2, 'font-size': cell < 46 ? 11 : 12 };
  return [box, { tag: 'text', attributes: { ...middle, ...ink }, text: written }];
}

function square(name: string, x: number, y: number, side: number, more: Shape['attributes']): Shape {
  return { tag: 'rect', attributes: { class: name, x, y, width: side, height: side, rx: 2, ...more } };
}
