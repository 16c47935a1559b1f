/** Draws one matrix with the numbers in its cells. */
import type { VNode } from 'preact';
import { drawMatrix } from '../../src/shared/charts/matrix';
import { cellSize, matrixLayout } from '../../src/shared/charts/matrix-layout';
import { hex, inkOn } from '../../src/shared/colour';
import type { Within } from '../../src/shared/chance';
import type { Format } from '../../src/shared/format';
import type { Matrix } from '../../src/shared/matrix';
import { sizeOf } from '../../src/shared/positions';
import type { Scale } from './scales';
import { Shapes } from './shapes';

/** The policy of the page allows classes and no styles. */
const INKS = { '#000': 'number ink-black', '#fff': 'number ink-white' } as const;

export interface MatrixProps {
  readonly title: string;
  readonly matrix: Matrix;
  readonly scale: Scale;
  readonly digits: number;
  readonly labelled?: boolean;
  readonly wide: boolean;
  readonly format: Format;
  /** Of a difference: what is no more than chance gives, which is grey. */
  readonly within?: Within;
}

/** Cells too small for their numbers have none; screen readers are given every number. */
export function MatrixChart({ scale, labelled = false, wide, ...parts }: MatrixProps): VNode {
  const { width, height, sentence, shapes } = drawMatrix({
    ...parts,
    labelled,
    kind: scale.kind,
    cell: cellSize(sizeOf(parts.matrix), wide),
    paint: (value, isChance) => {
      const colour = scale.colour(isChance ? 0 : value);
      const number = isChance ? 'number dim' : INKS[inkOn(colour)];
      return { cell: { fill: hex(colour) }, number: { class: number } };
    },
  });
  return (
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={sentence}>
      <Shapes of={shapes} />
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
