import type { Conv2dAttributes } from '../../src/core/graph/ops/conv2d';
import type { Conv2dTransposeAttributes } from '../../src/core/graph/ops/conv2d-transpose';
import type { PoolAttributes } from '../../src/core/graph/ops/pool';
import { resolvePadding, windowOutputs, type Sides } from '../../src/core/graph/padding';

/** A tensor of the float64 reference, row-major. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** A tensor from plain numbers. */
export function tensor(shape: readonly number[], data: ArrayLike<number>): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  if (data.length !== size) throw new Error(`${data.length} values for [${shape.join(', ')}]`);
  return { shape, data: Float64Array.from(data) };
}

/** Applies a function to each element. */
export function map(x: Tensor, f: (value: number, index: number) => number): Tensor {
  return { shape: x.shape, data: x.data.map(f) };
}

/** x · scale + offset; one number or one per channel. */
export function rescale(x: Tensor, scale: readonly number[], offset: readonly number[]): Tensor {
  const channels = x.shape[x.shape.length - 1];
  const pick = (values: readonly number[], i: number): number =>
    values[values.length === 1 ? 0 : i % channels];
  return map(x, (value, i) => value * pick(scale, i) + pick(offset, i));
}

/** Softmax over the last axis. */
export function softmax(x: Tensor): Tensor {
  const width = x.shape[x.shape.length - 1];
  const data = new Float64Array(x.data.length);
  for (let start = 0; start < data.length; start += width) {
    const row = x.data.subarray(start, start + width);
    const largest = row.reduce((a, b) => Math.max(a, b), -Infinity);
    const exponentials = row.map((v) => Math.exp(v - largest));
    const total = exponentials.reduce((a, b) => a + b, 0);
    exponentials.forEach((v, i) => (data[start + i] = v / total));
  }
  return { shape: x.shape, data };
}

/** Matrix product over the last axis. */
export function dense(x: Tensor, kernel: Tensor, bias: Tensor | undefined): Tensor {
  const [inputs, units] = kernel.shape;
  const rows = x.data.length / inputs;
  const data = new Float64Array(rows * units);
  for (let row = 0; row < rows; row++) {
    for (let unit = 0; unit < units; unit++) {
      let sum = bias?.data[unit] ?? 0;
      for (let i = 0; i < inputs; i++) sum += x.data[row * inputs + i] * kernel.data[i * units + unit];
      data[row * units + unit] = sum;
    }
  }
  return { shape: [...x.shape.slice(0, -1), units], data };
}

/** Zeros around an image. */
export function pad(x: Tensor, sides: Sides): Tensor {
  const [batch, height, width, channels] = x.shape;
  const shape = [batch, height + sides.top + sides.bottom, width + sides.left + sides.right, channels];
  const data = new Float64Array(shape.reduce((a, b) => a * b, 1));
  for (let n = 0; n < batch; n++) {
    for (let row = 0; row < height; row++) {
      const from = (n * height + row) * width * channels;
      const to = ((n * shape[1] + row + sides.top) * shape[2] + sides.left) * channels;
      data.set(x.data.subarray(from, from + width * channels), to);
    }
  }
  return { shape, data };
}

/** An image without its edges. */
export function crop(x: Tensor, sides: Sides): Tensor {
  const [batch, height, width, channels] = x.shape;
  const shape = [batch, height - sides.top - sides.bottom, width - sides.left - sides.right, channels];
  const data = new Float64Array(shape.reduce((a, b) => a * b, 1));
  for (let n = 0; n < batch; n++) {
    for (let row = 0; row < shape[1]; row++) {
      const from = ((n * height + row + sides.top) * width + sides.left) * channels;
      const to = (n * shape[1] + row) * shape[2] * channels;
      data.set(x.data.subarray(from, from + shape[2] * channels), to);
    }
  }
  return { shape, data };
}

/** Two-dimensional convolution as every CNN framework means it (cross-correlation), with groups. */
export function convolve(
  x: Tensor,
  kernel: Tensor,
  bias: Tensor | undefined,
  attributes: Conv2dAttributes,
): Tensor {
  const { kernelSize, strides, dilations, groups, padding } = attributes;
  const [batch, height, width, channels] = x.shape;
  const window = { kernel: kernelSize, stride: strides, dilation: dilations };
  const { top, left } = resolvePadding(padding, [height, width], window);
  const [outHeight, outWidth] = windowOutputs([height, width], window, padding).map(Number);
  const [, , perGroup, filters] = kernel.shape;
  const data = new Float64Array(batch * outHeight * outWidth * filters);
  let at = 0;
  for (let n = 0; n < batch; n++) {
    for (let row = 0; row < outHeight; row++) {
      for (let column = 0; column < outWidth; column++) {
        for (let filter = 0; filter < filters; filter++) {
          const firstChannel = Math.floor(filter / (filters / groups)) * perGroup;
          let sum = bias?.data[filter] ?? 0;
          for (let i = 0; i < kernelSize[0]; i++) {
            for (let j = 0; j < kernelSize[1]; j++) {
              const y = row * strides[0] + i * dilations[0] - top;
              const z = column * strides[1] + j * dilations[1] - left;
              if (y < 0 || z < 0 || y >= height || z >= width) continue;
              const pixel = ((n * height + y) * width + z) * channels + firstChannel;
              const weight = (i * kernelSize[1] + j) * perGroup * filters + filter;
              for (let c = 0; c < perGroup; c++) sum += x.data[pixel + c] * kernel.data[weight + c * filters];
            }
          }
          data[at++] = sum;
        }
      }
    }
  }
  return { shape: [batch, outHeight, outWidth, filters], data };
}

