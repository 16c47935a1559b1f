/** Small pictures of the layers' matrices, under their points or in rows. */
import type { VNode } from 'preact';
import { hex } from '../../src/shared/colour';
import { PLOT } from './depth-layout';
import type { DepthLayout } from './depth-layout';
import { positions, sizeOf } from '../../src/shared/positions';
import type { Scale } from './scales';
import type { Matrix } from '../../src/shared/matrix';

export interface GlyphProps {
  readonly matrix: Matrix;
  readonly scale: Scale;
  readonly x: number;
  readonly y: number;
  /** Side of the whole glyph. */
  readonly side: number;
}

/** One matrix without numbers. */
export function Glyph({ matrix, scale, x, y, side }: GlyphProps): VNode {
  const size = sizeOf(matrix);
  const pitch = side / Math.max(...size);
  const cell = pitch > 3 ? pitch - 0.5 : pitch;
  return (
    <>
      {positions(size).map(([row, column]) => (
        <rect
          x={(x + column * pitch).toFixed(2)}
          y={(y + row * pitch).toFixed(2)}
          width={cell.toFixed(2)}
          height={cell.toFixed(2)}
          fill={hex(scale.colour(matrix[row]?.[column] ?? NaN))}
        />
      ))}
    </>
  );
}

/** Each position as its share above or below the layer's mean. */
export function againstMean(matrix: Matrix): number[][] {
  const values = matrix.flat();
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return matrix.map((row) => row.map((value) => (mean === 0 ? 0 : value / mean - 1)));
}

export interface StripProps {
  readonly matrices: readonly Matrix[];
  readonly scale: Scale;
  readonly layout: DepthLayout;
  readonly selected: number;
  readonly label: string;
  readonly onSelect: (index: number) => void;
}

/** Aligned with the points above it. */
export function AlignedStrip({ matrices, scale, layout, selected, label, onSelect }: StripProps): VNode {
  const side = Math.min(24, layout.slot - 3);
  const top = 3;
  return (
    <svg class="strip" width={layout.width} height={side + 8} aria-hidden="true">
      <text
        class="axis-text"
        x={PLOT.left - 8}
        y={top + side / 2}
        text-anchor="end"
        dominant-baseline="central"
      >
        {label}
      </text>
      {matrices.map((matrix, index) => (
        <g
          onClick={() => {
            onSelect(index);
          }}
        >
          <Glyph matrix={matrix} scale={scale} x={layout.x(index) - side / 2} y={top} side={side} />
        </g>
      ))}
      <rect
        class="frame"
        x={layout.x(selected) - side / 2 - 2}
        y={top - 2}
        width={side + 4}
        height={side + 4}
        rx="2"
      />
    </svg>
  );
}

export interface RowsStripProps extends Omit<StripProps, 'layout' | 'label'> {
  /** Which of them get a dashed frame. */
  readonly flagged?: readonly boolean[];
  /** Index of the first matrix. */
  readonly from: number;
  readonly width: number;
}

const PITCH = 27;
const SIDE = 21;

/** How many glyphs fit in this many rows. */
export function stripCapacity(width: number, rows: number): number {
  return Math.max(1, Math.floor((width - 6) / PITCH)) * rows;
}

/** In rows, for narrow pages and deep networks. */
export function RowsStrip({
  matrices,
  scale,
  selected,
  from,
  width,
  flagged,
  onSelect,
}: RowsStripProps): VNode {
  const perRow = stripCapacity(width, 1);
  const rows = Math.ceil(matrices.length / perRow);
  const at = (offset: number) => ({
    x: 3 + (offset % perRow) * PITCH,
    y: 3 + Math.floor(offset / perRow) * PITCH,
  });
  const frame = at(selected - from);
  return (
    <svg class="strip" width={width} height={rows * PITCH + 3} aria-hidden="true">
      {matrices.map((matrix, offset) => (
        <g
          onClick={() => {
            onSelect(from + offset);
          }}
        >
          <Glyph matrix={matrix} scale={scale} {...at(offset)} side={SIDE} />
          {flagged?.[offset] && (
            <rect
              class="flag"
              x={at(offset).x - 1}
              y={at(offset).y - 1}
              width={SIDE + 2}
              height={SIDE + 2}
              rx="2"
            />
          )}
        </g>
      ))}
      <rect class="frame" x={frame.x - 2} y={frame.y - 2} width={SIDE + 4} height={SIDE + 4} rx="2" />
    </svg>
  );
}
