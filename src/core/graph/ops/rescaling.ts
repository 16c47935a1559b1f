import { UserError } from '../../errors';
import type { Operator } from '../operator';
import { channelsOf } from './image';

/** x · scale + offset; each either one number or one per channel. */
export interface RescalingAttributes {
  readonly scale: readonly number[];
  readonly offset: readonly number[];
}

/** x · scale + offset with fixed numbers. */
export const rescaling: Operator<RescalingAttributes> = {
  type: 'rescaling',
  parameters: [],
  inferShape({ attributes: { scale, offset }, inputs: [shape] }) {
    const channels = channelsOf(shape);
    const fits = [scale, offset].every(
      ({ length }) => length === 1 || channels === null || length === channels,
    );
    if (fits) return shape;
    throw new UserError('numbers of a rescaling do not fit its input', {
      found: `${Math.max(scale.length, offset.length)} numbers`,
      expected: `one number, or ${channels}`,
    });
  },
  lower({ attributes: { scale, offset }, values, output, constant, emit }) {
    const scaled = emit(
      { op: 'multiplyConstant' },
      [values[0], constant(scale, scale.length === 1 ? [] : [scale.length])],
      output,
    );
    if (offset.every((number) => number === 0)) return scaled;
    const added = constant(offset, offset.length === 1 ? [] : [offset.length]);
    return emit({ op: 'addConstant' }, [scaled, added], output);
  },
};
