import type { Operator } from '../operator';

/** Zeroes a share of the values in training and scales the rest by 1 / (1 − rate); passes on at inference. */
export interface DropoutAttributes {
  readonly rate: number;
}

export const dropout: Operator<DropoutAttributes> = {
  type: 'dropout',
  parameters: [],
  inferShape: ({ inputs }) => inputs[0],
  lower({ attributes: { rate }, values, output, training, seed, emit }) {
    if (!training || rate === 0) return values[0];
    const mask = emit({ op: 'dropoutMask', rate, seed }, [], output);
    return emit({ op: 'applyMask' }, [values[0], mask], output);
  },
};
