import type { ByteSource } from '../../../src/core/bytes';
import type { Checkpoint } from '../../../src/core/checkpoint';
import { CheckpointError } from '../../../src/core/errors';
import { memorySource } from '../../../src/core/encodings/region';
import { openCheckpoint, writeCheckpoint } from '../../../src/core/formats/registry';
import type { Json, JsonObject } from '../../../src/core/encodings/json';

/** The files of one folder, by name. */
export type Files = Readonly<Record<string, Uint8Array>>;

/** The bytes of an array's values. */
export function bytesOf({
  buffer,
  byteOffset,
  byteLength,
}: Float32Array | Uint16Array | Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Values that count up. */
export function count(size: number, first = 1): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => first + i);
}

/** A file of a folder in memory. @param closed gets the name of what was closed */
function folder(files: Files, path: string, closed: string[] = []): ByteSource {
  return {
    ...memorySource(path, files[path]),
    sibling: (name) => {
      if (!(name in files)) throw new CheckpointError('no such file', { path: name });
      return folder(files, name, closed);
    },
    close: () => void closed.push(path),
  };
}

/** Opens `model.json` beside other files. */
export function openModel(document: Json, files: Files, closed?: string[]): Promise<Checkpoint> {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  return openCheckpoint(
    folder({ ...files, 'model.json': new TextEncoder().encode(text) }, 'model.json', closed),
  );
}

/** What a checkpoint is written as: `out.json` and files beside it. @param there names that files have already */
export async function filesOf(checkpoint: Checkpoint, there: readonly string[] = []): Promise<Files> {
  const parts: Record<string, Uint8Array[]> = {};
  const sink = (name: string) => {
    if (name in parts) throw new Error(`${name} twice`);
    parts[name] = [];
    const write = (bytes: Uint8Array) => void parts[name].push(bytes.slice());
    return { path: name, write, sibling: sink, isFree: (other: string) => !there.includes(other) };
  };
  await writeCheckpoint(checkpoint, sink('out.json'));
  return Object.fromEntries(
    Object.entries(parts).map(([name, all]) => [name, Uint8Array.from(Buffer.concat(all))] as const),
  );
}

/** Opens what was written. */
export function reopened(files: Files): Promise<Checkpoint> {
  return openCheckpoint(folder(files, 'out.json'));
}

/** The document that was written. */
export function documentOf(files: Files): JsonObject {
  return JSON.parse(new TextDecoder().decode(files['out.json'])) as JsonObject;
}

/** The values of one tensor. */
export function valuesOf(checkpoint: Checkpoint, name: string): number[] {
  const tensor = checkpoint.tensors.get(name);
  if (!tensor) throw new Error(`no ${name} in ${[...checkpoint.tensors.keys()].join(', ')}`);
  return [...tensor.readFloat32()];
}

/** A convolution of 3×3 (2 → 3 channels), batch norm, a layer nobody knows. */
export const LAYERS: readonly JsonObject[] = [
  {
    class_name: 'Conv2D',
    config: {
      name: 'conv',
      batch_input_shape: [null, 8, 8, 2],
      filters: 3,
      kernel_size: [3, 3],
      padding: 'same',
    },
  },
  { class_name: 'BatchNormalization', config: { name: 'bn', axis: -1 } },
  { class_name: 'Mystery', config: { name: 'odd' } },
];

export const WEIGHTS = [
  { name: 'conv/kernel', shape: [3, 3, 2, 3], dtype: 'float32' },
  { name: 'conv/bias', shape: [3], dtype: 'float32' },
  { name: 'bn/gamma', shape: [3], dtype: 'float32' },
  { name: 'bn/beta', shape: [3], dtype: 'float32' },
  { name: 'odd/state', shape: [2], dtype: 'int32' },
  { name: 'bn/moving_mean', shape: [3], dtype: 'float32' },
  { name: 'bn/moving_variance', shape: [3], dtype: 'float32' },
] as const;

export const TOPOLOGY: JsonObject = {
  class_name: 'Sequential',
  config: { name: 'small', layers: LAYERS },
  keras_version: 'tfjs-layers 4.22.0',
  backend: 'tensor_flow.js',
};

/** The weights' values: they count up from 1, but for two whole numbers. */
export function data(): Uint8Array {
  const bytes = bytesOf(count(71)).slice();
  new Int32Array(bytes.buffer, 63 * 4, 2).set([-7, 9]);
  return bytes;
}

/** The small model's document. */
export function model(change: JsonObject = {}, weights: readonly Json[] = WEIGHTS): JsonObject {
  return { modelTopology: TOPOLOGY, weightsManifest: [{ paths: ['a.bin'], weights }], ...change };
}

/** One weight of a layer nobody knows, so that its size is its own business. */
export function single(weight: JsonObject, paths: readonly string[] = ['a.bin']): JsonObject {
  const layers = [{ class_name: 'Mystery', config: { name: 'odd', batch_input_shape: [null, 4] } }];
  return {
    modelTopology: { class_name: 'Sequential', config: { name: 'm', layers } },
    weightsManifest: [{ paths, weights: [weight] }],
  };
}
