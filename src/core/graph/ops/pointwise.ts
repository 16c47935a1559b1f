import type { Operator } from '../operator';

/** Operators that keep the shape and have no setting. */
export type NoAttributes = Readonly<Record<string, never>>;

/** An operator of one input that keeps its shape. */
export function pointwise(
  op: 'relu' | 'sigmoid' | 'softmax' | 'logSoftmax' | 'identity',
): Operator<NoAttributes> {
  return {
    type: op,
    parameters: [],
    inferShape: ({ inputs }) => inputs[0],
    lower: ({ values, output, emit }) => emit({ op }, values, output),
  };
}
