import type { Operator } from '../operator';

/** Zeroes a share of the values in training and scales the rest by 1 / (1 − rate); passes on at inference. */
export interface DropoutAttributes {
  readonly rate: number;
  /** Axes along which all values are kept or dropped together; the mask is drawn for each value where absent. */
  readonly sharedAxes?: readonly number[];
}

/** Drops values in training; does nothing at inference. */
export const dropout: Operator<DropoutAttributes> = {
  type: 'dropout',
  parameters: [],
  inferShape: ({ inputs }) => inputs[0],
  lower({ attributes: { rate, sharedAxes = [] }, values, output, training, seed, emit }) {
    if (!training || rate === 0) return values[0];
    const shape = output.map((dim, axis) => (sharedAxes.includes(axis) ? 1 : dim));
    const mask = emit({ op: 'dropoutMask', rate, seed }, [], shape);
    return emit({ op: 'applyMask' }, [values[0], mask], output);
  },
};
