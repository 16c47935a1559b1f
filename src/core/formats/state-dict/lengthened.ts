import type { DType } from '../../tensor/dtype';
import { kernelShape, sizeOf, type KernelShape, type TensorRef } from '../../tensor/tensor';
import type { StoredTensor } from './stored';
import type { DictTensor } from './tensor';

/**
 * A one-dimensional kernel with zeros at both ends: the reference code's first version had branches three long beside
 * kernels of any size, centred.
 */
export class LengthenedKernel implements TensorRef {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: KernelShape;

  /** @param kernel [h, w, in, out], one of h and w being 1 */
  constructor(
    private readonly kernel: DictTensor,
    [height, width]: readonly [number, number],
  ) {
    this.name = kernel.name;
    this.dtype = kernel.dtype;
    const [, , perGroup, filters] = kernelShape(kernel.shape);
    this.shape = [height, width, perGroup, filters];
  }

  /** As it lies in the file. */
  get stored(): StoredTensor {
    return this.kernel.stored;
  }

  readFloat32(): Float32Array {
    const [height, width, perGroup, filters] = this.shape;
    const values = new Float32Array(sizeOf(this.shape));
    const [rows, columns] = kernelShape(this.kernel.shape);
    const missing = height * width - rows * columns;
    values.set(this.kernel.readFloat32(), Math.floor(missing / 2) * perGroup * filters);
    return values;
  }
}