/**
 * Every pixel of the input times the kernel [h, w, out, in], laid down stride by stride and added up: on a canvas that
 * holds all of it, of which padding takes off the start and what is left over the end.
 */
export function convolveTransposed(
  x: Tensor,
  kernel: Tensor,
  bias: Tensor | undefined,
  { strides, dilations, padding, outputPadding }: Conv2dTransposeAttributes,
): Tensor {
  const [batch, height, width, channels] = x.shape;
  const [rows, columns, filters] = kernel.shape;
  const size = [height, width].map((length, axis) => {
    const reach = ([rows, columns][axis] - 1) * dilations[axis] + 1;
    const all = (length - 1) * strides[axis] + reach;
    if (typeof padding !== 'string') {
      const cut = axis === 0 ? padding.top + padding.bottom : padding.left + padding.right;
      return all - cut + (outputPadding?.[axis] ?? 0);
    }
    if (outputPadding)
      return all - (padding === 'same' ? 2 * Math.floor(reach / 2) : 0) + outputPadding[axis];
    return padding === 'same' ? length * strides[axis] : Math.max(all, length * strides[axis]);
  });
  const window = { kernel: [rows, columns], stride: strides, dilation: dilations } as const;
  const { top, left } = resolvePadding(padding, [size[0], size[1]], window);
  const data = new Float64Array(batch * size[0] * size[1] * filters);
  if (bias) data.forEach((_, i) => (data[i] = bias.data[i % filters]));
  for (let pixel = 0; pixel < batch * height * width; pixel++) {
    const sample = Math.floor(pixel / (height * width));
    const row = (Math.floor(pixel / width) % height) * strides[0] - top;
    const column = (pixel % width) * strides[1] - left;
    for (let tap = 0; tap < rows * columns; tap++) {
      const y = row + Math.floor(tap / columns) * dilations[0];
      const z = column + (tap % columns) * dilations[1];
      if (y < 0 || z < 0 || y >= size[0] || z >= size[1]) continue;
      const at = ((sample * size[0] + y) * size[1] + z) * filters;
      for (let filter = 0; filter < filters; filter++) {
        for (let c = 0; c < channels; c++) {
          const weight = kernel.data[(tap * filters + filter) * channels + c];
          data[at + filter] += x.data[pixel * channels + c] * weight;
        }
      }
    }
  }
  return { shape: [batch, size[0], size[1], filters], data };
}

/** Largest or mean value of each window; padded positions take no part. */
export function pool(
  x: Tensor,
  kind: 'max' | 'average',
  { poolSize, strides, padding }: PoolAttributes,
): Tensor {
  const [batch, height, width, channels] = x.shape;
  const window = { kernel: poolSize, stride: strides, dilation: [1, 1] as const };
  const { top, left } = resolvePadding(padding, [height, width], window);
  const [outHeight, outWidth] = windowOutputs([height, width], window, padding).map(Number);
  const data = new Float64Array(batch * outHeight * outWidth * channels);
  let at = 0;
  for (let n = 0; n < batch; n++) {
    for (let row = 0; row < outHeight; row++) {
      for (let column = 0; column < outWidth; column++) {
        for (let c = 0; c < channels; c++) {
          const inside: number[] = [];
          for (let i = 0; i < poolSize[0]; i++) {
            for (let j = 0; j < poolSize[1]; j++) {
              const y = row * strides[0] + i - top;
              const z = column * strides[1] + j - left;
              if (y < 0 || y >= height || z < 0 || z >= width) continue;
              inside.push(x.data[((n * height + y) * width + z) * channels + c]);
            }
          }
          data[at++] =
            kind === 'max' ? Math.max(...inside) : inside.reduce((a, b) => a + b, 0) / inside.length;
        }
      }
    }
  }
  return { shape: [batch, outHeight, outWidth, channels], data };
}

/** Largest or mean value of each channel. */
export function globalPool(x: Tensor, kind: 'max' | 'average', keepDims: boolean): Tensor {
  const [batch, height, width, channels] = x.shape;
  const result = pool(x, kind, { poolSize: [height, width], strides: [1, 1], padding: 'valid' });
  return { shape: keepDims ? [batch, 1, 1, channels] : [batch, channels], data: result.data };
}

export interface Normalisation {
  /** Absent: the batch's own mean and biased variance. */
  readonly statistics?: { readonly mean: Float64Array; readonly variance: Float64Array };
  readonly gamma?: Float64Array;
  readonly beta?: Float64Array;
  readonly epsilon: number;
}

/** Batch normalisation over the last axis. */
export function batchNormalise(x: Tensor, { statistics, gamma, beta, epsilon }: Normalisation): Tensor {
  const channels = x.shape[x.shape.length - 1];
  const { mean, variance } = statistics ?? momentsOf(x);
  return map(x, (value, i) => {
    const c = i % channels;
    return ((value - mean[c]) / Math.sqrt(variance[c] + epsilon)) * (gamma?.[c] ?? 1) + (beta?.[c] ?? 0);
  });
}

/** Mean and biased variance over all but the last axis. */
export function momentsOf(x: Tensor): { mean: Float64Array; variance: Float64Array; count: number } {
  const channels = x.shape[x.shape.length - 1];
  const count = x.data.length / channels;
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  x.data.forEach((value, i) => (mean[i % channels] += value / count));
  x.data.forEach((value, i) => (variance[i % channels] += (value - mean[i % channels]) ** 2 / count));
  return { mean, variance, count };
}
