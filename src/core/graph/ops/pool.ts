import type { Operator } from '../operator';
import { windowOutputs, type Padding, type Pair } from '../padding';
import { imageShape, positive } from './image';

/** A sliding window that reduces each channel. Average pooling leaves padded positions out of the count. */
export interface PoolAttributes {
  readonly poolSize: Pair;
  readonly strides: Pair;
  readonly padding: Padding;
}

/** A global reduction over height and width. */
export interface GlobalPoolAttributes {
  /** True keeps height and width as 1 × 1. */
  readonly keepDims: boolean;
}

/** Builds the operator of a sliding-window pooling. */
export function pool(type: string): Operator<PoolAttributes> {
  return {
    type,
    parameters: [],
    inferShape({ attributes, inputs }) {
      const [batch, height, width, channels] = imageShape(inputs[0]);
      const window = { kernel: attributes.poolSize, stride: attributes.strides, dilation: [1, 1] as const };
      const [outHeight, outWidth] = windowOutputs([height, width], window, attributes.padding);
      return positive([batch, outHeight, outWidth, channels]);
    },
  };
}

/** Builds the operator of a global pooling. */
export function globalPool(type: string): Operator<GlobalPoolAttributes> {
  return {
    type,
    parameters: [],
    inferShape({ attributes, inputs }) {
      const [batch, , , channels] = imageShape(inputs[0]);
      return attributes.keepDims ? [batch, 1, 1, channels] : [batch, channels];
    },
  };
}
