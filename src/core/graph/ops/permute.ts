import { UserError } from '../../errors';
import type { Operator } from '../operator';
import { describeShape } from './image';

/** An order of axes. */
export interface PermuteAttributes {
  /** For each axis behind the batch, which one of the input it is, counted from 1. */
  readonly order: readonly number[];
}

/** The axes behind the batch in another order. */
export const permute: Operator<PermuteAttributes> = {
  type: 'permute',
  parameters: [],
  inferShape({ attributes: { order }, inputs: [shape] }) {
    const axes = [...order].sort((a, b) => a - b);
    if (order.length !== shape.length - 1 || axes.some((axis, i) => axis !== i + 1)) {
      throw new UserError('an order of axes does not fit its input', {
        found: order.join(', '),
        expected: `the axes of ${describeShape(shape)}`,
      });
    }
    return [0, ...order].map((axis) => shape[axis] ?? null);
  },
  lower: ({ attributes: { order }, values, output, emit }) =>
    emit({ op: 'transpose', order: [0, ...order] }, values, output),
};
