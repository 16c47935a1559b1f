import type { Operator } from '../operator';

/** Zeroes a share of the values in training and scales the rest by 1 / (1 − rate); passes on at inference. */
export interface DropoutAttributes {
  readonly rate: number;
}

export const dropout: Operator<DropoutAttributes> = {
  type: 'dropout',
  parameters: [],
  inferShape: ({ inputs }) => inputs[0],
};
