import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as layers from '@tensorflow/tfjs-layers';
import { afterAll, describe, expect, it } from 'vitest';
import { convertFile } from '../../src/operations/convert/convert';
import { fuseFile } from '../../src/operations/fuse';
import { inspectFile } from '../../src/operations/inspect';
import { quiet } from '../support/quiet';
import { difference, loadModel, randomise, saveModel } from './tfjs/layers';
import { upscalerModel } from './published/files';

const root = mkdtempSync(join(tmpdir(), 'acnet-tfjs-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folders = 0;
function fresh(): string {
  folders += 1;
  const folder = join(root, String(folders));
  mkdirSync(folder);
  return folder;
}

type Size = readonly [number | null, number | null, number];

function sequential(size: Size, strides: number, padding: 'same' | 'valid'): layers.LayersModel {
  const { conv2d, batchNormalization, activation, flatten, dense, globalAveragePooling2d } = layers.layers;
  const model = layers.sequential({ name: 'chain' });
  model.add(
    conv2d({ inputShape: [...size], filters: 6, kernelSize: 3, strides, padding, useBias: false, name: 'a' }),
  );
  model.add(batchNormalization({ name: 'a_bn' }));
  model.add(activation({ activation: 'relu', name: 'a_relu' }));
  model.add(conv2d({ filters: 5, kernelSize: 5, padding, activation: 'relu', name: 'b' }));
  model.add(size[0] === null ? globalAveragePooling2d({ name: 'pool' }) : flatten({ name: 'flat' }));
  model.add(dense({ units: 4, activation: 'softmax', name: 'out' }));
  return model;
}

/** Two ways that meet, layers this product does not run, an activation inside, a scale and centre left out. */
function functional(): layers.LayersModel {
  const { conv2d, batchNormalization, depthwiseConv2d, add, concatenate, leakyReLU } = layers.layers;
  const input = layers.input({ shape: [13, 11, 3], name: 'image' });
  const apply = (layer: layers.layers.Layer, x: layers.SymbolicTensor | layers.SymbolicTensor[]) =>
    layer.apply(x) as layers.SymbolicTensor;
  const c = apply(conv2d({ filters: 6, kernelSize: [3, 3], padding: 'same', name: 'c' }), input);
  const n = apply(batchNormalization({ scale: false, epsilon: 0.01, name: 'c_bn' }), c);
  const d = apply(
    depthwiseConv2d({ kernelSize: 3, padding: 'same', name: 'dw' }),
    apply(leakyReLU({ name: 'lr' }), n),
  );
  const e = apply(conv2d({ filters: 6, kernelSize: 3, padding: 'same', activation: 'elu', name: 'e' }), d);
  const s = apply(add({ name: 'sum' }), [n, e]);
  const both = apply(concatenate({ name: 'both' }), [s, d]);
  const out = apply(conv2d({ filters: 2, kernelSize: 3, strides: 2, padding: 'same', name: 'out' }), both);
  return layers.model({ inputs: input, outputs: [out, s], name: 'ways' });
}

/** Models among the layers: a chain that is called twice, in a functional model, in a chain. */
function nested(): layers.LayersModel {
  const { conv2d, batchNormalization, add, flatten, dense } = layers.layers;
  const cell = layers.sequential({ name: 'cell' });
  const settings = { filters: 3, kernelSize: 3, padding: 'same', useBias: false } as const;
  cell.add(conv2d({ ...settings, inputShape: [10, 9, 3], name: 'cell_conv' }));
  cell.add(batchNormalization({ name: 'cell_bn' }));
  const input = layers.input({ shape: [10, 9, 3], name: 'image' });
  const once = cell.apply(input) as layers.SymbolicTensor;
  const twice = cell.apply(once) as layers.SymbolicTensor;
  const sum = add({ name: 'both' }).apply([once, twice]) as layers.SymbolicTensor;
  const base = layers.model({ inputs: input, outputs: sum, name: 'base' });
  const model = layers.sequential({ name: 'whole' });
  model.add(base);
  model.add(conv2d({ filters: 4, kernelSize: 3, activation: 'relu', name: 'last' }));
  model.add(flatten({ name: 'flat' }));
  model.add(dense({ units: 3, name: 'out' }));
  return model;
}

const MODELS: ReadonlyArray<[string, () => layers.LayersModel, readonly number[]]> = [
  ['a chain', () => sequential([12, 12, 3], 1, 'same'), [12, 12, 3]],
  ['a chain of stride 2, valid', () => sequential([15, 14, 3], 2, 'valid'), [15, 14, 3]],
  ['a chain of stride 2, same', () => sequential([12, 13, 3], 2, 'same'), [12, 13, 3]],
  ['a chain of unknown size', () => sequential([null, null, 3], 1, 'same'), [14, 10, 3]],
  ['a chain of unknown size, valid', () => sequential([null, null, 3], 1, 'valid'), [14, 12, 3]],
  ['a chain of unknown size, stride 2, valid', () => sequential([null, null, 3], 2, 'valid'), [15, 16, 3]],
  ['a network of two ways', functional, [13, 11, 3]],
  ['models inside a model', nested, [10, 9, 3]],
];

describe('a layers model that TensorFlow.js saved', () => {
  it.each(MODELS)('%s, is converted and fused to the same function', async (_name, make, size) => {
    const [before, folder] = [fresh(), fresh()];
    const original = make();
    randomise(original);
    const source = join(before, 'model.json');
    await saveModel(original, source, 1000);
    expect((await inspectFile(source)).parameters).toBe(original.countParams());
    const [acnet, fused, folded] = ['acnet', 'fused', 'folded'].map((name) => join(folder, `${name}.json`));
    const options = { variant: 'skeleton', branches: 'zero' } as const;
    const { converted } = await convertFile(source, acnet, options, quiet);
    expect(converted.length).toBeGreaterThanOrEqual(2);
    await fuseFile(acnet, fused, { fold: false }, quiet);
    await fuseFile(acnet, folded, { fold: true }, quiet);
    const models = await Promise.all([acnet, fused, folded].map(loadModel));
    expect(models[0].countParams()).toBeGreaterThan(original.countParams());
    for (const model of models) expect(difference(original, model, size)).toBeLessThanOrEqual(1e-5);
  });

  it.each(MODELS)(
    '%s, with branches that do something, is fused to what it was',
    async (_name, make, size) => {
      const [before, folder] = [fresh(), fresh()];
      const original = make();
      randomise(original);
      await saveModel(original, join(before, 'model.json'));
      const [acnet, fused] = ['acnet', 'fused'].map((name) => join(folder, `${name}.json`));
      const options = { variant: 'skeleton', start: 'scratch' } as const;
      await convertFile(join(before, 'model.json'), acnet, options, quiet);
      const blocks = await loadModel(acnet);
      randomise(blocks);
      expect(difference(original, blocks, size)).toBeGreaterThan(1e-3);
      mkdirSync(join(folder, 'again'));
      const again = join(folder, 'again', 'model.json');
      await saveModel(blocks, again);
      await fuseFile(again, fused, { fold: true }, quiet);
      expect(difference(blocks, await loadModel(fused), size)).toBeLessThanOrEqual(1e-5);
    },
  );

  it('keeps its training settings and what the user wrote, and drops the optimiser with a word', async () => {
    const [before, folder] = [fresh(), fresh()];
    const model = sequential([12, 12, 3], 1, 'same');
    model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' });
    model.setUserDefinedMetadata({ labels: ['a', 'b'] });
    const source = join(before, 'model.json');
    await saveModel(model, source, undefined, true);
    const options = { variant: 'skeleton', branches: 'zero' } as const;
    await convertFile(source, join(folder, 'a.json'), options, quiet);
    await fuseFile(join(folder, 'a.json'), join(folder, 'b.json'), { fold: false }, quiet);
    const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    for (const name of ['a.json', 'b.json']) {
      expect(read(join(folder, name)).trainingConfig).toEqual(read(source).trainingConfig);
      expect((await loadModel(join(folder, name))).getUserDefinedMetadata()).toEqual({ labels: ['a', 'b'] });
    }
    expect((await loadModel(join(folder, 'b.json'))).getClassName()).toBe('Sequential');
  });
});

describe('the default model of UpscalerJS', () => {
  it('is inspected, converted and fused as TensorFlow.js has it', async () => {
    const [source, folder] = [upscalerModel(), fresh()];
    const original = await loadModel(source);
    const result = await inspectFile(source);
    expect(result.parameters).toBe(original.countParams());
    expect(result.tensors).toBe(original.weights.length);
    expect(result.sites.length).toBe(
      original.layers.filter((layer) => layer.getClassName() === 'Conv2D').length,
    );
    const [acnet, fused] = ['acnet', 'fused'].map((name) => join(folder, `${name}.json`));
    const options = { variant: 'skeleton', branches: 'zero' } as const;
    const { converted } = await convertFile(source, acnet, options, quiet);
    expect(converted.length).toBeGreaterThanOrEqual(6);
    await fuseFile(acnet, fused, { fold: true }, quiet);
    for (const file of [acnet, fused]) {
      expect(difference(original, await loadModel(file), [16, 12, 3])).toBeLessThanOrEqual(1e-5);
    }
  });
});

describe('the form of Keras 3', () => {
  it('is written as TensorFlow.js can read it', async () => {
    const [before, folder] = [fresh(), fresh()];
    const original = functional();
    randomise(original);
    const source = join(before, 'model.json');
    await saveModel(original, source);
    toKeras3(source);
    await expect(loadModel(source)).rejects.toThrow();
    const options = { variant: 'skeleton', branches: 'zero' } as const;
    await convertFile(source, join(folder, 'a.json'), options, quiet);
    expect(difference(original, await loadModel(join(folder, 'a.json')), [13, 11, 3])).toBeLessThanOrEqual(
      1e-5,
    );
  });
});

interface Layer {
  class_name: string;
  config: Record<string, unknown>;
  inbound_nodes: unknown;
}

/** Rewrites a functional model's calls and inputs as Keras 3 has them. */
function toKeras3(file: string): void {
  const document = JSON.parse(readFileSync(file, 'utf8')) as {
    modelTopology: { config: { layers: Layer[] } };
  };
  for (const layer of document.modelTopology.config.layers) {
    const { batch_input_shape: shape, ...config } = layer.config;
    layer.config = layer.class_name === 'InputLayer' ? { ...config, batch_shape: shape } : config;
    layer.inbound_nodes = (layer.inbound_nodes as [string, number, number, object][][]).map((call) => {
      const tensors = call.map(([name, node, tensor]) => ({
        class_name: '__keras_tensor__',
        config: { shape: [null], dtype: 'float32', keras_history: [name, node, tensor] },
      }));
      return { args: tensors.length === 1 ? tensors : [tensors], kwargs: {} };
    });
  }
  writeFileSync(file, JSON.stringify(document));
}
