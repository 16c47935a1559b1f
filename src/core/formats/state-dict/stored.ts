import type { DType } from '../../tensor/dtype';
import type { Shape } from '../../tensor/tensor';

/** A tensor of a state dict as it lies in the file. Kernels are [out, in / groups, h, w] unless said otherwise. */
export interface StoredTensor {
  /** Its key. */
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
  /** Elements as they are, little-endian, row-major. Reads the file each time. */
  readBytes(): Uint8Array;
  /** What it was read as, where it has another name now: a writer may copy it as it is. */
  readonly origin?: StoredTensor;
}

/** What a pickled module says of itself beside its weights, by its path. */
export interface ModuleSettings {
  readonly stride?: readonly number[];
  readonly padding?: readonly number[];
  readonly dilation?: readonly number[];
  readonly groups?: number;
  readonly transposed?: boolean;
  readonly epsilon?: number;
  /** The share of the new statistic, as PyTorch has it. */
  readonly momentum?: number;
}
