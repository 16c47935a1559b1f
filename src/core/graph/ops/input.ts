import type { ValueShape } from '../shape';
import type { Operator } from '../operator';

/** A network input. */
export interface InputAttributes {
  readonly shape: ValueShape;
}

export const input: Operator<InputAttributes> = {
  type: 'input',
  parameters: [],
  inferShape: ({ attributes }) => attributes.shape,
};
