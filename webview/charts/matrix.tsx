/** Draws one matrix with the numbers in its cells. */
import type { VNode } from 'preact';
import type { Format } from '../../src/shared/format';
import { hex, inkOn } from '../../src/shared/colour';
import { positions } from './csv';
import { cellSize, cellText, matrixLayout, matrixSentence } from './matrix-layout';
import { sizeOf } from '../../src/shared/positions';
import type { Scale } from './scales';
import type { Matrix } from '../../src/shared/matrix';

/** The policy of the page allows classes and no styles. */
const INKS = { '#000': 'ink-black', '#fff': 'ink-white' } as const;

export interface MatrixProps {
  readonly title: string;
  readonly matrix: Matrix;
  readonly scale: Scale;
  readonly digits: number;
  readonly labelled?: boolean;
  readonly wide: boolean;
  readonly format: Format;
}

export function MatrixChart({ title, matrix, scale, digits, labelled, wide, format }: MatrixProps): VNode {
  const size = sizeOf(matrix);
  const cell = cellSize(size, wide);
  const layout = matrixLayout(size, cell, labelled ?? false);
  const text = cellText(scale.kind, digits, cell, format);
  const spoken = cellText(scale.kind, digits, 46, format);
  return (
    <svg
      width={layout.width}
      height={layout.height}
      viewBox={`0 0 ${layout.width} ${layout.height}`}
      role="img"
      aria-label={matrixSentence(title, matrix, size, spoken)}
    >
      {positions(size).map(([row, column]) => {
        const value = matrix[row]?.[column] ?? NaN;
        const { x, y } = layout.at(row, column);
        if (!Number.isFinite(value)) {
          return <rect class="void" x={x + 0.5} y={y + 0.5} width={cell - 1} height={cell - 1} rx="2" />;
        }
        const colour = scale.colour(value);
        return (
          <>
            <rect class="cell" x={x} y={y} width={cell} height={cell} rx="2" fill={hex(colour)} />
            {cell >= 40 && (
              <text
                class={`number ${INKS[inkOn(colour)]}`}
                x={x + cell / 2}
                y={y + cell / 2}
                font-size={cell < 46 ? 11 : 12}
              >
                {text(value)}
              </text>
            )}
          </>
        );
      })}
      {layout.rows.map(({ text: label, x, y }) => (
        <text class="axis-text" x={x} y={y} text-anchor="end" dominant-baseline="central">
          {label}
        </text>
      ))}
      {layout.columns.map(({ text: label, x, y }) => (
        <text class="axis-text" x={x} y={y} text-anchor="middle">
          {label}
        </text>
      ))}
    </svg>
  );
}

/** An operator of an equation, centred on the matrices beside it. */
export function Operator({
  sign,
  name,
  matrix,
  wide,
}: {
  readonly sign: string;
  readonly name: string;
  readonly matrix: Matrix;
  readonly wide: boolean;
}): VNode {
  const size = sizeOf(matrix);
  const { body } = matrixLayout(size, cellSize(size, wide), false);
  return (
    <svg class="operator" width="16" height={body} role="img" aria-label={name}>
      <text class="number dim" x="8" y={body / 2} font-size="20">
        {sign}
      </text>
    </svg>
  );
}
