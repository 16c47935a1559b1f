import { BYTES, type DType } from '../../tensor/dtype';
import { sizeOf, type Shape } from '../../tensor/tensor';
import { TORCH_EPSILON } from './norm-epsilon';
import type { Notes } from './notes';
import type { StoredTensor } from './stored';

/** PyTorch's batch norms count batches in a tensor of this name. */
const COUNTER = /(^|\.)num_batches_tracked$/;

/** What is noted of a new network: its batch norms are PyTorch's. */
export const NEW_NOTES: Notes = { blocks: new Map(), epsilon: TORCH_EPSILON };

/** Tensors of these shapes by their names in PyTorch's state dict, all zero: float32, and int64 for a batch norm's counter. */
export function zeroDict(shapes: ReadonlyMap<string, Shape>): Map<string, StoredTensor> {
  return new Map(
    [...shapes].map(([name, shape]) => {
      const dtype: DType = COUNTER.test(name) ? 'int64' : 'float32';
      const readBytes = (): Uint8Array => new Uint8Array(sizeOf(shape) * BYTES[dtype]);
      return [name, { name, dtype, shape, readBytes }];
    }),
  );
}
