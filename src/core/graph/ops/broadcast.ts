import { UserError } from '../../errors';
import type { BinaryFunction, LoweringContext, Value } from '../lowering';
import type { Inputs, Operator } from '../operator';
import type { Dim, ValueShape } from '../shape';
import { describeShape } from './image';
import type { NoAttributes } from './pointwise';

/**
 * Shape of values that are taken together element by element; an axis of size 1 is repeated.
 * @throws UserError if they differ in rank, or in a size that is not 1.
 */
export function broadcastShape(shapes: Inputs<ValueShape>): ValueShape {
  const [first] = shapes;
  return first.map((_, axis) => {
    const dims = shapes.map((shape) => (shape.length === first.length ? shape[axis] : undefined));
    const large = dims.filter((dim) => dim !== 1 && dim !== null);
    if (dims.includes(undefined) || new Set(large).size > 1) {
      throw new UserError('values that are combined differ in shape', {
        found: shapes.map(describeShape).join(', '),
      });
    }
    return combined(large.at(0), dims.includes(null));
  });
}

function combined(large: Dim | undefined, unknown: boolean): Dim {
  return large ?? (unknown ? null : 1);
}

/** Combines two values after another. */
export function fold({ values, emit }: LoweringContext<unknown>, fn: BinaryFunction): Value {
  return values.reduce((a, b) => emit({ op: 'binary', fn }, [a, b], broadcastShape([a.shape, b.shape])));
}

function combination(type: string, fn: BinaryFunction): Operator<NoAttributes> {
  return {
    type,
    parameters: [],
    inferShape: ({ inputs }) => broadcastShape(inputs),
    lower: (context) => fold(context, fn),
  };
}

/** Product of two or more values. */
export const multiply = combination('multiply', 'multiply');
/** The first value less the second. */
export const subtract = combination('subtract', 'subtract');
/** Largest of two or more values, element by element. */
export const maximum = combination('maximum', 'maximum');
/** Smallest of two or more values, element by element. */
export const minimum = combination('minimum', 'minimum');

/** Mean of two or more values. */
export const average: Operator<NoAttributes> = {
  type: 'average',
  parameters: [],
  inferShape: ({ inputs }) => broadcastShape(inputs),
  lower(context) {
    const factor = 1 / context.values.length;
    return context.emit({ op: 'scale', factor }, [fold(context, 'add')], context.output);
  },
};
