import type { Pair, Sides } from '../../core/graph/padding';

/** How a kernel moves over images of known size. */
export interface Window {
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly sides: Sides;
}

/** The arguments of TensorFlow.js's convolution kernels. */
export function kernelAttributes({ strides, dilations, sides: { top, bottom, left, right } }: Window): {
  strides: number[];
  dilations: number[];
  pad: number[][];
  dataFormat: string;
} {
  const pad = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  return { strides: [...strides], dilations: [...dilations], pad, dataFormat: 'NHWC' };
}
