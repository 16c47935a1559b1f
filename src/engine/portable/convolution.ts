import { resolvePadding, type Pair } from '../../core/graph/padding';
import type { ConvolutionAttributes } from '../../core/graph/lowering';
import { depthwiseFilterGradient, depthwiseForward, depthwiseInputGradient } from './depthwise';
import { joinChannels, place, sliceChannels, transpose, withView } from './frame';
import type { Runtime, Tensor } from './runtime';
import { kernelAttributes, type Window } from './window';

/**
 * Convolution of images [N, H, W, C] with a kernel [h, w, C / groups, O].
 * @returns [N, H′, W′, O]
 */
export function convolve(rt: Runtime, x: Tensor, kernel: Tensor, attributes: ConvolutionAttributes): Tensor {
  const window = windowOf(attributes, x.shape, kernel.shape);
  const groups = groupsOf(x.shape, kernel.shape);
  if (groups === 1) return plainForward(rt, x, kernel, window);
  if (groups === x.shape[3]) return depthwiseForward(rt, x, kernel, window);
  return byGroup(rt, groups, [x, kernel], ([images, part]) => plainForward(rt, images, part, window));
}

/** Gradient of a convolution by its input of the given shape. */
export function convolveInputGradient(
  rt: Runtime,
  kernel: Tensor,
  dy: Tensor,
  shape: readonly number[],
  attributes: ConvolutionAttributes,
): Tensor {
  const window = windowOf(attributes, shape, kernel.shape);
  const groups = groupsOf(shape, kernel.shape);
  const size: Pair = [shape[1], shape[2]];
  if (groups === 1) return plainInputGradient(rt, kernel, dy, size, window);
  if (groups === shape[3]) return depthwiseInputGradient(rt, kernel, dy, shape, window);
  return byGroup(rt, groups, [kernel, dy], ([k, d]) => plainInputGradient(rt, k, d, size, window));
}

/** Gradient of a convolution by its kernel of the given shape. */
export function convolveFilterGradient(
  rt: Runtime,
  x: Tensor,
  dy: Tensor,
  shape: readonly number[],
  attributes: ConvolutionAttributes,
): Tensor {
  const window = windowOf(attributes, x.shape, shape);
  const groups = groupsOf(x.shape, shape);
  const size: Pair = [shape[0], shape[1]];
  if (groups === 1) return plainFilterGradient(rt, x, dy, size, window);
  if (groups === x.shape[3]) return depthwiseFilterGradient(rt, x, dy, shape, window);
  return byGroup(rt, groups, [x, dy], ([images, d]) => plainFilterGradient(rt, images, d, size, window));
}

function windowOf(
  { strides, dilations, padding }: ConvolutionAttributes,
  [, height, width]: readonly number[],
  [rows, columns]: readonly number[],
): Window {
  const window = { kernel: [rows, columns], stride: strides, dilation: dilations } as const;
  return { strides, dilations, sides: resolvePadding(padding, [height, width], window) };
}

function groupsOf(x: readonly number[], kernel: readonly number[]): number {
  return x[3] / kernel[2];
}

/** Works on each group's share of both tensors' last axes, and joins what comes out. */
function byGroup(
  rt: Runtime,
  groups: number,
  tensors: readonly [Tensor, Tensor],
  work: (parts: readonly Tensor[]) => Tensor,
): Tensor {
  const results = Array.from({ length: groups }, (_, group) => {
    const parts = tensors.map((tensor) => {
      const share = tensor.shape[3] / groups;
      return sliceChannels(rt, tensor, group * share, share);
    });
    const result = work(parts);
    rt.free(...parts);
    return result;
  });
  const joined = joinChannels(rt, results);
  rt.free(...results);
  return joined;
}

function plainForward(rt: Runtime, x: Tensor, filter: Tensor, window: Window): Tensor {
  return rt.kernel('Conv2D', { x, filter }, kernelAttributes(window));
}

/** A convolution of the output's gradient, spread by the stride, with the kernel turned by 180°. */
function plainInputGradient(
  rt: Runtime,
  kernel: Tensor,
  dy: Tensor,
  [height, width]: Pair,
  { strides, dilations, sides }: Window,
): Tensor {
  const [rows, columns] = kernel.shape;
  const reach: Pair = [(rows - 1) * dilations[0], (columns - 1) * dilations[1]];
  const spread = place(rt, dy, {
    first: [reach[0] - sides.top, reach[1] - sides.left],
    size: [height + reach[0], width + reach[1]],
    spacing: strides,
  });
  const turned = turn(rt, kernel);
  const still = { strides: [1, 1], dilations, sides: { top: 0, bottom: 0, left: 0, right: 0 } } as const;
  const dx = plainForward(rt, spread, turned, still);
  rt.free(spread, turned);
  return dx;
}

/** [h, w, C, O] → [h, w, O, C], turned by 180°. */
function turn(rt: Runtime, kernel: Tensor): Tensor {
  const [rows, columns, inputs, outputs] = kernel.shape;
  return withView(rt, kernel, [rows, columns, outputs, inputs], (from, to) => {
    for (let position = 0; position < rows * columns; position++) {
      const source = (rows * columns - 1 - position) * inputs * outputs;
      const target = position * inputs * outputs;
      for (let i = 0; i < inputs; i++) {
        for (let o = 0; o < outputs; o++) to[target + o * inputs + i] = from[source + i * outputs + o];
      }
    }
  });
}

/**
 * A convolution of the images with the output's gradient as the kernel: batch and channels change places, and so do
 * stride and dilation.
 */
function plainFilterGradient(
  rt: Runtime,
  x: Tensor,
  dy: Tensor,
  [rows, columns]: Pair,
  { strides, dilations, sides }: Window,
): Tensor {
  const images = transpose(rt, x, [3, 1, 2, 0]);
  const filter = transpose(rt, dy, [1, 2, 0, 3]);
  const swapped = { strides: dilations, dilations: strides, sides };
  const sums = plainForward(rt, images, filter, swapped);
  rt.free(images, filter);
  // With a stride, rows beyond the last window give sums too.
  const kept = place(rt, sums, { first: [0, 0], size: [rows, columns] });
  const gradient = transpose(rt, kept, [1, 2, 0, 3]);
  rt.free(sums, kept);
  return gradient;
}
