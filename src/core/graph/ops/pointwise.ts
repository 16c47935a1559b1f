import type { Operator } from '../operator';

/** Operators that keep the shape and have no setting. */
export type NoAttributes = Readonly<Record<string, never>>;

/** An operator of one input that keeps its shape. */
export function pointwise(type: string): Operator<NoAttributes> {
  return { type, parameters: [], inferShape: ({ inputs }) => inputs[0] };
}
