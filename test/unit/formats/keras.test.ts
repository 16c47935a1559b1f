import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kerasCheckpoint } from '../../../src/core/formats/keras/write/create';
import { makeGraph } from '../../../src/core/graph/build';
import type { GraphNode } from '../../../src/core/graph/graph';
import { isArray, isObject, parseJson, type Json, type JsonObject } from '../../../src/core/encodings/json';
import { readDirectory } from '../../../src/core/encodings/zip/directory';
import { readEntry } from '../../../src/core/encodings/zip/entry';
import { memorySource } from '../../../src/core/encodings/region';
import { tensorOf } from '../../../src/core/tensor/tensor';
import { NetworkBuilder } from '../../support/networks';
import { CONV, conv, essence, nodesOf, sequential } from './legacy-layers';
import { legacyModel, opened, smallModel, written } from './support';

function config(bytes: Uint8Array, name = 'config.json'): JsonObject {
  const source = memorySource('x', bytes);
  const entry = readDirectory(source).get(name);
  if (!entry) throw new Error(`no ${name}`);
  const json = parseJson(new TextDecoder().decode(readEntry(source, entry, 1 << 24)), {});
  return isObject(json) ? json : {};
}

function at(json: Json | undefined, ...path: readonly (string | number)[]): Json | undefined {
  let value = json;
  for (const key of path) {
    if (isArray(value)) value = value[Number(key)];
    else if (isObject(value)) value = value[key];
  }
  return value;
}

describe('a model made from a graph', () => {
  it('comes back the same, with every operator there is', async () => {
    const b = new NetworkBuilder(5);
    let x = b.apply('rescaling', b.input([17, 16, 4]), { scale: [1 / 255], offset: [-1, 0, 1, 2] });
    x = b.apply('zeroPadding', x, { sides: { top: 0, bottom: 1, left: 2, right: 3 } });
    x = b.conv(x, 6, [3, 2], { strides: [2, 1], groups: 2, padding: 'valid', bias: true });
    x = b.apply('dropout', b.relu(b.batchNorm(x, { gamma: false })), { rate: 0.25 });
    const y = b.apply(
      'sigmoid',
      b.batchNorm(b.conv(x, 6, [3, 3], { dilations: [2, 2] }), { beta: false }),
      {},
    );
    x = b.apply('add', [x, y, b.apply('identity', x, {})], {});
    x = b.apply('cropping', x, { sides: { top: 1, bottom: 0, left: 0, right: 2 } });
    x = b.apply('maxPool', x, { poolSize: [2, 2], strides: [2, 1], padding: 'same' });
    x = b.apply('averagePool', x, { poolSize: [3, 2], strides: [1, 1], padding: 'valid' });
    const one = b.apply('softmax', b.dense(b.apply('flatten', x, {}, 204), 3), {});
    const two = b.dense(b.apply('globalMaxPool', x, { keepDims: false }), 2, false);
    const three = b.apply('globalAveragePool', x, { keepDims: true });
    const { graph, tensors } = b.finish(one, two, three);
    const model = kerasCheckpoint(graph, tensors, { path: 'all.keras', name: 'all' });
    const again = await opened(await written(model));
    const before = essence(model);
    const after = essence(again);
    const byName = (list: typeof before.nodes) => new Map(list?.map((node) => [node.name, node]));
    expect(byName(after.nodes)).toEqual(byName(before.nodes));
    expect({ ...after, nodes: [] }).toEqual({ ...before, nodes: [] });
    expect(again.warnings).toEqual([]);
    again.close();
  });

  it('comes back the same for chains of any length, and twice over', async () => {
    const widths = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 14 });
    await fc.assert(
      fc.asyncProperty(widths, fc.nat(1000), async (filters, seed) => {
        const b = new NetworkBuilder(seed);
        let x = b.input([null, null, 2]);
        for (const width of filters) x = b.relu(b.batchNorm(b.conv(x, width, [3, 3])));
        const { graph, tensors } = b.finish(x);
        const model = kerasCheckpoint(graph, tensors, { path: 'p.keras', name: 'p' });
        const once = await opened(await written(model));
        const twice = await opened(await written(once));
        expect(essence(once)).toEqual(essence(model));
        expect(essence(twice)).toEqual(essence(model));
        once.close();
        twice.close();
      }),
      { numRuns: 6 },
    );
  });

  it('is refused where Keras has no words for it', async () => {
    const b = new NetworkBuilder(1);
    const sides = { top: 1, bottom: 1, left: 1, right: 1 };
    const { graph, tensors } = b.finish(b.conv(b.input([8, 8, 1]), 2, [3, 3], { padding: sides }));
    const model = kerasCheckpoint(graph, tensors, { path: 'x', name: 'x' });
    await expect(written(model)).rejects.toThrow(/ZeroPadding2D.*conv/);
    const small = smallModel();
    const opaque: GraphNode = {
      name: 'odd',
      op: 'opaque',
      attributes: { type: 'Odd' },
      inputs: small.graph?.outputs ?? [],
      outputs: ['odd'],
      parameters: {},
    };
    const nodes = [...(small.graph?.nodes ?? []), opaque];
    const odd = { ...small, graph: makeGraph({ nodes, outputs: ['odd'] }, small.tensors) };
    await expect(written(odd)).rejects.toThrow('Keras has no layer');
  });

  it('cannot be read from when it is closed', async () => {
    const checkpoint = await opened(await written(smallModel()));
    const [tensor] = checkpoint.tensors.values();
    expect(tensor.readFloat32().length).toBeGreaterThan(0);
    checkpoint.close();
    expect(() => tensor.readFloat32()).toThrow('closed already');
  });
});

