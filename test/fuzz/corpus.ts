import { convertToAcnet } from '../../src/core/acnet/convert';
import { findSites } from '../../src/core/acnet/sites';
import type { Checkpoint } from '../../src/core/checkpoint';
import { buildHdf5 } from '../../src/core/encodings/hdf5/writer';
import { exportCheckpoint } from '../../src/core/formats/export';
import { kerasCheckpoint } from '../../src/core/formats/keras/write/create';
import type { JsonObject } from '../../src/core/encodings/json';
import { sizeOf } from '../../src/core/tensor/tensor';
import { dictPickle, tensorPickle } from '../support/pickles';
import { bytesOf, safetensorsOf, torchLegacy, torchZip } from '../support/torch-files';
import { NetworkBuilder } from '../support/networks';
import { written, type Seed } from './case';

/**
 * The checkpoints that are mutated (for data see `data-corpus.ts`): one of every format at least, with few weights, so that most of their bytes mean
 * something. A new format adds its own here.
 */
export async function buildCorpus(): Promise<Seed[]> {
  const plain = smallModel();
  const acnet = converted(plain);
  return [
    { name: 'keras', structure: 'zip', ...(await written(plain, 'plain.keras')) },
    { name: 'keras, ACNet', structure: 'zip', ...(await written(acnet, 'acnet.keras')) },
    { name: 'keras-h5', structure: 'hdf5', ...(await legacyModel('oldest')) },
    { name: 'keras-h5, newer', structure: 'hdf5', ...(await legacyModel('default')) },
    { name: 'keras-h5, weights alone', structure: 'hdf5', ...(await legacyWeights()) },
    { name: 'tfjs-layers', structure: 'json', ...layersModel() },
    { name: 'onnx', structure: 'protobuf', ...(await onnxModel(plain)) },
    { name: 'onnx, ACNet', structure: 'protobuf', ...(await onnxModel(acnet)) },
    { name: 'pytorch', structure: 'zip', ...oneFile('net.pth', torchZip(stateDict(), STORAGES)) },
    {
      name: 'pytorch, legacy',
      structure: 'pickle',
      ...oneFile('old.pth', torchLegacy(stateDict(), STORAGES)),
    },
    { name: 'safetensors', structure: 'safetensors', ...oneFile('net.safetensors', safetensors()) },
  ];
}

function smallModel(): Checkpoint {
  const b = new NetworkBuilder(3);
  let x = b.relu(b.batchNorm(b.conv(b.input([8, 8, 3]), 4, [3, 3])));
  x = b.relu(b.conv(x, 2, [3, 3], { strides: [2, 2], bias: true }));
  const pooled = b.apply('globalAveragePool', x, { keepDims: false });
  const { graph, tensors } = b.finish(b.apply('softmax', b.dense(pooled, 3), {}));
  return kerasCheckpoint(graph, tensors, { path: 'small.keras', name: 'small' });
}

function converted(checkpoint: Checkpoint): Checkpoint {
  const sites = findSites(checkpoint).filter(({ selected }) => selected);
  return convertToAcnet(checkpoint, { sites, variant: 'skeleton', branches: 'zero', seed: 1 }).checkpoint;
}

/** Weights of each layer by their names, row-major shapes. */
const WEIGHTS: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>> = {
  conv: { kernel: [3, 3, 2, 3], bias: [3] },
  bn: { gamma: [3], beta: [3], moving_mean: [3], moving_variance: [3] },
  depthwise: { depthwise_kernel: [3, 3, 3, 1] },
  dense: { kernel: [3, 2], bias: [2] },
};

const LAYERS: readonly JsonObject[] = [
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
  { class_name: 'BatchNormalization', config: { name: 'bn', axis: [3], momentum: 0.99, epsilon: 0.001 } },
  { class_name: 'DepthwiseConv2D', config: { name: 'depthwise', kernel_size: [3, 3], use_bias: false } },
  { class_name: 'GlobalAveragePooling2D', config: { name: 'pool' } },
  { class_name: 'Dense', config: { name: 'dense', units: 2, activation: 'softmax' } },
];

const MODEL: JsonObject = { class_name: 'Sequential', config: { name: 'small', layers: LAYERS } };

