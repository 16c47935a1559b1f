import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { layersFaults } from '../../../src/core/formats/keras/check';
import { onnxFaults } from '../../../src/core/formats/onnx/check';
import { memorySource } from '../../../src/core/encodings/region';
import { LIMITS, readEntry } from '../../../src/core/encodings/zip/entry';
import { readDirectory } from '../../../src/core/encodings/zip/directory';
import { ZipWriter } from '../../../src/core/encodings/zip/writer';
import type { Checkpoint } from '../../../src/core/checkpoint';
import { kerasCheckpoint } from '../../../src/core/formats/keras/write/create';
import { FORMATS, openCheckpoint, writeCheckpoint } from '../../../src/core/formats/registry';
import { dictFaults } from '../../../src/core/formats/state-dict/check';
import { isObject, type Json } from '../../../src/core/encodings/json';
import { tensorOf } from '../../../src/core/tensor/tensor';
import { writeAtomically } from '../../../src/files/atomic';
import { temporaryFolder } from '../../support/folders';
import { NetworkBuilder as EngineNetwork } from '../../support/networks';
import { NetworkBuilder } from '../../support/reference-networks';
import { legacyModel, saved, written } from './support';
import { floats, onnxModel, type TestGraph, type TestNode, type TestTensor } from './onnx-support';

const FLOAT16 = 10;
const vector = (name: string, length: number): TestTensor => ({
  name,
  dims: [length],
  raw: floats(...new Array<number>(length).fill(1)),
});
const half: TestTensor = { name: 'half', dims: [2, 3, 1, 1], type: FLOAT16, raw: new Uint8Array(12) };
const norm = (length: number): TestTensor[] => ['g', 'b', 'm', 'v'].map((name) => vector(name, length));

/** A convolution in half precision behind a Cast, then one in single precision and its batch norm. */
function graphOf(
  change: Partial<Record<'half' | 'conv' | 'norm', Partial<TestNode>>> = {},
  length = 2,
): TestGraph {
  return {
    inputs: [['x', [1, 3, 4, 4]]],
    tensors: [half, { name: 'w', dims: [2, 3, 1, 1], raw: floats(1, 2, 3, 4, 5, 6) }, ...norm(length)],
    nodes: [
      { op: 'Cast', inputs: ['x'], outputs: ['x16'], int: { to: FLOAT16 } },
      { op: 'Conv', inputs: ['x16', 'half'], outputs: ['h'], ...change.half },
      { op: 'Conv', inputs: ['x', 'w'], outputs: ['c'], ints: { kernel_shape: [1, 1] }, ...change.conv },
      { op: 'BatchNormalization', inputs: ['c', 'g', 'b', 'm', 'v'], outputs: ['y'], ...change.norm },
    ],
    outputs: ['y'],
  };
}

const faultsOf = (graph: TestGraph): string[] => onnxFaults(memorySource('a.onnx', onnxModel(graph)));

describe('a model as it was written to ONNX', () => {
  it('holds together', () => {
    expect(faultsOf(graphOf())).toEqual([]);
  });

  it.each([
    [
      'a branch that reads what lies before the Cast',
      graphOf({ half: { inputs: ['x', 'half'] } }),
      /Conv reads types 1 and 10/,
    ],
    [
      'a branch that reads what nobody makes',
      graphOf({ conv: { inputs: ['lost', 'w'] } }),
      /reads lost, which nothing/,
    ],
    [
      'weights of another window',
      graphOf({ conv: { ints: { kernel_shape: [3, 3] } } }),
      /weights of 1 × 1, a kernel_shape of 3 × 3/,
    ],
    ['weights for other channels', graphOf({ conv: { int: { group: 2 } } }), /for 6 channels, an input of 3/],
    ['a batch norm of other channels', graphOf({}, 3), /a batch norm of lengths 3, 2/],
    ['a value that is made twice', graphOf({ norm: { outputs: ['c'] } }), /makes c again/],
  ])('%s is found', (_, graph, fault) => {
    expect(faultsOf(graph).join('; ')).toMatch(fault);
  });
});

describe('a configuration of layers as it was written', () => {
  const call = (layer: string): Json => [[[layer, 0, 0, {}]]];
  const model = (reads: string, name = 'b'): Json => ({
    config: {
      layers: [
        { name: 'a', class_name: 'InputLayer', config: {}, inbound_nodes: [] },
        {
          name,
          class_name: 'Conv2D',
          config: { kernel_size: [3, 3], filters: 4 },
          inbound_nodes: call(reads),
        },
      ],
    },
  });
  const weights =
    (...kernel: number[]) =>
    () =>
      new Map([
        ['kernel', kernel],
        ['bias', [4]],
      ]);

  it('holds together, or what does not is named', () => {
    expect(layersFaults(model('a'), weights(3, 3, 2, 4))).toEqual([]);
    expect(layersFaults(model('gone'), weights(3, 3, 2, 4))).toEqual(['b: reads gone, which is not a layer']);
    expect(layersFaults(model('a', 'a'), () => undefined)).toEqual(['a: two layers have this name']);
    expect(layersFaults(model('a'), weights(3, 1, 2, 4)).join()).toMatch(
      /a kernel of 3 × 1 × 2 × 4, expected 3 × 3 × 2 × 4/,
    );
  });
});

