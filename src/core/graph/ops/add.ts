import { UserError } from '../../errors';
import type { Dim } from '../shape';
import type { Operator } from '../operator';
import type { NoAttributes } from './pointwise';
import { describeShape } from './image';

function merge(a: Dim, b: Dim): Dim {
  return a ?? b;
}

/** Sum of two or more values of one shape. */
export const add: Operator<NoAttributes> = {
  type: 'add',
  parameters: [],
  inferShape({ inputs }) {
    const [first, ...rest] = inputs;
    for (const shape of rest) {
      const fits =
        shape.length === first.length &&
        shape.every((dim, i) => dim === null || first[i] === null || dim === first[i]);
      if (!fits) {
        throw new UserError('summed values differ in shape', { found: inputs.map(describeShape).join(', ') });
      }
    }
    return first.map((_, i) => inputs.map((shape) => shape[i]).reduce(merge, null));
  },
  lower: ({ values, output, emit }) => emit({ op: 'addN' }, values, output),
};
