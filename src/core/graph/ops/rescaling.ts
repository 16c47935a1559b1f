import type { Operator } from '../operator';

/** x · scale + offset; each either one number or one per channel. */
export interface RescalingAttributes {
  readonly scale: readonly number[];
  readonly offset: readonly number[];
}

export const rescaling: Operator<RescalingAttributes> = {
  type: 'rescaling',
  parameters: [],
  inferShape: ({ inputs }) => inputs[0],
};
