import { describe, expect, it } from 'vitest';
import { convertToAcnet } from '../../../src/core/acnet/convert';
import { fuseAcnet } from '../../../src/core/acnet/fuse';
import { chooseSites, findSites } from '../../../src/core/acnet/sites';
import type { Checkpoint } from '../../../src/core/checkpoint';
import { makeGraph } from '../../../src/core/graph/build';
import { isObject, type Json, type JsonObject } from '../../../src/core/encodings/json';
import { legacyModel, opened, saved, written, type Weights } from './support';

const conv = (name: string, more: JsonObject = {}): JsonObject => ({
  class_name: 'Conv2D',
  config: { name, filters: 2, kernel_size: [3, 3], padding: 'same', use_bias: false, ...more },
});
const norm = (name: string, more: JsonObject = {}): JsonObject => ({
  class_name: 'BatchNormalization',
  config: { name, axis: -1, ...more },
});
const KERNEL = [3, 3, 2, 2];

/** A functional model of one input with a chain inside, called as often as there are settings. */
function around(inner: JsonObject, calls: readonly JsonObject[] = [{}]): JsonObject {
  const input = {
    name: 'in',
    class_name: 'InputLayer',
    config: { name: 'in', batch_input_shape: [null, 8, 8, 2] },
    inbound_nodes: [],
  };
  // Keras 2 counts the call that a model was made with as the first.
  const nodes = calls.map((settings, i) => [i === 0 ? ['in', 0, 0, settings] : ['inner', i, 0, settings]]);
  const layers = [input, { ...inner, name: 'inner', inbound_nodes: nodes }];
  const ends = { input_layers: [['in', 0, 0]], output_layers: [['inner', calls.length, 0]] };
  return { class_name: 'Model', config: { name: 'outer', layers, ...ends } };
}

const chain = (...layers: readonly JsonObject[]): JsonObject => ({
  class_name: 'Sequential',
  config: { name: 'inner', layers },
});

async function read(model: JsonObject, weights: Weights): Promise<Checkpoint> {
  return opened(await legacyModel(model, { inner: weights }));
}

function operators({ graph }: Checkpoint): string[] {
  return (graph?.nodes ?? []).map(({ op, name }) => `${op} ${name}`);
}

function first({ tensors }: Checkpoint, name: string): number | undefined {
  return tensors.get(name)?.readFloat32()[0];
}

const NORM: Weights = { 'bn/gamma': [2], 'bn/beta': [2], 'bn/moving_mean': [2], 'bn/moving_variance': [2] };

