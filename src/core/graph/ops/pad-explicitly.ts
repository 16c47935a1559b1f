import type { LoweringContext, Value } from '../lowering';
import type { Padding, Sides } from '../padding';
import { imageShape } from './image';

/**
 * A window's input with its explicit padding added. A step of its own, because TensorFlow's fast gradient
 * operators of convolutions know only "same" and "valid".
 * @param fill what the added positions hold
 */
export function padExplicitly(
  { values: [x], emit }: Pick<LoweringContext<unknown>, 'values' | 'emit'>,
  padding: Padding,
  fill = 0,
): { readonly value: Value; readonly padding: 'same' | 'valid' } {
  if (typeof padding === 'string') return { value: x, padding };
  const { top, bottom, left, right } = padding;
  if (top + bottom + left + right === 0) return { value: x, padding: 'valid' };
  return { value: pad(x, padding, fill, emit), padding: 'valid' };
}

/** Adds rows and columns of `fill`. */
function pad(x: Value, sides: Sides, fill: number, emit: LoweringContext<unknown>['emit']): Value {
  const [batch, height, width, channels] = imageShape(x.shape);
  const padded = [
    batch,
    height === null ? null : height + sides.top + sides.bottom,
    width === null ? null : width + sides.left + sides.right,
    channels,
  ];
  return emit({ op: 'pad', sides, value: fill }, [x], padded);
}
