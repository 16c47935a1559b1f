import { inputOf } from '../graph/node';
import type { Graph, NodeOf } from '../graph/graph';
import { NO_PADDING, samePadding, type Padding, type Pair, type Sides } from '../graph/padding';
import type { Dim } from '../graph/shape';
import type { Variant } from '../../shared/choices';

/** How a convolution slides over its input. */
export interface ConvWindow {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly padding: Padding;
}

/** A branch's short axis, and where its kernel lands on the square one. */
export type Direction = 'horizontal' | 'vertical';

/** The window of a convolution node. */
export function convWindow({ attributes }: NodeOf<'conv2d'>): ConvWindow {
  const { kernelSize, strides, dilations, padding } = attributes;
  return { kernel: kernelSize, stride: strides, dilation: dilations, padding };
}

/** The row and column on which the one-dimensional kernels land. */
export function landing(variant: Variant, [height, width]: Pair): { row: number; column: number } {
  const index = (size: number): number => (variant === 'border' ? size - 1 : Math.floor((size - 1) / 2));
  return { row: index(height), column: index(width) };
}

/** Height and width of what a convolution reads. */
export function inputSizeOf(conv: NodeOf<'conv2d'>, shapes: Graph['shapes']): readonly [Dim, Dim] {
  const shape = shapes.get(inputOf(conv));
  return [shape?.[1] ?? null, shape?.[2] ?? null];
}

/** "same" with a stride depends on the input's size. */
export function needsInputSize(
  { stride, padding }: ConvWindow,
  [height, width]: readonly [Dim, Dim],
): boolean {
  if (padding !== 'same') return false;
  return (stride[0] > 1 && height === null) || (stride[1] > 1 && width === null);
}

/** The zeros a window puts around its input; undefined when they depend on an unknown size. */
export function resolvedSides(window: ConvWindow, size: readonly [Dim, Dim]): Sides | undefined {
  const { kernel, stride, dilation, padding } = window;
  if (padding === 'valid') return NO_PADDING;
  if (padding !== 'same') return padding;
  if (needsInputSize(window, size)) return undefined;
  // With stride 1 the zeros are the same for every size, so any stands in for an unknown one.
  const [top, bottom] = samePadding(size[0] ?? 1, kernel[0], stride[0], dilation[0]);
  const [left, right] = samePadding(size[1] ?? 1, kernel[1], stride[1], dilation[1]);
  return { top, bottom, left, right };
}

/** The square window with its kernel cut to the one row or column of a branch. */
export function branchWindow(square: ConvWindow, direction: Direction): ConvWindow {
  const kernel: Pair = direction === 'horizontal' ? [1, square.kernel[1]] : [square.kernel[0], 1];
  return { ...square, kernel };
}

/** Rows (or columns) of the square's padded input that a branch landing at `index` must not see. */
export function cutFor(square: ConvWindow, direction: Direction, index: number): Sides {
  const axis = direction === 'horizontal' ? 0 : 1;
  const before = index * square.dilation[axis];
  const after = (square.kernel[axis] - 1 - index) * square.dilation[axis];
  return axis === 0
    ? { ...NO_PADDING, top: before, bottom: after }
    : { ...NO_PADDING, left: before, right: after };
}

/** Zeros around the input minus what is cut from it; negative where more is cut than added. */
export function minus(a: Sides, b: Sides): Sides {
  return combine(a, b, (x, y) => x - y);
}

/** The sum of two paddings, side by side. */
export function plus(a: Sides, b: Sides): Sides {
  return combine(a, b, (x, y) => x + y);
}

/** True if two paddings are equal on every side. */
export function sameSides(a: Sides, b: Sides): boolean {
  return a.top === b.top && a.bottom === b.bottom && a.left === b.left && a.right === b.right;
}

/** Do windows start at the same place? */
export function sameStart(a: Sides, b: Sides): boolean {
  return a.top === b.top && a.left === b.left;
}

/** True for a padding of 0 on every side. */
export function isNone(sides: Sides): boolean {
  return sameSides(sides, NO_PADDING);
}

/** Each side, at least 0. */
export function positivePart(sides: Sides): Sides {
  return combine(sides, NO_PADDING, Math.max);
}

function combine(a: Sides, b: Sides, f: (x: number, y: number) => number): Sides {
  return {
    top: f(a.top, b.top),
    bottom: f(a.bottom, b.bottom),
    left: f(a.left, b.left),
    right: f(a.right, b.right),
  };
}
