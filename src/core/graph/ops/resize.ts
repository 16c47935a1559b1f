import type { ResizeAttributes } from '../lowering';
import type { Operator } from '../operator';
import type { Pair } from '../padding';
import { imageShape } from './image';

/** How an image is made larger by whole factors. */
export interface UpsamplingAttributes extends ResizeAttributes {
  /** How many times as high and as wide. */
  readonly factors: Pair;
}

/** How an image is brought to a size. */
export interface ResizingAttributes extends ResizeAttributes {
  /** Height and width to come. */
  readonly size: Pair;
}

/** An image made larger by whole factors. */
export const upsampling: Operator<UpsamplingAttributes> = {
  type: 'upsampling',
  parameters: [],
  inferShape({ attributes: { factors }, inputs }) {
    const [batch, height, width, channels] = imageShape(inputs[0]);
    return [
      batch,
      height === null ? null : height * factors[0],
      width === null ? null : width * factors[1],
      channels,
    ];
  },
  lower: ({ attributes: { method, aligned }, values, output, emit }) =>
    emit({ op: 'resize', method, aligned }, values, output),
};

/** An image in a size of its own. */
export const resizing: Operator<ResizingAttributes> = {
  type: 'resizing',
  parameters: [],
  inferShape({ attributes: { size }, inputs }) {
    const [batch, , , channels] = imageShape(inputs[0]);
    return [batch, ...size, channels];
  },
  lower: ({ attributes: { method, aligned }, values, output, emit }) =>
    emit({ op: 'resize', method, aligned }, values, output),
};
