import type { Checkpoint } from '../../../src/core/checkpoint';
import { Hdf5File } from '../../../src/core/encodings/hdf5/file';
import { buildHdf5, type Hdf5Writer } from '../../../src/core/encodings/hdf5/writer';
import { kerasCheckpoint } from '../../../src/core/formats/keras/write/create';
import { openCheckpoint, writeCheckpoint } from '../../../src/core/formats/registry';
import { memorySource } from '../../../src/core/encodings/region';
import { isArray, isObject, parseJson, type JsonObject } from '../../../src/core/encodings/json';
import { NetworkBuilder } from '../../support/networks';

/** A model that was read from no file: one convolution, batch norm, ReLU, pooling, dense, softmax. */
export function smallModel(): Checkpoint {
  const b = new NetworkBuilder(3);
  const x = b.relu(b.batchNorm(b.conv(b.input([8, 8, 3]), 4, [3, 3])));
  const pooled = b.apply('globalAveragePool', x, { keepDims: false });
  const { graph, tensors } = b.finish(b.apply('softmax', b.dense(pooled, 5), {}));
  return kerasCheckpoint(graph, tensors, { path: 'small.keras', name: 'small' });
}

/** The bytes of a checkpoint. */
export async function written(checkpoint: Checkpoint): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  await writeCheckpoint(checkpoint, { path: checkpoint.path, write: (bytes) => parts.push(bytes.slice()) });
  return Uint8Array.from(Buffer.concat(parts));
}

/** A legacy HDF5 model as it is written: its layers, the model's configuration, and a layer's arrays. */
export async function saved(checkpoint: Checkpoint): Promise<{
  readonly config: JsonObject;
  readonly layers: readonly JsonObject[];
  readonly arrays: (layer: string) => [name: string, shape: readonly number[]][];
}> {
  const file = await Hdf5File.open(memorySource('saved.h5', await written(checkpoint)));
  const model = parseJson(String(file.attributesOf('').model_config), {});
  const config = isObject(model) && isObject(model.config) ? model.config : {};
  const layers = isArray(config.layers) ? config.layers.filter(isObject) : [];
  const datasets = [...file.datasets].map(([path, { shape }]) => ({ path, shape }));
  file.close();
  return {
    config,
    layers,
    arrays: (layer) =>
      datasets
        .filter(({ path }) => path.startsWith(`model_weights/${layer}/`))
        .map(({ path, shape }) => [path, shape]),
  };
}

/** A checkpoint opened from bytes. */
export function opened(bytes: Uint8Array, path = 'model'): Promise<Checkpoint> {
  return openCheckpoint(memorySource(path, bytes));
}

/** One layer's weights: name to shape. */
export type Weights = Readonly<Record<string, readonly number[]>>;

/** A legacy HDF5 model as Keras 2 writes it; values count up from 1. */
export function legacyModel(
  model: JsonObject,
  weights: Readonly<Record<string, Weights>>,
  more: (writer: Hdf5Writer) => void = () => undefined,
): Promise<Uint8Array> {
  return buildHdf5('legacy.h5', (writer) => {
    writer.text('', 'model_config', JSON.stringify(model));
    writer.text('', 'keras_version', '2.15.0');
    writer.text('', 'backend', 'tensorflow');
    writer.texts('model_weights', 'layer_names', Object.keys(weights));
    for (const [layer, shapes] of Object.entries(weights)) {
      const names = Object.keys(shapes).map((name) => `${layer}/${name}:0`);
      writer.texts(`model_weights/${layer}`, 'weight_names', names);
      Object.values(shapes).forEach((shape, i) => {
        const size = shape.reduce((a, c) => a * c, 1);
        const values = Float32Array.from({ length: size }, (_, n) => n + 1);
        writer.dataset(`model_weights/${layer}/${names[i]}`, shape, values);
      });
    }
    more(writer);
  });
}
