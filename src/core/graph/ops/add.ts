import type { Operator } from '../operator';
import { broadcastShape, fold } from './broadcast';
import type { NoAttributes } from './pointwise';

/** Sum of two or more values; axes of size 1 are repeated. */
export const add: Operator<NoAttributes> = {
  type: 'add',
  parameters: [],
  inferShape: ({ inputs }) => broadcastShape(inputs),
  lower(context) {
    const { values, output, emit } = context;
    const alike = values.every(({ shape }) => shape.every((dim, axis) => dim === output[axis]));
    return alike ? emit({ op: 'addN' }, values, output) : fold(context, 'add');
  },
};