describe('a layer outside of what is known', () => {
  it.each([
    ['a plain convolution', {}, 'conv2d'],
    ['an option at null', { new_option: null }, 'conv2d'],
    ['another order of axes', { data_format: 'channels_first' }, 'opaque'],
    ['an option nobody knows', { new_option: 1 }, 'opaque'],
    ['an odd padding', { padding: 'causal' }, 'opaque'],
    [
      'quantised weights',
      { dtype: { class_name: 'QuantizedDTypePolicy', config: { mode: 'int8' } } },
      'opaque',
    ],
    ['a fractional kernel', { kernel_size: [3, 2.5] }, 'opaque'],
  ])('%s is read as it should', async (_name, settings, op) => {
    const [, [, found]] = await nodesOf(sequential(conv(settings)), { conv: CONV });
    expect(found).toBe(op);
  });

  it('is reported with the setting that is not supported', async () => {
    const warningsOf = async (settings: JsonObject) =>
      (await opened(await legacyModel(sequential(conv(settings)), { conv: CONV }))).warnings;
    expect(await warningsOf({ data_format: 'channels_first' })).toEqual([
      'not supported (kept, but cannot be run): Conv2D whose data_format is "channels_first" (conv)',
    ]);
    expect(await warningsOf({})).toEqual([]);
  });

  it.each([
    ['ReLU', {}, 'relu'],
    ['ReLU', { max_value: 6 }, 'relu6'],
    ['ReLU', { max_value: 'six' }, 'opaque'],
    ['ReLU', { negative_slope: 0.1 }, 'leakyRelu'],
    ['ReLU', { max_value: 6, alpha: 0.1 }, 'boundedRelu'],
    ['ReLU', { threshold: 1 }, 'boundedRelu'],
    ['LeakyReLU', { alpha: 0.1 }, 'leakyRelu'],
    ['ELU', { alpha: 0.5 }, 'elu'],
    ['Activation', { activation: 'sigmoid' }, 'sigmoid'],
    ['Activation', { activation: 'swish' }, 'silu'],
    ['Activation', { activation: 'gelu' }, 'gelu'],
    ['Activation', { activation: 'hard_sigmoid' }, 'hardSigmoid'],
    ['Activation', { activation: 'mine' }, 'opaque'],
    ['Reshape', { target_shape: [-1, 3] }, 'reshape'],
    ['Reshape', { target_shape: [-1, -1, 3] }, 'opaque'],
    ['Permute', { dims: [3, 1, 2] }, 'permute'],
    ['UpSampling2D', { size: [2, 2], interpolation: 'bilinear' }, 'upsampling'],
    ['UpSampling2D', { size: [2, 2], interpolation: 'bicubic' }, 'opaque'],
    ['Resizing', { height: 4, width: 5 }, 'resizing'],
    ['Resizing', { height: 4, width: 5, crop_to_aspect_ratio: true }, 'opaque'],
    ['Softmax', { axis: -1 }, 'softmax'],
    ['Softmax', { axis: 3 }, 'softmax'],
    ['Softmax', { axis: 1 }, 'opaque'],
    ['Lambda', { function: { class_name: '__lambda__' } }, 'opaque'],
    ['Dropout', { rate: 0.5 }, 'dropout'],
    ['Dropout', { rate: 0.5, noise_shape: [null, 1, 1, 1] }, 'dropout'],
    ['Dropout', { rate: 0.5, noise_shape: [1, 2] }, 'opaque'],
  ])('%s with %o is read as %s', async (className, settings, op) => {
    const layer = { class_name: className, config: { name: 'layer', ...settings } };
    const nodes = await nodesOf(sequential(layer), { layer: {} });
    expect(nodes.at(-1)).toEqual(['layer', op]);
  });

  it('keeps its weights and its settings when it is written again', async () => {
    const odd = { class_name: 'MyLayer', config: { name: 'odd', secret: { deep: [1.5, 'x'] } } };
    const bytes = await legacyModel(sequential(conv(), odd), {
      conv: CONV,
      odd: { first: [2, 3], second: [5] },
    });
    const checkpoint = await opened(bytes);
    expect(checkpoint.graph?.nodes.at(-1)).toMatchObject({ op: 'opaque', attributes: { type: 'MyLayer' } });
    const again = await opened(await written(checkpoint));
    expect(essence(again)).toEqual(essence(checkpoint));
    expect([...again.tensors.keys()]).toContain('odd/odd/second:0');
    checkpoint.close();
    again.close();
  });
});

