import type { ByteSource } from '../../bytes';
import { CheckpointError } from '../../errors';
import type { DType } from '../../tensor/dtype';
import type { Shape } from '../../tensor/tensor';
import { elementsOf, toFloat32 } from '../../tensor/decode';
import type { StoredArray } from '../keras/read/weights';
import type { ManifestGroup, ManifestWeight } from './manifest';

/** The files of a model's weights, open. */
export class Shards {
  /** Weights of the model by name, in the manifest's order; the optimiser's are not among them. */
  readonly datasets = new Map<string, StoredArray>();
  /** Bytes of all files. */
  size = 0;
  private readonly sources: ByteSource[] = [];

  private constructor(private readonly model: ByteSource) {}

  /**
   * Opens the files beside a model and checks that they hold what the manifest declares.
   * @throws CheckpointError if one is missing, outside of the folder, or the sizes disagree.
   */
  static open(model: ByteSource, groups: readonly ManifestGroup[]): Shards {
    const shards = new Shards(model);
    try {
      for (const group of groups) shards.addGroup(group);
      return shards;
    } catch (error) {
      shards.close();
      throw error;
    }
  }

  close(): void {
    for (const source of this.sources) source.close();
  }

  private addGroup({ paths, weights, bytes }: ManifestGroup): void {
    const parts = paths.map((name) => this.openPart(name));
    const found = parts.reduce((sum, { size }) => sum + size, 0);
    if (found !== bytes) {
      throw new CheckpointError('the files of weights do not have the size that the model declares', {
        path: this.model.path,
        where: paths.length > 1 ? `${paths[0]} and ${paths.length - 1} more` : paths[0],
        found: `${found} bytes`,
        expected: `${bytes} bytes`,
      });
    }
    this.size += found;
    for (const weight of weights) {
      if (!weight.optimiser) this.datasets.set(weight.name, new ShardedWeight(weight, parts));
    }
  }

  private openPart(name: string): ByteSource {
    if (!this.model.sibling) {
      throw new CheckpointError('the weights lie in files beside the model, which cannot be reached here', {
        path: this.model.path,
        where: name,
      });
    }
    const source = this.model.sibling(name);
    this.sources.push(source);
    return source;
  }
}

/** One weight; quantised ones are float32 to everyone else. */
class ShardedWeight implements StoredArray {
  readonly path: string;
  readonly dtype: DType;
  readonly shape: Shape;

  constructor(
    private readonly weight: ManifestWeight,
    private readonly parts: readonly ByteSource[],
  ) {
    this.path = weight.name;
    this.dtype = weight.quantisation ? 'float32' : weight.dtype;
    this.shape = weight.shape;
  }

  readBytes(): Uint8Array {
    if (!this.weight.quantisation) return this.stored();
    const values = this.readFloat32();
    return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  }

  readFloat32(): Float32Array {
    const { quantisation, dtype } = this.weight;
    if (!quantisation) return toFloat32(this.stored(), dtype);
    if (quantisation.dtype === 'float16') return toFloat32(this.stored(), 'float16');
    const { scale, min } = quantisation;
    const whole = dtype !== 'float32';
    // As TensorFlow.js does it: whole numbers are rounded. Source: decodeWeights in tfjs-core/src/io/io_utils.ts.
    return Float32Array.from(
      elementsOf(this.stored(), quantisation.dtype) as Uint8Array | Uint16Array,
      (value) => (whole ? Math.round(value * scale + min) : value * scale + min),
    );
  }

  /** The bytes as they lie, across files. */
  private stored(): Uint8Array {
    const { offset, bytes } = this.weight;
    const all = new Uint8Array(bytes);
    let start = 0;
    for (const part of this.parts) {
      const from = Math.max(offset, start);
      const to = Math.min(offset + bytes, start + part.size);
      if (to > from) all.set(part.read(from - start, to - from), from - offset);
      start += part.size;
    }
    return all;
  }
}
