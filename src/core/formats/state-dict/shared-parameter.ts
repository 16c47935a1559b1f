import type { DType } from '../../tensor/dtype';
import { sizeOf, type Shape, type TensorRef } from '../../tensor/tensor';
import { toFloat32 } from '../../tensor/decode';
import type { StoredTensor } from './stored';
import { DENSE_ORDER, inStoredOrder, KERNEL_ORDERS, permuted, storedShape, type AxisOrder } from './tensor';

/** How the model's tensor lies to the graph's, as an ONNX reader says it. */
export type ModelLayout = 'plain' | 'oihw' | 'oi';

const ORDERS: Readonly<Record<ModelLayout, AxisOrder | undefined>> = {
  plain: undefined,
  oihw: KERNEL_ORDERS.oihw,
  oi: DENSE_ORDER,
};

/**
 * A parameter that the file and the model of its network have alike, whatever layer it is of: laid out for the graph as
 * the model's is. Axes of length 1 may differ.
 */
export class SharedParameter implements TensorRef {
  readonly name: string;
  readonly dtype: DType;

  constructor(
    readonly stored: StoredTensor,
    readonly shape: Shape,
    private readonly layout: ModelLayout,
  ) {
    this.name = stored.name;
    this.dtype = stored.dtype;
  }

  /** The file's elements lie as the model's, whichever axes of length 1 the file leaves out. */
  readFloat32(): Float32Array {
    const values = toFloat32(this.stored.readBytes(), this.dtype);
    const order = ORDERS[this.layout];
    return order ? permuted(values, storedShape(this.shape, order), order) : values;
  }

  /** True of a matrix [in, out], which no linear layer of PyTorch has. */
  get isPlainMatrix(): boolean {
    return this.layout === 'plain' && this.shape.length === 2;
  }

  /** The way back: values of the graph's shape as the file has them. */
  inStoredOrder(values: Float32Array): Float32Array {
    const order = ORDERS[this.layout];
    return order ? inStoredOrder(values, this.shape, order) : values;
  }

  /** True if a tensor of the file can stand where the model has one of these sizes. */
  static fits({ shape }: StoredTensor, dims: Shape): boolean {
    const large = (sizes: Shape): string => sizes.filter((size) => size !== 1).join();
    return sizeOf(shape) === sizeOf(dims) && large(shape) === large(dims);
  }
}
