import type { DType } from '../../../tensor/dtype';
import { item } from '../../../item';
import { sizeOf, type Shape, type TensorRef } from '../../../tensor/tensor';
import type { TensorData } from '../proto/data';
import type { TensorProto } from '../proto/tensor';

/** A value that does not depend on the network's inputs. */
export interface Constant {
  /** Of the value in the file. */
  readonly name: string;
  readonly dims: Shape;
  readonly dtype: DType;
  /** Set for an initializer: its values can be replaced where they lie. */
  readonly initializer?: TensorProto;
  /** Row-major, as in the file. */
  float32(): Float32Array;
  integers(): number[];
}

/** A stored tensor as a constant; undefined for types that have no numbers. */
export function storedConstant(
  name: string,
  tensor: TensorProto,
  data: TensorData,
  isInitializer: boolean,
): Constant | undefined {
  const { dtype, dims } = tensor;
  if (!dtype || dtype === 'string') return undefined;
  return {
    name,
    dims,
    dtype,
    ...(isInitializer ? { initializer: tensor } : {}),
    float32: () => data.float32(tensor),
    integers: () => data.integers(tensor),
  };
}

/** Numbers that stand in an attribute. */
export function numbersConstant(
  name: string,
  dims: Shape,
  dtype: DType,
  numbers: readonly number[],
): Constant {
  return { name, dims, dtype, float32: () => Float32Array.from(numbers), integers: () => [...numbers] };
}

/**
 * How weights lie in the file: as here; a kernel as [out, in / groups, h, w]; a matrix as [out, in].
 */
export type Layout = 'plain' | 'oihw' | 'oi';

/** Weights of the file in the layout that the graph has them in. */
export class OnnxTensor implements TensorRef {
  readonly dtype: DType;
  readonly shape: Shape;

  constructor(
    readonly name: string,
    readonly constant: Constant,
    readonly layout: Layout,
    /** Another shape for the same elements in the same order; only of plain ones. */
    shape?: Shape,
  ) {
    this.dtype = constant.dtype;
    this.shape = shape ?? shapeIn(layout, constant.dims);
  }

  readFloat32(): Float32Array {
    return fromFile(this.constant.float32(), this.constant.dims, this.layout);
  }
}

function shapeIn(layout: Layout, dims: Shape): Shape {
  const at = (axis: number): number => item(dims, axis, `axes of a tensor ${layout}`);
  if (layout === 'oihw') return [at(2), at(3), at(1), at(0)];
  return layout === 'oi' ? [at(1), at(0)] : dims;
}

/** Values as the file has them in the graph's layout. */
function fromFile(values: Float32Array, dims: Shape, layout: Layout): Float32Array {
  if (layout === 'plain') return values;
  const [outputs, channels, taps] = [item(dims, 0), item(dims, 1), sizeOf(dims.slice(2))];
  const result = new Float32Array(values.length);
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < channels; i++) {
      const from = (o * channels + i) * taps;
      for (let tap = 0; tap < taps; tap++)
        result[(tap * channels + i) * outputs + o] = values[from + tap] ?? NaN;
    }
  }
  return result;
}

/** Dims in the file of weights that have a shape in the graph. */
export function dimsInFile(shape: Shape, layout: Layout): Shape {
  const at = (axis: number): number => item(shape, axis, `axes of a tensor ${layout}`);
  if (layout === 'oihw') return [at(3), at(2), at(0), at(1)];
  return layout === 'oi' ? [at(1), at(0)] : shape;
}

/** The inverse of reading: values of the graph's shape in the file's layout. */
export function toFile(values: Float32Array, shape: Shape, layout: Layout): Float32Array {
  if (layout === 'plain') return values;
  const outputs = item(shape, shape.length - 1);
  const channels = item(shape, shape.length - 2);
  const taps = sizeOf(shape.slice(0, -2));
  const result = new Float32Array(values.length);
  for (let tap = 0; tap < taps; tap++) {
    for (let i = 0; i < channels; i++) {
      const from = (tap * channels + i) * outputs;
      for (let o = 0; o < outputs; o++) result[(o * channels + i) * taps + tap] = values[from + o] ?? NaN;
    }
  }
  return result;
}
