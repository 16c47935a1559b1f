import type { PoolingAttributes } from '../../core/graph/lowering';
import { resolvePadding, windowOutputs } from '../../core/graph/padding';
import { withView } from './frame';
import type { Runtime, Tensor } from './runtime';

/**
 * Plain loops, forward as well: of TensorFlow.js's WebAssembly kernels, the gradient of max pooling gives nothing to
 * a window of negative numbers and counts ties twice.
 */
export function maxPool(rt: Runtime, x: Tensor, attributes: PoolingAttributes): Tensor {
  const channels = x.shape[3];
  return withView(rt, x, outputShape(x.shape, attributes), (from, to) => {
    eachWindow(x.shape, attributes, (output, pixels) => {
      for (let c = 0; c < channels; c++) to[output + c] = from[pixels[0] + c];
      for (let i = 1; i < pixels.length; i++) {
        const pixel = pixels[i];
        for (let c = 0; c < channels; c++) {
          // The first of equal ones stays; NaN wins, so that it is seen.
          if (!(from[pixel + c] <= to[output + c])) to[output + c] = from[pixel + c];
        }
      }
    });
  });
}

/** The gradient goes to the first position that holds the maximum, as TensorFlow sends it. */
export function maxPoolGradient(
  rt: Runtime,
  x: Tensor,
  y: Tensor,
  dy: Tensor,
  attributes: PoolingAttributes,
): Tensor {
  const channels = x.shape[3];
  return withView(rt, x, x.shape, (from, dx) => {
    const [maxima, gradient] = [rt.view(y), rt.view(dy)];
    dx.fill(0);
    eachWindow(x.shape, attributes, (output, pixels) => {
      for (let c = 0; c < channels; c++) {
        const pixel = pixels.find((at) => from[at + c] === maxima[output + c]) ?? pixels[0];
        dx[pixel + c] += gradient[output + c];
      }
    });
  });
}

/** Mean of each window; positions outside do not count. */
export function averagePool(rt: Runtime, x: Tensor, attributes: PoolingAttributes): Tensor {
  const channels = x.shape[3];
  const sums = new Float64Array(channels);
  return withView(rt, x, outputShape(x.shape, attributes), (from, to) => {
    eachWindow(x.shape, attributes, (output, pixels) => {
      sums.fill(0);
      for (const pixel of pixels) {
        for (let c = 0; c < channels; c++) sums[c] += from[pixel + c];
      }
      for (let c = 0; c < channels; c++) to[output + c] = sums[c] / pixels.length;
    });
  });
}

export function averagePoolGradient(
  rt: Runtime,
  dy: Tensor,
  shape: readonly number[],
  attributes: PoolingAttributes,
): Tensor {
  const channels = shape[3];
  return withView(rt, dy, shape, (gradient, dx) => {
    dx.fill(0);
    eachWindow(shape, attributes, (output, pixels) => {
      for (const pixel of pixels) {
        for (let c = 0; c < channels; c++) dx[pixel + c] += gradient[output + c] / pixels.length;
      }
    });
  });
}

function outputShape(
  [batch, height, width, channels]: readonly number[],
  { poolSize, strides, padding }: PoolingAttributes,
): number[] {
  const window = { kernel: poolSize, stride: strides, dilation: [1, 1] as const };
  return [batch, ...windowOutputs([height, width], window, padding).map(Number), channels];
}

/** Calls back with the offset of each output pixel and those of the input pixels in its window, in row order. */
function eachWindow(
  shape: readonly number[],
  attributes: PoolingAttributes,
  visit: (output: number, pixels: readonly number[]) => void,
): void {
  const [batch, height, width, channels] = shape;
  const { poolSize, strides, padding } = attributes;
  const [, outHeight, outWidth] = outputShape(shape, attributes);
  const window = { kernel: poolSize, stride: strides, dilation: [1, 1] as const };
  const { top, left } = resolvePadding(padding, [height, width], window);
  for (let i = 0, output = 0; i < batch * outHeight; i++) {
    const image = Math.floor(i / outHeight) * height;
    const rows = range((i % outHeight) * strides[0] - top, poolSize[0], height);
    for (let column = 0; column < outWidth; column++, output += channels) {
      const columns = range(column * strides[1] - left, poolSize[1], width);
      const pixels = rows.flatMap((row) => columns.map((at) => ((image + row) * width + at) * channels));
      visit(output, pixels);
    }
  }
}

/** The window's positions inside an axis. */
function range(start: number, length: number, size: number): number[] {
  const first = Math.max(start, 0);
  return Array.from({ length: Math.max(Math.min(start + length, size) - first, 0) }, (_, i) => first + i);
}
