import { UserError } from '../../errors';
import { elements, type Operator } from '../operator';
import { batchAndRest, describeShape } from './image';

/** A shape to come. */
export interface ReshapeAttributes {
  /** Sizes behind the batch; at most one is −1: what is left. */
  readonly shape: readonly number[];
}

/** The same elements, row-major, in another shape. */
export const reshape: Operator<ReshapeAttributes> = {
  type: 'reshape',
  parameters: [],
  inferShape({ attributes: { shape }, inputs }) {
    const [batch, rest] = batchAndRest(inputs[0]);
    const total = elements(rest);
    const known = shape.reduce((product, size) => (size === -1 ? product : product * size), 1);
    const open = shape.includes(-1);
    if (total !== null && (open ? total % known !== 0 : total !== known)) {
      throw new UserError('a value cannot be given this shape', {
        found: describeShape(inputs[0]),
        expected: `${known} elements`,
      });
    }
    return [batch, ...shape.map((size) => (size === -1 ? (total === null ? null : total / known) : size))];
  },
  lower: ({ values, output, emit }) => emit({ op: 'reshape' }, values, output),
};