describe('a rewriting', () => {
  it('starts from the settings of the layer it replaces', async () => {
    const model = sequential(conv({ use_bias: true, kernel_regularizer: { l2: 0.1 } }), {
      class_name: 'ReLU',
      config: { name: 'relu' },
    });
    const checkpoint = await opened(await legacyModel(model, { conv: CONV, relu: {} }));
    const nodes = (checkpoint.graph?.nodes ?? []).map((node) =>
      node.op === 'conv2d' ? { ...node, parameters: { kernel: node.parameters.kernel } } : node,
    );
    const graph = makeGraph({ nodes, outputs: ['relu'] }, checkpoint.tensors);
    const again = await opened(await written({ ...checkpoint, graph }));
    expect(again.graph?.nodes[1].parameters).toEqual({ kernel: 'conv/kernel' });
    checkpoint.close();
    again.close();
  });

  it('puts the activation back inside when nothing is between, and beside when something is', async () => {
    const bytes = await legacyModel(sequential(conv({ activation: 'relu' })), { conv: CONV });
    const checkpoint = await opened(bytes);
    const again = await opened(await written(checkpoint));
    expect(again.graph?.nodes.map(({ name }) => name)).toEqual(['in', 'conv', 'conv/activation']);
    const values = { mean: [0, 0, 0, 0], variance: [1, 1, 1, 1] };
    const tensors = new Map(checkpoint.tensors);
    for (const [role, list] of Object.entries(values))
      tensors.set(role, tensorOf(role, [4], Float32Array.from(list)));
    const [input, main, activation] = checkpoint.graph?.nodes ?? [];
    const norm: GraphNode = {
      name: 'bn',
      op: 'batchNorm',
      attributes: { epsilon: 1e-3, momentum: 0.9 },
      inputs: ['conv'],
      outputs: ['bn'],
      parameters: { mean: 'mean', variance: 'variance' },
    };
    const nodes = [input, main, norm, { ...activation, inputs: ['bn'] }];
    const graph = makeGraph({ nodes, outputs: ['conv/activation'] }, tensors);
    const between = await opened(await written({ ...checkpoint, graph, tensors }));
    expect(between.graph?.nodes.map(({ name, op }) => [name, op])).toEqual([
      ['in', 'input'],
      ['conv', 'conv2d'],
      ['bn', 'batchNorm'],
      ['conv_activation', 'relu'],
    ]);
    for (const each of [checkpoint, again, between]) each.close();
  });

  it('of a .keras file keeps what is not the network', async () => {
    const bytes = await written(smallModel());
    const checkpoint = await opened(bytes);
    const again = await written(checkpoint);
    expect(config(again)).toEqual(config(bytes));
    expect(config(again, 'metadata.json')).toEqual(config(bytes, 'metadata.json'));
    expect(at(config(again), 'config', 'layers', 1, 'config', 'filters')).toBe(4);
    checkpoint.close();
  });
});
