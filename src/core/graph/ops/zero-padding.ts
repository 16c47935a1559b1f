import type { Operator } from '../operator';
import type { Sides } from '../padding';
import { imageShape } from './image';

/** Zeros around an image. */
export interface ZeroPaddingAttributes {
  readonly sides: Sides;
}

/** Zeros added around an image. */
export const zeroPadding: Operator<ZeroPaddingAttributes> = {
  type: 'zeroPadding',
  parameters: [],
  inferShape({ attributes: { sides }, inputs }) {
    const [batch, height, width, channels] = imageShape(inputs[0]);
    return [
      batch,
      height === null ? null : height + sides.top + sides.bottom,
      width === null ? null : width + sides.left + sides.right,
      channels,
    ];
  },
  lower: ({ attributes: { sides }, values, output, emit }) =>
    emit({ op: 'pad', sides, value: 0 }, values, output),
};