describe('the weights of a Keras model as they were written', () => {
  /** One convolution of a square window. */
  function network(window: number, format: 'keras' | 'keras-h5'): Checkpoint {
    const b = new EngineNetwork(3);
    const x = b.relu(b.batchNorm(b.conv(b.input([8, 8, 3]), 4, [window, window], { bias: true })));
    const { graph, tensors } = b.finish(x);
    const source = { ...kerasCheckpoint(graph, tensors, { path: 'a.keras', name: 'a' }), graph };
    const made = FORMATS.find(({ id }) => id === format)?.create?.(source, { name: 'a' });
    if (!made) throw new Error('not made');
    return made;
  }
  const faults = async (checkpoint: Checkpoint, bytes: Uint8Array): Promise<readonly string[]> =>
    (await checkpoint.writer?.check?.(memorySource('written', bytes), checkpoint)) ?? ['no check'];
  const FAULT = /conv\w*: a kernel of 5 × 5 × 3 × 4, expected 3 × 3 × 3 × 4/;

  it('fit the configuration of a .keras archive, or the layer is named', async () => {
    const [small, large] = [network(3, 'keras'), network(5, 'keras')];
    const [own, other] = [await written(small), await written(large)];
    expect(await faults(small, own)).toEqual([]);
    const entry = (bytes: Uint8Array, name: string): Uint8Array => {
      const source = memorySource('a.keras', bytes);
      const found = readDirectory(source).get(name);
      if (!found) throw new Error(name);
      return readEntry(source, found, LIMITS.inflated);
    };
    const parts: Uint8Array[] = [];
    const zip = new ZipWriter({ path: 'mixed.keras', write: (bytes) => void parts.push(bytes.slice()) });
    for (const name of ['metadata.json', 'config.json']) zip.add(name, entry(own, name));
    zip.add('model.weights.h5', entry(other, 'model.weights.h5'));
    zip.finish();
    expect((await faults(small, Buffer.concat(parts))).join()).toMatch(FAULT);
  });

  it('fit the configuration of an HDF5 file, or the layer is named', async () => {
    const [small, large] = [network(3, 'keras-h5'), network(5, 'keras-h5')];
    expect(await faults(small, await written(small))).toEqual([]);
    const { config } = await saved(small);
    const { arrays, layers } = await saved(large);
    const weights = layers.flatMap(({ config: layer }) => {
      const name = isObject(layer) && typeof layer.name === 'string' ? layer.name : '';
      const named = arrays(name).map(([path, shape]) => [path.slice(`model_weights/${name}/`.length), shape]);
      // The file lists them by name; Keras has the kernel first.
      named.reverse();
      return named.length > 0 ? [[name, Object.fromEntries(named) as Record<string, number[]>] as const] : [];
    });
    const mixed = await legacyModel({ class_name: 'Functional', config }, Object.fromEntries(weights));
    expect((await faults(small, mixed)).join()).toMatch(FAULT);
  });
});

describe('a state dict as it was written', () => {
  const b = new NetworkBuilder(1);
  const { graph } = b.build(b.conv('conv', b.input(6, 6, 2), { kernel: [3, 3], filters: 4 }));
  const dict = (...kernel: number[]) =>
    new Map(
      [
        ['conv.weight', kernel],
        ['bn.running_mean', [4]],
        ['bn.running_var', [4]],
        ['bn.weight', [4]],
      ].map(([key, shape]) => [key as string, { shape: shape as number[] }] as const),
    );

  it('holds together, or what does not is named', () => {
    expect(dictFaults(dict(4, 2, 3, 3), graph, 'oihw')).toEqual([]);
    expect(dictFaults(dict(4, 3, 3, 2), graph, 'ohwi')).toEqual([]);
    expect(dictFaults(dict(4, 2, 3, 1), graph, 'oihw')).toEqual([
      'conv: 0 kernels of 4, 3 × 3 for 1 convolutions',
    ]);
    const short = dict(4, 2, 3, 3).set('bn.weight', { shape: [3] });
    expect(dictFaults(short, graph, 'oihw')).toEqual(['bn: weight of 3, running_mean of 4']);
  });
});

describe('a file that does not hold together', () => {
  it('is not put in its place, and it is said whose mistake it is', async () => {
    const folder = temporaryFolder();
    const model = onnxModel(graphOf({ half: { inputs: ['x16', 'half'] } }));
    const checkpoint = await openCheckpoint(memorySource('a.onnx', model));
    const write = (tensors: typeof checkpoint.tensors, name: string): Promise<void> =>
      writeAtomically(join(folder, name), (sink) => writeCheckpoint({ ...checkpoint, tensors }, sink));
    await write(checkpoint.tensors, 'good.onnx');
    // As a rewriting with a mistake in it would hand it over.
    const wrong = tensorOf('w', [1, 1, 2, 2], new Float32Array(4));
    await expect(write(new Map(checkpoint.tensors).set('w', wrong), 'bad.onnx')).rejects.toThrow(
      /bad\.onnx: the file as made here does not hold together, which is a mistake of this program: nothing was written \(found Conv_c: weights for 2 channels, an input of 3\)/,
    );
    expect(readdirSync(folder)).toEqual(['good.onnx']);
    checkpoint.close();
  });
});