/** Headers of the oldest form bear no checksums, so that changes of them reach the library. */
async function legacyModel(form: 'oldest' | 'default') {
  const bytes = await buildHdf5(
    'legacy.h5',
    (writer) => {
      writer.text('', 'model_config', JSON.stringify(MODEL));
      writer.text('', 'keras_version', '2.15.0');
      writer.text('', 'backend', 'tensorflow');
      writer.texts('model_weights', 'layer_names', Object.keys(WEIGHTS));
      for (const [layer, shapes] of Object.entries(WEIGHTS)) {
        const names = Object.keys(shapes).map((name) => `${layer}/${name}:0`);
        writer.texts(`model_weights/${layer}`, 'weight_names', names);
        Object.values(shapes).forEach((shape, i) => {
          writer.dataset(`model_weights/${layer}/${names[i]}`, shape, values(shape));
        });
      }
    },
    form,
  );
  return { main: 'legacy.h5', files: new Map([['legacy.h5', bytes]]) };
}

async function legacyWeights() {
  const bytes = await buildHdf5(
    'model.weights.h5',
    (writer) => {
      for (const [layer, shapes] of Object.entries(WEIGHTS)) {
        Object.values(shapes).forEach((shape, i) => {
          writer.dataset(`layers/${layer}/vars/${i}`, shape, values(shape));
        });
      }
    },
    'oldest',
  );
  return { main: 'model.weights.h5', files: new Map([['model.weights.h5', bytes]]) };
}

function layersModel() {
  const weights = Object.entries(WEIGHTS).flatMap(([layer, shapes]) =>
    Object.entries(shapes).map(([name, shape]) => ({ name: `${layer}/${name}`, shape, dtype: 'float32' })),
  );
  const shard = new Uint8Array(Float32Array.from(weights.flatMap(({ shape }) => [...values(shape)])).buffer);
  const document = {
    format: 'layers-model',
    modelTopology: { ...MODEL, keras_version: 'tfjs-layers 4.22.0', backend: 'tensor_flow.js' },
    weightsManifest: [{ paths: ['a.bin', 'b.bin'], weights }],
  };
  const files = new Map([
    ['model.json', new TextEncoder().encode(JSON.stringify(document))],
    ['a.bin', shard.slice(0, 128)],
    ['b.bin', shard.slice(128)],
  ]);
  return { main: 'model.json', files };
}

/** Values that count up from 1, so that variances are positive. */
function values(shape: readonly number[]): Float32Array {
  return Float32Array.from({ length: sizeOf(shape) }, (_, i) => i + 1);
}

const oneFile = (main: string, bytes: Uint8Array) => ({ main, files: new Map([[main, bytes]]) });

async function onnxModel(checkpoint: Checkpoint) {
  return written(exportCheckpoint(checkpoint, { format: 'onnx', name: 'small' }), 'small.onnx');
}

/** A convolution with its batch norm and a classifier, as PyTorch names and orders them. */
const STATE: Readonly<Record<string, readonly number[]>> = {
  'conv1.weight': [4, 2, 3, 3],
  'bn1.weight': [4],
  'bn1.bias': [4],
  'bn1.running_mean': [4],
  'bn1.running_var': [4],
  'fc.weight': [3, 4],
  'fc.bias': [3],
};
const STORAGES = Object.fromEntries(Object.values(STATE).map((shape, i) => [String(i), values(shape)]));

function stateDict(): Uint8Array {
  const tensors = Object.entries(STATE).map(([name, shape], i) => {
    return [name, tensorPickle(String(i), { shape, count: sizeOf(shape) })] as const;
  });
  return dictPickle(Object.fromEntries(tensors));
}

function safetensors(): Uint8Array {
  let end = 0;
  const entries = Object.entries(STATE).map(([name, shape]) => {
    const start = end;
    end += 4 * sizeOf(shape);
    return [name, { dtype: 'F32', shape, data_offsets: [start, end] }] as const;
  });
  const data = Float32Array.from(Object.values(STATE).flatMap((shape) => [...values(shape)]));
  return safetensorsOf(Object.fromEntries(entries), bytesOf(data));
}
