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
    eachWindow(x.shape, attributes, (output, pixels, count) => {
      for (let c = 0; c < channels; c++) {
        let largest = from[pixels[0] + c];
        for (let i = 1; i < count; i++) {
          const value = from[pixels[i] + c];
          // NaN wins, so that it is seen.
          if (!(value <= largest)) largest = value;
        }
        to[output + c] = largest;
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
    eachWindow(x.shape, attributes, (output, pixels, count) => {
      for (let c = 0; c < channels; c++) {
        let i = 0;
        while (i < count - 1 && from[pixels[i] + c] !== maxima[output + c]) i++;
        dx[pixels[i] + c] += gradient[output + c];
      }
    });
  });
}

/** Mean of each window; positions outside do not count. */
export function averagePool(rt: Runtime, x: Tensor, attributes: PoolingAttributes): Tensor {
  const channels = x.shape[3];
  return withView(rt, x, outputShape(x.shape, attributes), (from, to) => {
    eachWindow(x.shape, attributes, (output, pixels, count) => {
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let i = 0; i < count; i++) sum += from[pixels[i] + c];
        to[output + c] = sum / count;
      }
    });
  });
}

/** Gradient of an average pooling by its input. @param shape of that input */
export function averagePoolGradient(
  rt: Runtime,
  dy: Tensor,
  shape: readonly number[],
  attributes: PoolingAttributes,
): Tensor {
  const channels = shape[3];
  return withView(rt, dy, shape, (gradient, dx) => {
    dx.fill(0);
    eachWindow(shape, attributes, (output, pixels, count) => {
      for (let i = 0; i < count; i++) {
        const pixel = pixels[i];
        for (let c = 0; c < channels; c++) dx[pixel + c] += gradient[output + c] / count;
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

/**
 * Calls back with the offset of each output pixel, and those of the input pixels in its window in row order: the
 * first `count` of an array that is used again for the next window.
 */
function eachWindow(
  shape: readonly number[],
  attributes: PoolingAttributes,
  visit: (output: number, pixels: Int32Array, count: number) => void,
): void {
  const [batch, height, width, channels] = shape;
  const { poolSize, strides, padding } = attributes;
  const [, outHeight, outWidth] = outputShape(shape, attributes);
  const window = { kernel: poolSize, stride: strides, dilation: [1, 1] as const };
  const { top, left } = resolvePadding(padding, [height, width], window);
  const pixels = new Int32Array(poolSize[0] * poolSize[1]);
  for (let i = 0, output = 0; i < batch * outHeight; i++) {
    const image = Math.floor(i / outHeight) * height;
    const start = (i % outHeight) * strides[0] - top;
    const [firstRow, lastRow] = [Math.max(start, 0), Math.min(start + poolSize[0], height)];
    for (let column = 0; column < outWidth; column++, output += channels) {
      const from = column * strides[1] - left;
      const [first, last] = [Math.max(from, 0), Math.min(from + poolSize[1], width)];
      let count = 0;
      for (let row = firstRow; row < lastRow; row++) {
        for (let at = first; at < last; at++) pixels[count++] = ((image + row) * width + at) * channels;
      }
      visit(output, pixels, count);
    }
  }
}
