import type { DType } from '../../../tensor/dtype';
import type { Shape, TensorRef } from '../../../tensor/tensor';
import type { ModelConfig } from './model-config';
import { elementsOf } from '../../../tensor/decode';
import type { Elements } from '../../../tensor/decode';

/** The stored values of one layer. */
export interface LayerWeights {
  /** Its own weights in Keras's order. */
  readonly values: readonly StoredWeight[];
  /** What else is stored below it (state of a random generator, layers inside it), by path within it. */
  readonly rest: readonly StoredWeight[];
}

/** An array that lies in a file. */
export interface StoredArray {
  readonly path: string;
  readonly dtype: DType;
  readonly shape: Shape;
  /** Elements as they are, little-endian, row-major. */
  readBytes(): Uint8Array;
  readFloat32(): Float32Array;
}

/** One stored array of a layer. */
export interface StoredWeight {
  /** Its name within the layer. */
  readonly name: string;
  readonly data: StoredArray;
}

/** A layer without stored values. */
export const NO_WEIGHTS: LayerWeights = { values: [], rest: [] };

/** Where a reader finds the values of a model's layers. */
export interface WeightSource {
  /** Values of a layer, by its name. */
  of(layer: string): LayerWeights;
  /** Those of a model inside the model; `undefined` where the file does not tell which weight is whose. */
  inside(layer: string, model: ModelConfig): WeightSource | undefined;
}

/** A tensor that lies in a file; written again with the element type it has there. */
export class StoredTensor implements TensorRef {
  readonly dtype: DType;
  readonly shape: Shape;

  constructor(
    readonly name: string,
    readonly data: StoredArray,
    /** Another shape than the stored one, for the same elements in the same order. */
    shape?: Shape,
  ) {
    this.dtype = data.dtype;
    this.shape = shape ?? data.shape;
  }

  readFloat32(): Float32Array {
    return this.data.readFloat32();
  }
}

/** Elements of a tensor as they are written: half precisions widened to float32, everything else as it is. */
export function writtenElements(tensor: TensorRef): Elements {
  return tensor instanceof StoredTensor ? storedElements(tensor.data) : tensor.readFloat32();
}

/** Elements of a data set as they are written. */
export function storedElements(data: StoredArray): Elements {
  return elementsOf(data.readBytes(), data.dtype);
}
