import { item } from '../../item';
import type { ByteSink } from '../../bytes';
import type { Content } from '../../checkpoint';
import { UnsupportedError } from '../../errors';
import { isObject, writeJson, type JsonObject } from '../../encodings/json';
import { siblingStem } from '../../sibling-name';
import { BYTES, type DType } from '../../tensor/dtype';
import { sizeOf } from '../../tensor/tensor';
import type { Elements } from '../../tensor/decode';
import { arraysOf, type WrittenArray } from '../keras/write/arrays';
import { emitModel, type EmittedModel } from '../keras/write/emit';
import { SEQUENTIAL_MARK, type LayersDocument, type Origin } from '../keras/source';
import { checkLayers } from './known-layers';
import { keras2Form } from './keras2-form';
import { lastPart } from '../keras/read/nested-weights';

/** Most bytes of one file of weights: what TensorFlow.js itself makes, so that browsers can keep each. */
const SHARD_BYTES = 4 * 1024 * 1024;

/**
 * Writes a layers model that TensorFlow.js loads with no custom code: the network, its weights as one group of files
 * beside it, and whatever else the document said.
 * @throws UnsupportedError if the network has what TensorFlow.js lacks.
 */
export async function writeTfjsLayers(
  content: Content,
  origin: Origin<LayersDocument>,
  sink: ByteSink,
): Promise<void> {
  const emitted = emitModel(content, origin, 'tfjs-layers');
  checkLayers(emitted);
  const before = origin.container?.document ?? { format: 'layers-model' };
  const arrays = arraysToWrite(emitted, content);
  const sizes = arrays.map((array) => sizeOf(array.shape) * BYTES[writtenType(array.dtype)]);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const paths = shardNames(sink, Math.max(1, Math.ceil(total / SHARD_BYTES)));
  const shards = new ShardWriter(sink, paths);
  for (const array of arrays) shards.write(bytesOf(array));
  const weights = arrays.map(({ name, shape, dtype }) => ({ name, shape, dtype: writtenType(dtype) }));
  const document = {
    ...withoutMark(before),
    modelTopology: topologyOf(before, keras2Form(emitted.model)),
    weightsManifest: [{ paths, weights }],
    ...(emitted.sequential ? { [SEQUENTIAL_MARK]: emitted.sequential } : {}),
  };
  await Promise.resolve(sink.write(new TextEncoder().encode(writeJson(document))));
}

function withoutMark({ [SEQUENTIAL_MARK]: _mark, ...document }: JsonObject): JsonObject {
  return document;
}

/** The model in the place it had: beside what the converter says of itself, or bare. */
function topologyOf({ modelTopology: before }: JsonObject, model: JsonObject): JsonObject {
  return isObject(before) && isObject(before.model_config) ? { ...before, model_config: model } : model;
}

/** TensorFlow.js keeps Keras 2's word for the kernel of a depthwise layer. */
function ownName({ calls: [node] }: EmittedModel['layers'][number], weight: string): string {
  const isDepthwise = node?.op === 'conv2d' && node.attributes.depthwise === true;
  return isDepthwise && weight === 'kernel' ? 'depthwise_kernel' : weight;
}

/** Every weight under the name by which TensorFlow.js looks for it. */
function arraysToWrite(emitted: EmittedModel, content: Content): WrittenArray[] {
  const arrays = arraysWithin(emitted, content);
  const names = new Set<string>();
  for (const { name } of arrays) {
    if (names.has(name)) throw new UnsupportedError('two weights would have one name', { where: name });
    names.add(name);
  }
  return arrays;
}

/** The weights of models inside the model stand among the others, by the names of their own layers. */
function arraysWithin({ layers, weights }: EmittedModel, content: Content): WrittenArray[] {
  return layers.flatMap((layer) => {
    if (layer.inside) return arraysWithin(layer.inside, content);
    const { values, rest } = arraysOf(layer, content, weights);
    const opaque = layer.calls[0]?.op === 'opaque';
    return [...values, ...rest].map((array) =>
      opaque && array.name.includes('/')
        ? array
        : { ...array, name: `${layer.name}/${ownName(layer, lastPart(array.name))}` },
    );
  });
}

function writtenType(dtype: DType): 'float32' | 'int32' | 'uint8' | 'bool' {
  return dtype === 'int32' || dtype === 'uint8' || dtype === 'bool' ? dtype : 'float32';
}

function bytesOf({ dtype, elements }: WrittenArray): Uint8Array {
  const type = writtenType(dtype);
  const values = elements();
  if (type === 'float32')
    return viewOf(values instanceof Float32Array ? values : Float32Array.from(numbers(values)));
  return viewOf(type === 'int32' ? Int32Array.from(numbers(values)) : Uint8Array.from(numbers(values)));
}

function numbers(values: Elements): number[] {
  return Array.from(values as ArrayLike<number | bigint>, Number);
}

function viewOf({ buffer, byteOffset, byteLength }: Float32Array | Int32Array | Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/**
 * Names of the files of weights: the model's own name in front, so that models can share a folder; none that is there or
 * that another model names, so that this model's files are nobody else's, and one that is replaced stays whole until its
 * `model.json` is.
 */
function shardNames(sink: ByteSink, count: number): string[] {
  const stem = siblingStem(sink.path).replace(/\.json$/i, '');
  for (let round = 1; ; round += 1) {
    const group = `${stem}.group${round}-shard`;
    const names = Array.from({ length: count }, (_, i) => `${group}${i + 1}of${count}.bin`);
    if (names.every((name) => sink.isFree?.(name) ?? true)) return names;
  }
}

/** Cuts a stream of bytes into files. */
class ShardWriter {
  private current: ByteSink | undefined;
  private room = 0;
  private next = 0;

  constructor(
    private readonly model: ByteSink,
    private readonly paths: readonly string[],
  ) {
    // A model without weights has one empty file.
    this.advance();
  }

  write(bytes: Uint8Array): void {
    let done = 0;
    while (done < bytes.length) {
      if (this.room === 0) this.advance();
      const part = bytes.subarray(done, done + this.room);
      this.current?.write(part);
      this.room -= part.length;
      done += part.length;
    }
  }

  private advance(): void {
    if (!this.model.sibling) {
      throw new UnsupportedError('a model of several files cannot be written here', {
        path: this.model.path,
      });
    }
    this.current = this.model.sibling(item(this.paths, this.next, 'files of weights'));
    this.next += 1;
    this.room = SHARD_BYTES;
  }
}
