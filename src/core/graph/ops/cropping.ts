import type { Operator } from '../operator';
import type { Sides } from '../padding';
import { imageShape, positive } from './image';

/** Rows and columns cut from an image's edges. */
export interface CroppingAttributes {
  readonly sides: Sides;
}

/** Rows and columns cut from an image. */
export const cropping: Operator<CroppingAttributes> = {
  type: 'cropping',
  parameters: [],
  inferShape({ attributes: { sides }, inputs }) {
    const [batch, height, width, channels] = imageShape(inputs[0]);
    return positive([
      batch,
      height === null ? null : height - sides.top - sides.bottom,
      width === null ? null : width - sides.left - sides.right,
      channels,
    ]);
  },
  lower: ({ attributes: { sides }, values, output, emit }) => emit({ op: 'crop', sides }, values, output),
};
