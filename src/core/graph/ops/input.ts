import type { ValueShape } from '../shape';
import type { Operator } from '../operator';

/** A network input. It makes no step: whoever runs the network feeds it. */
export interface InputAttributes {
  readonly shape: ValueShape;
}

/** An input of the network. */
export const input: Operator<InputAttributes> = {
  type: 'input',
  parameters: [],
  inferShape: ({ inputs: [shape] }) => shape,
};
