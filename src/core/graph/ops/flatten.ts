import { elements, type Operator } from '../operator';
import type { NoAttributes } from './pointwise';
import { batchAndRest } from './image';

/** All dims after the batch as one, row-major in NHWC. */
export const flatten: Operator<NoAttributes> = {
  type: 'flatten',
  parameters: [],
  inferShape({ inputs }) {
    const [batch, rest] = batchAndRest(inputs[0]);
    return [batch, elements(rest)];
  },
  lower: ({ values, output, emit }) => emit({ op: 'reshape' }, values, output),
};