describe('a model inside a model', () => {
  it('is read layer by layer, under its name, between nodes that pass its input and output', async () => {
    const checkpoint = await read(around(chain(conv('c'), norm('bn'))), { 'c/kernel': KERNEL, ...NORM });
    expect(operators(checkpoint)).toEqual([
      'input in',
      'identity inner:enter',
      'conv2d inner/c',
      'batchNorm inner/bn',
      'identity inner',
    ]);
    expect([...checkpoint.tensors.keys()]).toContain('inner/bn/moving_variance');
    const [site] = findSites(checkpoint);
    expect([site.name, site.batchNorm, site.eligible]).toEqual(['inner/c', 'absorbed', true]);
  });

  it('of Keras 1 and early Keras 2 is a bare list of layers, with weights in their order', async () => {
    const old = {
      class_name: 'Convolution2D',
      config: { name: 'c', nb_filter: 2, nb_row: 3, nb_col: 3, border_mode: 'same', dim_ordering: 'tf' },
    };
    const inner = { class_name: 'Sequential', config: [old, norm('bn')] };
    const weights = {
      c_W: KERNEL,
      c_b: [2],
      bn_gamma: [2],
      bn_beta: [2],
      bn_running_mean: [2],
      bn_running_std: [2],
    };
    const checkpoint = await read(around(inner), weights);
    expect(checkpoint.tensors.get('inner/c/kernel')?.shape).toEqual(KERNEL);
    expect(findSites(checkpoint).map(({ name }) => name)).toEqual(['inner/c']);
    expect(checkpoint.graph?.nodes.some(({ op }) => op === 'opaque')).toBe(false);
  });

  it('has its trained weights before the others, where names do not tell whose they are', async () => {
    // A name with a number after it, as TensorFlow 1 gave them to a model that was loaded before.
    const weights = {
      'x_1/kernel': KERNEL,
      'y_1/gamma': [2],
      'y_1/beta': [2],
      'z_1/kernel': [3, 3, 2, 2],
      'y_1/moving_mean': [2],
      'y_1/moving_variance': [2],
    };
    const checkpoint = await read(around(chain(conv('c'), norm('bn'), conv('d'))), weights);
    expect(checkpoint.tensors.get('inner/d/kernel')?.shape).toEqual(KERNEL);
    expect(first(checkpoint, 'inner/bn/moving_mean')).toBe(1);
    // A batch norm that is not trained has all of its weights at the end.
    const { 'y_1/gamma': gamma, 'y_1/beta': beta, ...others } = weights;
    const frozen = { 'x_1/kernel': KERNEL, 'z_1/kernel': KERNEL, 'y_1/gamma': gamma, 'y_1/beta': beta };
    const model = around(chain(conv('c'), norm('bn', { trainable: false }), conv('d')));
    const again = await read(model, { ...frozen, ...others });
    expect(operators(again)).toEqual(operators(checkpoint));
    const opaque = await read(around(chain(conv('c'), norm('bn'), conv('d'))), { ...frozen, ...others });
    expect(operators(opaque)).toEqual(['input in', 'opaque inner']);
  });

  it('stays one node where its call says more than a tensor', async () => {
    const inner = chain(conv('c'));
    const weights = { 'c/kernel': KERNEL };
    const of = async (settings: JsonObject) => operators(await read(around(inner, [settings]), weights));
    expect(await of({ training: false })).toContain('conv2d inner/c');
    expect(await of({ mask: null })).toContain('conv2d inner/c');
    expect(await of({ training: true })).toEqual(['input in', 'opaque inner']);
    expect(await of({ scale: 2 })).toEqual(['input in', 'opaque inner']);
  });

  it("stays one node where it is of somebody's own class, or lacks weights", async () => {
    const own = { ...chain(conv('c')), class_name: 'MyPackage>MyModel' };
    const weights = { 'c/kernel': KERNEL };
    expect(operators(await read(around(own), weights))).toEqual(['input in', 'opaque inner']);
    expect(operators(await read(around(chain(conv('c'), norm('bn'))), weights))).toEqual([
      'input in',
      'opaque inner',
    ]);
  });

  it('of Keras 2 is counted from its second call', async () => {
    const model = around(chain(conv('c'), norm('bn')), [{}, {}]);
    const config = model.config as JsonObject;
    const ends = [
      ['inner', 2, 0],
      ['inner', 1, 0],
    ];
    const both = { ...model, config: { ...config, output_layers: ends } };
    const checkpoint = await read(both, { 'c/kernel': KERNEL, ...NORM });
    expect(checkpoint.graph?.outputs).toEqual(['inner:1', 'inner']);
    const again = await opened(await written(checkpoint));
    expect(operators(again)).toEqual(operators(checkpoint));
    expect(again.graph?.outputs).toEqual(checkpoint.graph?.outputs);
    expect((await saved(again)).config.output_layers).toEqual(ends);
  });

  it('called twice is one site of two calls', async () => {
    const model = around(chain(conv('c'), norm('bn')), [{}, {}]);
    const checkpoint = await read(model, { 'c/kernel': KERNEL, ...NORM });
    const sites = findSites(checkpoint);
    expect(sites.map(({ name, calls, batchNorm }) => [name, calls.length, batchNorm])).toEqual([
      ['inner/c', 2, 'absorbed'],
    ]);
  });

  it('is a chain again after fusing, with the arrays it had', async () => {
    const model = around(chain(conv('c'), norm('bn')), [{}, {}]);
    const checkpoint = await read(model, { 'c/kernel': KERNEL, ...NORM });
    const { chosen } = chooseSites(findSites(checkpoint));
    const options = { variant: 'skeleton', branches: 'zero', seed: 1 } as const;
    const blocks = await opened(
      await written(convertToAcnet(checkpoint, { sites: chosen, ...options }).checkpoint),
    );
    expect(await innerClass(blocks)).toBe('Functional');
    expect(findSites(blocks).map(({ name, kind }) => [name, kind])).toEqual([['inner/c', 'acb']]);
    const fused = await opened(await written(fuseAcnet(blocks, { fold: false }).checkpoint));
    expect(await innerClass(fused)).toBe('Sequential');
    expect(operators(fused)).toEqual(operators(checkpoint));
    expect([...fused.tensors.keys()].sort()).toEqual([...checkpoint.tensors.keys()].sort());
  });

  it('may not be changed in one of its calls alone', async () => {
    const model = around(chain(conv('c'), norm('bn')), [{}, {}]);
    const checkpoint = await read(model, { 'c/kernel': KERNEL, ...NORM });
    const { graph, tensors } = checkpoint;
    if (!graph) throw new Error('no network');
    const bypassed = graph.nodes
      .filter(({ name }) => name !== 'inner/bn')
      .map((node) => ({
        ...node,
        inputs: node.inputs.map((value) => (value === 'inner/bn' ? 'inner/c' : value)),
      }));
    const changed = { ...checkpoint, graph: makeGraph({ nodes: bypassed, outputs: graph.outputs }, tensors) };
    await expect(written(changed)).rejects.toThrow(/changed in one of them.*inner/);
    await expect(written(checkpoint)).resolves.toBeDefined();
  });
});

async function innerClass(checkpoint: Checkpoint): Promise<Json | undefined> {
  const { layers } = await saved(checkpoint);
  return layers.find(({ config }) => isObject(config) && config.name === 'inner')?.class_name;
}

describe('a layer of one 1 × 3 kernel per channel that is not trainable', () => {
  const layer = conv('c', { kernel_size: [1, 3], groups: 2, trainable: false });
  const frozen = async (values: readonly number[]): Promise<boolean> => {
    const bytes = await legacyModel(around(chain(layer)), {}, (writer) => {
      writer.texts('model_weights/inner', 'weight_names', ['c/kernel:0']);
      writer.dataset('model_weights/inner/c/kernel:0', [1, 3, 1, 2], Float32Array.from(values));
    });
    const { graph } = await opened(bytes);
    return graph?.nodes.find(({ op }) => op === 'conv2d')?.frozen === 'fixed';
  };

  it('is fixed if it picks one position of every channel, and a branch otherwise', async () => {
    expect(await frozen([0, 0, 1, 1, 0, 0])).toBe(true);
    expect(await frozen([0, 0, 1, 0.5, 0, 0])).toBe(false);
    expect(await frozen([0, 1, 1, 0, 0, 0])).toBe(false);
    expect(await frozen([0, 0, 0, 0, 0, 0])).toBe(false);
  });
});
