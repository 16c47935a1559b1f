import { BYTES, type DType } from '../../tensor/dtype';
import { item } from '../../item';
import { kernelShape, sizeOf, type KernelView, type Shape, type TensorRef } from '../../tensor/tensor';
import { step, walked } from '../../tensor/walk';
import { toFloat32 } from '../../tensor/decode';
import type { StoredTensor } from './stored';

/** For each axis of the canonical tensor, which one of the stored tensor it is; absent where they are alike. */
export type AxisOrder = readonly number[];

/** A convolution's kernel: PyTorch's [out, in, h, w] or MLX's [out, h, w, in], each to [h, w, in, out]. */
export const KERNEL_ORDERS = { oihw: [2, 3, 1, 0], ohwi: [1, 2, 3, 0] } as const;
/** A linear layer's weight: [out, in] to [in, out]. */
export const DENSE_ORDER: AxisOrder = [1, 0];

/** Values that are widened at a time. */
const CACHED = 1 << 16;

/**
 * A tensor of a state dict as the rest of the program sees it. This is the one place where layouts are changed on
 * reading; `inStoredOrder` is the way back.
 */
export class DictTensor implements TensorRef {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;

  constructor(
    readonly stored: StoredTensor,
    readonly order?: AxisOrder,
  ) {
    this.name = stored.name;
    this.dtype = stored.dtype;
    this.shape = order ? order.map((axis) => item(stored.shape, axis)) : stored.shape;
  }

  readFloat32(): Float32Array {
    const values = toFloat32(this.stored.readBytes(), this.dtype);
    return this.order ? permuted(values, this.stored.shape, this.order) : values;
  }

  absoluteSums(): Float64Array {
    const bytes = this.stored.readBytes();
    const [height, width, channels, filters] = kernelShape(this.shape);
    const each = height * width * channels;
    const sums = new Float64Array(height * width * filters);
    // As many filters at a time as the processor's cache holds once they are float32.
    const atOnce = this.dtype === 'float32' ? filters : Math.max(1, Math.floor(CACHED / each));
    for (let first = 0; first < filters; first += atOnce) {
      const part = bytes.subarray(
        first * each * BYTES[this.dtype],
        (first + atOnce) * each * BYTES[this.dtype],
      );
      this.addSums(toFloat32(part, this.dtype), first, sums);
    }
    return sums;
  }

  readAsStored(): KernelView {
    const values = toFloat32(this.stored.readBytes(), this.dtype);
    const stored = this.stored.shape;
    const stride = (axis: number): number => sizeOf(stored.slice((this.order?.[axis] ?? axis) + 1));
    return { values, strides: [stride(0), stride(1), stride(2), stride(3)] };
  }

  /** Sums of the filters from `first` on whose values these are. */
  private addSums(values: Float32Array, first: number, sums: Float64Array): void {
    const [height, width, channels, filters] = kernelShape(this.shape);
    const positions = height * width;
    // Within a filter channels come first, or last: [in, h, w] or [h, w, in].
    const isLast = this.order?.[2] === 3;
    const step = isLast ? 1 : positions;
    const stride = isLast ? channels : 1;
    for (let filter = first, start = 0; start < values.length; filter++, start += positions * channels) {
      for (let position = 0; position < positions; position++) {
        let sum = 0;
        let at = start + position * stride;
        for (let channel = 0; channel < channels; channel++, at += step) sum += Math.abs(values[at] ?? NaN);
        sums[position * filters + filter] = sum;
      }
    }
  }
}

/** Sizes of the canonical tensor's axes in the order in which the file has them. */
export function storedShape(shape: Shape, order: AxisOrder): Shape {
  return order.map((_, axis) => item(shape, order.indexOf(axis)));
}

/** Values of the canonical tensor in the order in which the file has them. @param shape the canonical one */
export function inStoredOrder(values: Float32Array, shape: Shape, order: AxisOrder): Float32Array {
  const back = order.map((_, axis) => order.indexOf(axis));
  return permuted(values, shape, back);
}

/** Row-major values with their axes in another order; `order[i]` is the axis that becomes axis i. */
export function permuted(values: Float32Array, shape: Shape, order: AxisOrder): Float32Array {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const [last, ...rest] = walked(
    order.map((axis) => ({ size: item(shape, axis), stride: item(strides, axis) })),
  );
  if (!last) return values.slice();
  const result = new Float32Array(values.length);
  let from = 0;
  for (let to = 0; to < result.length; to += last.size) {
    for (let i = 0; i < last.size; i++) result[to + i] = values[from + i * last.stride] ?? NaN;
    from += step(rest);
  }
  return result;
}
