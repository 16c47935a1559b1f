/** A titled matrix, and equations made of them. */
import type { ComponentChildren, VNode } from 'preact';
import { MatrixChart, Operator } from '../charts/matrix';
import type { MatrixProps } from '../charts/matrix';
import type { Matrix } from '../../src/shared/matrix';

export interface FigureProps extends MatrixProps {
  readonly caption: string;
}

/** A matrix with its title and what it is below. */
export function Figure({ caption, ...chart }: FigureProps): VNode {
  return (
    <figure class="figure">
      <h3>{chart.title}</h3>
      <span class="caption">{caption}</span>
      <MatrixChart {...chart} />
    </figure>
  );
}

const SIGN_NAMES = { '−': 'minus', '+': 'plus', '=': 'equals' } as const;

export interface TermProps {
  readonly sign: '−' | '+' | '=';
  readonly matrix: Matrix;
  readonly wide: boolean;
  readonly children: ComponentChildren;
}

/** An operator and the figure on its right, which go to the next line together. */
export function Term({ sign, matrix, wide, children }: TermProps): VNode {
  return (
    <span class="term">
      <Operator sign={sign} name={SIGN_NAMES[sign]} matrix={matrix} wide={wide} />
      {children}
    </span>
  );
}
