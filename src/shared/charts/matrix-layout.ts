/** Where the cells, labels and numbers of a matrix lie. Pure. */
import type { Format } from '../format';
import { columnLabels, positionName, positions, rowLabels } from '../positions';
import type { Size } from '../positions';
import type { Within } from '../chance';
import type { Matrix } from '../matrix';

/** Side of a cell: 46 px on wide pages, 40 on narrow ones and for kernels above 3, without numbers above 7. */
export type CellSize = 46 | 40 | 18;

const LABEL_WIDTH = 47;
const LABEL_HEIGHT = 19;
const GAP = 2;

/** The cells of a kernel's matrix. @param wide whether the page has room for large ones */
export function cellSize([height, width]: Size, wide: boolean): CellSize {
  const largest = Math.max(height, width);
  if (largest > 7) return 18;
  return wide && largest <= 3 ? 46 : 40;
}

/** Places in CSS pixels from the drawing's upper left corner: corners of cells, and where labels are anchored. */
export interface MatrixLayout {
  readonly width: number;
  readonly height: number;
  /** Height of the cells only, for the operator beside them. */
  readonly body: number;
  readonly cell: CellSize;
  readonly at: (row: number, column: number) => { x: number; y: number };
  readonly rows: ReadonlyArray<{ text: string; x: number; y: number }>;
  readonly columns: ReadonlyArray<{ text: string; x: number; y: number }>;
}

/** Lays out rows × columns of cells. @param labelled whether rows and columns have names, those of small cells only the outer */
export function matrixLayout(size: Size, cell: CellSize, labelled: boolean): MatrixLayout {
  const [height, width] = size;
  const pitch = cell + GAP;
  const left = labelled ? LABEL_WIDTH : 0;
  const at = (row: number, column: number) => ({ x: left + 1 + column * pitch, y: 1 + row * pitch });
  const half = cell / 2;
  // Small cells have room only for the outer labels.
  const shown = (text: string) => labelled && (cell >= 40 || !/\d/.test(text));
  return {
    width: left + width * pitch,
    height: height * pitch + (labelled ? LABEL_HEIGHT : 0),
    body: height * pitch,
    cell,
    at,
    rows: rowLabels(height)
      .map((text, row) => ({ text, x: left - 8, y: at(row, 0).y + half }))
      .filter(({ text }) => shown(text)),
    columns: columnLabels(width)
      .map((text, column) => ({ text, x: at(0, column).x + half, y: height * pitch + 14 }))
      .filter(({ text }) => shown(text)),
  };
}

/** The number in a cell as text. */
export type CellText = (value: number) => string;

/** Numbers in the cells: differences signed, in 40 px cells without the leading zero. */
export function cellText(
  kind: 'magnitude' | 'difference',
  digits: number,
  cell: CellSize,
  format: Format,
): CellText {
  return kind === 'difference'
    ? (value) => format.signed(value, digits, cell < 46)
    : (value) => format.fixed(value, digits);
}

/** `Title: top left 0.861, top centre 0.883 (chance), …`. */
export function matrixSentence(
  title: string,
  matrix: Matrix,
  size: Size,
  text: CellText,
  within?: Within,
): string {
  const parts = positions(size).map(
    ([row, column]) =>
      `${positionName(row, column, size)} ${text(matrix[row]?.[column] ?? NaN)}${within?.[row]?.[column] ? ' (chance)' : ''}`,
  );
  return `${title}: ${parts.join(', ')}`;
}
