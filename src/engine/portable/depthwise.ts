import type { Runtime, Tensor } from './runtime';
import { kernelAttributes, type Window } from './window';

/** Each channel with kernels of its own: x [N, H, W, C], kernel [h, w, 1, C · multiplier]. */
export function depthwiseForward(rt: Runtime, x: Tensor, kernel: Tensor, window: Window): Tensor {
  const [rows, columns, , outputs] = kernel.shape;
  const channels = x.shape[3];
  const filter = rt.alias(kernel, [rows, columns, channels, outputs / channels]);
  const y = rt.kernel('DepthwiseConv2dNative', { x, filter }, kernelAttributes(window));
  rt.free(filter);
  return y;
}

/** Gradient by x of the given shape: every product goes back to where its factor came from. */
export function depthwiseInputGradient(
  rt: Runtime,
  kernel: Tensor,
  dy: Tensor,
  shape: readonly number[],
  window: Window,
): Tensor {
  const outputs = dy.shape[3];
  const multiplier = outputs / shape[3];
  return rt.fill(shape, (dx) => {
    dx.fill(0);
    const [weights, gradient] = [rt.view(kernel), rt.view(dy)];
    eachProduct(shape, dy.shape, kernel.shape, window, (pixel, output, position) => {
      for (let o = 0; o < outputs; o++) {
        dx[pixel + Math.floor(o / multiplier)] += gradient[output + o] * weights[position + o];
      }
    });
  });
}

/** Gradient by the kernel of the given shape. */
export function depthwiseFilterGradient(
  rt: Runtime,
  x: Tensor,
  dy: Tensor,
  shape: readonly number[],
  window: Window,
): Tensor {
  const outputs = dy.shape[3];
  const multiplier = outputs / x.shape[3];
  // In float64: there may be a hundred thousand terms.
  const sums = new Float64Array(shape[0] * shape[1] * outputs);
  const [images, gradient] = [rt.view(x), rt.view(dy)];
  eachProduct(x.shape, dy.shape, shape, window, (pixel, output, position) => {
    for (let o = 0; o < outputs; o++) {
      sums[position + o] += images[pixel + Math.floor(o / multiplier)] * gradient[output + o];
    }
  });
  return rt.fill(shape, (values) => values.set(sums));
}

/** Calls back with the offsets of pixel, output pixel and kernel position for all that meet. */
function eachProduct(
  [batch, height, width, channels]: readonly number[],
  [, outHeight, outWidth, outputs]: readonly number[],
  [rows, columns]: readonly number[],
  { strides, dilations, sides }: Window,
  meet: (pixel: number, output: number, position: number) => void,
): void {
  for (let n = 0; n < batch; n++) {
    for (let i = 0; i < outHeight * rows; i++) {
      const [outRow, row] = [Math.floor(i / rows), i % rows];
      const y = outRow * strides[0] + row * dilations[0] - sides.top;
      if (y < 0 || y >= height) continue;
      for (let j = 0; j < outWidth * columns; j++) {
        const [outColumn, column] = [Math.floor(j / columns), j % columns];
        const x = outColumn * strides[1] + column * dilations[1] - sides.left;
        if (x < 0 || x >= width) continue;
        const pixel = ((n * height + y) * width + x) * channels;
        const output = ((n * outHeight + outRow) * outWidth + outColumn) * outputs;
        meet(pixel, output, (row * columns + column) * outputs);
      }
    }
  }
}
