import type { Operator } from '../operator';

/** Normal noise on every value in training; passes on at inference. */
export interface NoiseAttributes {
  /** `add`: x + N(0, amount); `multiply`: x · N(1, √(amount / (1 − amount))), which has the variance of a dropout of that rate. */
  readonly how: 'add' | 'multiply';
  /** A standard deviation of 0 or more; or a rate from 0, less than 1. */
  readonly amount: number;
}

/** Adds or multiplies noise in training; does nothing at inference. */
export const noise: Operator<NoiseAttributes> = {
  type: 'noise',
  parameters: [],
  inferShape: ({ inputs }) => inputs[0],
  lower({ attributes: { how, amount }, values: [x], output, training, seed, emit }) {
    if (!training || amount === 0) return x;
    if (how === 'add') {
      return emit(
        { op: 'addN' },
        [x, emit({ op: 'normal', mean: 0, deviation: amount, seed }, [], output)],
        output,
      );
    }
    const deviation = Math.sqrt(amount / (1 - amount));
    return emit(
      { op: 'applyMask' },
      [x, emit({ op: 'normal', mean: 1, deviation, seed }, [], output)],
      output,
    );
  },
};
