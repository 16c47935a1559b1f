import { UserError } from '../../errors';
import type { Shape } from '../../tensor/tensor';
import type { Dim, ValueShape } from '../shape';

/** Of an image of which nothing is known. */
export const ANY_IMAGE: ValueShape = [null, null, null, null];

/** Takes an NHWC shape apart. @throws UserError if the rank is not 4. */
export function imageShape(shape: ValueShape | undefined): readonly [Dim, Dim, Dim, Dim] {
  const [batch, height, width, channels, ...more] = shape ?? [];
  if (
    batch === undefined ||
    height === undefined ||
    width === undefined ||
    channels === undefined ||
    more.length > 0
  ) {
    throw new UserError('an image of four dimensions is needed', { found: describeShape(shape) });
  }
  return [batch, height, width, channels];
}

/** Size of the last axis; null where it is unknown, or there is no axis. */
export function channelsOf(shape: ValueShape): Dim {
  return shape.at(-1) ?? null;
}

/** Takes a shape apart into batch and the rest. */
export function batchAndRest(shape: ValueShape): readonly [Dim, ValueShape] {
  return [shape[0] ?? null, shape.slice(1)];
}

/** @throws UserError when a bias is there that has not one number for each filter */
export function requireBias(bias: Shape | undefined, filters: number): void {
  if (!bias || (bias.length === 1 && bias[0] === filters)) return;
  throw new UserError('the bias does not fit its kernel', {
    found: describeShape(bias),
    expected: describeShape([filters]),
  });
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
