import { UserError } from '../../errors';
import type { Dim, ValueShape } from '../shape';

/** Takes an NHWC shape apart. @throws UserError if the rank is not 4. */
export function imageShape(shape: ValueShape | undefined): readonly [Dim, Dim, Dim, Dim] {
  if (shape?.length !== 4) {
    throw new UserError('an image of four dimensions is needed', { found: describeShape(shape) });
  }
  return [shape[0], shape[1], shape[2], shape[3]];
}

/** Takes a shape apart into batch and the rest. */
export function batchAndRest(shape: ValueShape): readonly [Dim, ValueShape] {
  return [shape[0] ?? null, shape.slice(1)];
}

/** A shape for people: `N × 32 × 32 × 3`. */
export function describeShape(shape: ValueShape | null | undefined): string {
  if (!shape) return 'unknown shape';
  return shape.map((dim, i) => dim ?? (i === 0 ? 'N' : '?')).join(' × ') || 'scalar';
}

/** Refuses output sizes below 1. */
export function positive(shape: ValueShape): ValueShape {
  if (shape.slice(1).some((dim) => dim !== null && dim < 1)) {
    throw new UserError('the window is larger than its input', { found: describeShape(shape) });
  }
  return shape;
}
