import type { Dim } from './shape';

/** Height and width of a pair of spatial settings. */
export type Pair = readonly [height: number, width: number];

/** Zeros added on each side. */
export interface Sides {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** `same` and `valid` as TensorFlow defines them, or zeros on each side. */
export type Padding = 'same' | 'valid' | Sides;

/** 0 on every side. */
export const NO_PADDING: Sides = { top: 0, bottom: 0, left: 0, right: 0 };

/** Length that a window of `kernel` positions, `dilation` apart, covers. */
export function extent(kernel: number, dilation: number): number {
  return (kernel - 1) * dilation + 1;
}

/**
 * Zeros before and after on one axis for TensorFlow's "same": the total is what the last window lacks,
 * the smaller half comes first. With stride above 1 it depends on the input's size.
 */
export function samePadding(
  size: number,
  kernel: number,
  stride: number,
  dilation: number,
): readonly [before: number, after: number] {
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + extent(kernel, dilation) - size, 0);
  const before = Math.floor(total / 2);
  return [before, total - before];
}

/** The zeros that a padding means for a window on an input of known size. */
export function resolvePadding(
  padding: Padding,
  size: Pair,
  window: { readonly kernel: Pair; readonly stride: Pair; readonly dilation: Pair },
): Sides {
  if (padding === 'valid') return NO_PADDING;
  if (padding !== 'same') return padding;
  const { kernel, stride, dilation } = window;
  const [top, bottom] = samePadding(size[0], kernel[0], stride[0], dilation[0]);
  const [left, right] = samePadding(size[1], kernel[1], stride[1], dilation[1]);
  return { top, bottom, left, right };
}

/** Output size of a sliding window on one axis; null if the input's size is unknown. */
export function windowOutput(
  size: Dim,
  kernel: number,
  stride: number,
  dilation: number,
  padding: 'same' | 'valid' | number,
): Dim {
  if (size === null) return null;
  if (padding === 'same') return Math.ceil(size / stride);
  const padded = size + (padding === 'valid' ? 0 : padding);
  return Math.floor((padded - extent(kernel, dilation)) / stride) + 1;
}

/** Output height and width of a sliding window. */
export function windowOutputs(
  [height, width]: readonly [Dim, Dim],
  window: { readonly kernel: Pair; readonly stride: Pair; readonly dilation: Pair },
  padding: Padding,
): readonly [Dim, Dim] {
  const { kernel, stride, dilation } = window;
  const vertical = typeof padding === 'string' ? padding : padding.top + padding.bottom;
  const horizontal = typeof padding === 'string' ? padding : padding.left + padding.right;
  return [
    windowOutput(height, kernel[0], stride[0], dilation[0], vertical),
    windowOutput(width, kernel[1], stride[1], dilation[1], horizontal),
  ];
}
