import { UserError } from '../../errors';
import type { Operator } from '../operator';
import { describeShape, positive } from './image';

/** Positions cut from both ends of one axis. */
export interface SliceAttributes {
  /** Counted from the batch, which is 0 and stays whole. */
  readonly axis: number;
  /** How many positions are left out in front. */
  readonly before: number;
  /** How many are left out behind. */
  readonly after: number;
}

/** A part of a value along one axis. */
export const slice: Operator<SliceAttributes> = {
  type: 'slice',
  parameters: [],
  inferShape({ attributes: { axis, before, after }, inputs: [shape] }) {
    if (axis < 1 || axis >= shape.length) {
      throw new UserError('a value has no such axis to be cut', {
        found: `axis ${axis} of ${describeShape(shape)}`,
      });
    }
    return positive(shape.map((dim, i) => (i === axis && dim !== null ? dim - before - after : dim)));
  },
  lower: ({ attributes: { axis, before }, values, output, emit }) =>
    emit({ op: 'slice', axis, start: before }, values, output),
};
