import { item } from '../item';
import type { DType } from './dtype';

/** Sizes of a tensor whose values exist. */
export type Shape = readonly number[];

/** Number of elements of a shape; 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Sizes of a kernel's axes. */
export type KernelShape = readonly [height: number, width: number, perGroup: number, filters: number];

/** Height, width, inputs per group and filters of a kernel. @throws RangeError for a tensor that is not a kernel */
export function kernelShape(shape: Shape): KernelShape {
  return [item(shape, 0), item(shape, 1), item(shape, 2), item(shape, 3)];
}

/** A named tensor of a checkpoint whose values are read on demand. */
export interface TensorRef {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
  /** All values, row-major, converted to float32. Reads the file each time: callers keep what they need. */
  readFloat32(): Float32Array;
  /**
   * Of a kernel [h, w, in, out] that lies in another order: Σ |value| over `in`, as [h, w, out]. Taking it as it lies
   * is several times faster than turning it first. A value that is not a finite number shows in its sum.
   */
  absoluteSums?(): Float64Array;
  /** The values of such a kernel as they lie. Reads the file each time. */
  readAsStored?(): KernelView;
}

/** A kernel [h, w, in, out] in any order. */
export interface KernelView {
  readonly values: ArrayLike<number>;
  /** How far apart neighbours along each axis are. */
  readonly strides: KernelShape;
  /** A factor of each filter. */
  readonly scale?: ArrayLike<number>;
}

/** A row-major kernel. */
export function rowMajor(values: ArrayLike<number>, shape: Shape): KernelView {
  const [, width, inputs, filters] = kernelShape(shape);
  return { values, strides: [width * inputs * filters, inputs * filters, filters, 1] };
}

/** A tensor that lives in memory: what a conversion, fusion or training made. */
export function tensorOf(name: string, shape: Shape, values: Float32Array): TensorRef {
  if (values.length !== sizeOf(shape)) {
    throw new RangeError(`${name}: ${values.length} values for shape [${shape.join(', ')}]`);
  }
  return { name, dtype: 'float32', shape, readFloat32: () => values };
}
