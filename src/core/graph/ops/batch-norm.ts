import { UserError } from '../../errors';
import type { Operator } from '../operator';
import { describeShape } from './image';

/** Batch normalisation over the last axis; γ and β may be absent (1 and 0). */
export interface BatchNormAttributes {
  /** Added to the variance under the root. */
  readonly epsilon: number;
  /** Share of the old moving statistic that is kept (Keras: 0.99). */
  readonly momentum: number;
}

export const batchNorm: Operator<BatchNormAttributes> = {
  type: 'batchNorm',
  parameters: [
    { role: 'gamma', optional: true, trainable: true },
    { role: 'beta', optional: true, trainable: true },
    { role: 'mean', trainable: false },
    { role: 'variance', trainable: false },
  ],
  inferShape({ inputs, parameters }) {
    const shape = inputs[0];
    const channels = shape[shape.length - 1];
    for (const [role, size] of Object.entries(parameters)) {
      if (size.length !== 1 || (channels !== null && size[0] !== channels)) {
        throw new UserError('batch norm does not fit its input', {
          where: role,
          found: describeShape(size),
          allowed: `${channels} channels`,
        });
      }
    }
    return shape;
  },
};
