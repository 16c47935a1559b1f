import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findSites } from '../../../src/core/acnet/sites';
import type { Checkpoint } from '../../../src/core/checkpoint';
import { writeCheckpoint } from '../../../src/core/formats/registry';
import type { JsonObject } from '../../../src/core/encodings/json';
import { makeGraph } from '../../../src/core/graph/build';
import { tensorOf } from '../../../src/core/tensor/tensor';
import { bytesOf, count, data, documentOf, filesOf, LAYERS, model } from './tfjs-support';
import { openModel, reopened, single, TOPOLOGY, valuesOf, WEIGHTS } from './tfjs-support';

describe('a layers model', () => {
  it.each([
    ['with its kind', { format: 'layers-model' }],
    ['without its kind', {}],
    ['as the converter wraps it', { modelTopology: { keras_version: '2.15.0', model_config: TOPOLOGY } }],
  ])('%s, is read', async (_name, change) => {
    const closed: string[] = [];
    const checkpoint = await openModel(model(change), { 'a.bin': data() }, closed);
    expect(checkpoint.format).toBe('tfjs-layers');
    expect(checkpoint.graph?.nodes.map(({ op }) => op)).toEqual(['input', 'conv2d', 'batchNorm', 'opaque']);
    expect(checkpoint.size).toBe(71 * 4 + JSON.stringify(model(change)).length);
    expect(valuesOf(checkpoint, 'conv/kernel')).toEqual([...count(54)]);
    expect(valuesOf(checkpoint, 'bn/moving_variance')).toEqual([69, 70, 71]);
    expect(valuesOf(checkpoint, 'odd/odd/state')).toEqual([-7, 9]);
    checkpoint.close();
    expect([...closed].sort()).toEqual(['a.bin', 'model.json']);
  });

  it('is the same whatever files it is cut into', async () => {
    const whole = data();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(whole.length), { maxLength: 12 }), async (cuts) => {
        const ends = [...cuts.sort((a, b) => a - b), whole.length];
        const parts = ends.map((end, i) => [`${i}`, whole.subarray(ends[i - 1] ?? 0, end)] as const);
        const manifest = [{ paths: parts.map(([name]) => name), weights: WEIGHTS }];
        const checkpoint = await openModel(model({ weightsManifest: manifest }), Object.fromEntries(parts));
        expect(valuesOf(checkpoint, 'conv/kernel')).toEqual([...count(54)]);
        expect(valuesOf(checkpoint, 'bn/moving_variance')).toEqual([69, 70, 71]);
      }),
    );
  });

  it('may have weights in several groups, and before their names what they were nested in', async () => {
    const prefixed = WEIGHTS.map((weight) => ({ ...weight, name: `outer/${weight.name}` }));
    const manifest = [
      { paths: ['a'], weights: prefixed.slice(0, 1) },
      { paths: ['b'], weights: prefixed.slice(1) },
    ];
    const files = { a: data().subarray(0, 216), b: data().subarray(216) };
    const checkpoint = await openModel(model({ weightsManifest: manifest }), files);
    expect(valuesOf(checkpoint, 'conv/bias')).toEqual([55, 56, 57]);
    // TensorFlow.js finds weights only by `layer/weight`.
    const { weightsManifest } = documentOf(await filesOf(checkpoint));
    expect(JSON.stringify(weightsManifest)).toContain('"conv/kernel"');
    expect(JSON.stringify(weightsManifest)).not.toContain('outer');
  });

  it('knows the weights of layers whose names have slashes, and of models inside', async () => {
    const inner = { class_name: 'Sequential', config: { name: 'in', layers: [LAYERS[0], LAYERS[1]] } };
    const outer = { class_name: 'Dense', config: { name: 'block/dense', units: 1, use_bias: true } };
    const config = { name: 'm', layers: [inner, outer], build_input_shape: [null, 8, 8, 2] };
    const weights = [
      { name: 'conv/bias', shape: [2], dtype: 'float32' },
      { name: 'block/dense/kernel', shape: [1, 1], dtype: 'float32' },
      { name: 'block/dense/bias', shape: [1], dtype: 'float32' },
    ];
    const document = {
      modelTopology: { class_name: 'Sequential', config },
      weightsManifest: [{ paths: ['a'], weights }],
    };
    const checkpoint = await openModel(document, { a: bytesOf(count(4)) });
    const names = ['block/dense/bias', 'block/dense/kernel', 'in/conv/bias'];
    expect([...checkpoint.tensors.keys()].sort()).toEqual(names);
    const [group] = documentOf(await filesOf(checkpoint)).weightsManifest as unknown as [
      { weights: unknown },
    ];
    expect(group.weights).toEqual(weights);
  });

  it('that a browser downloaded names its files with a dot in front, and is written with plain names', async () => {
    const manifest = [{ paths: ['./my-model.weights.bin'], weights: WEIGHTS }];
    const checkpoint = await openModel(model({ weightsManifest: manifest }), {
      'my-model.weights.bin': data(),
    });
    expect(valuesOf(checkpoint, 'conv/kernel')).toEqual([...count(54)]);
    expect(JSON.stringify(documentOf(await filesOf(checkpoint)))).not.toContain('./');
    const twice = [{ paths: ['a.bin', './a.bin'], weights: WEIGHTS }];
    const halves = { 'a.bin': data().subarray(0, data().length / 2) };
    await expect(openModel(model({ weightsManifest: twice }), halves)).rejects.toThrow('are malformed');
  });

  it('without a network is a file of weights', async () => {
    const checkpoint = await openModel(model({ modelTopology: null }), { 'a.bin': data() });
    expect(checkpoint.graph).toBeUndefined();
    expect(checkpoint.warnings[0]).toContain('weights but no network');
    expect(valuesOf(checkpoint, 'conv/bias')).toEqual([55, 56, 57]);
  });

  it('leaves the optimiser out, and weights of no layer, with a word', async () => {
    const more = [
      { name: 'conv/kernel_m', shape: [1], dtype: 'float32', group: 'optimizer' },
      { name: 'lost', shape: [1], dtype: 'float32' },
    ];
    const bytes = Uint8Array.from([...data(), ...bytesOf(count(2))]);
    const checkpoint = await openModel(model({}, [...WEIGHTS, ...more]), { 'a.bin': bytes });
    expect(checkpoint.tensors.size).toBe(7);
    expect(checkpoint.warnings.join()).toMatch(/optimiser.*1 weights belong to no layer.*lost/);
  });
});

describe('quantised weights', () => {
  it.each([
    ['uint8', 'float32', Uint8Array.of(0, 100, 255), [-1, 49, 126.5]],
    ['uint16', 'float32', bytesOf(Uint16Array.of(0, 100, 65535)), [-1, 49, 32766.5]],
    ['uint8', 'int32', Uint8Array.of(0, 4, 255), [-1, 1, 127]],
    ['float16', 'float32', bytesOf(Uint16Array.of(0x3c00, 0xc000, 0x3555)), [1, -2, 0.333251953125]],
  ])('of %s for %s are read as what they stand for', async (kind, dtype, bytes, expected) => {
    const quantization = { dtype: kind, scale: 0.5, min: -1 };
    const document = single({ name: 'odd/w', shape: [3], dtype, quantization });
    const checkpoint = await openModel(document, { 'a.bin': bytes });
    expect(valuesOf(checkpoint, 'odd/odd/w')).toEqual(expected);
    expect(checkpoint.warnings.join()).toContain(`1 weights are quantised (${kind})`);
    const again = await reopened(await filesOf(checkpoint));
    expect(valuesOf(again, 'odd/odd/w')).toEqual(expected);
    expect(again.tensors.get('odd/odd/w')?.dtype).toBe('float32');
    expect(again.warnings).toEqual([]);
  });

  it.each([
    ['an unknown type', { dtype: 'uint4', scale: 1, min: 0 }],
    ['no scale', { dtype: 'uint8', min: 0 }],
    ['no least value', { dtype: 'uint8', scale: 1 }],
  ])('with %s are refused', async (_name, quantization) => {
    const document = single({ name: 'odd/w', shape: [3], dtype: 'float32', quantization });
    await expect(openModel(document, { 'a.bin': new Uint8Array(3) })).rejects.toThrow('quantised in a way');
  });
});

describe('element types', () => {
  it.each([
    ['int32', bytesOf(Int32Array.of(-1, 2)), [-1, 2]],
    ['uint8', Uint8Array.of(1, 255), [1, 255]],
    ['bool', Uint8Array.of(1, 0), [1, 0]],
    ['uint16', bytesOf(Uint16Array.of(1, 65535)), [1, 65535]],
    ['float16', bytesOf(Uint16Array.of(0x3c00, 0)), [1, 0]],
  ])('%s is read and written', async (dtype, bytes, expected) => {
    const checkpoint = await openModel(single({ name: 'odd/w', shape: [2], dtype }), { 'a.bin': bytes });
    expect(valuesOf(await reopened(await filesOf(checkpoint)), 'odd/odd/w')).toEqual(expected);
  });

  it.each(['string', 'complex64', 'int64', 'constructor'])('%s is refused', async (dtype) => {
    const document = single({ name: 'odd/w', shape: [2], dtype });
    const opening = openModel(document, { 'a.bin': new Uint8Array(16) });
    await expect(opening).rejects.toThrow(/element type that is not read.*odd\/w/);
  });
});

describe('a layers model that is written', () => {
  it('is what it was', async () => {
    const more = { format: 'layers-model', userDefinedMetadata: { a: [1] }, trainingConfig: { loss: 'x' } };
    const checkpoint = await openModel(model(more), { 'a.bin': data() });
    const files = await filesOf(checkpoint);
    const { weightsManifest, ...rest } = documentOf(files);
    const { weightsManifest: _old, ...old } = model(more);
    expect(rest).toEqual(old);
    expect(Object.keys(files).sort()).toEqual(['out.group1-shard1of1.bin', 'out.json']);
    expect(weightsManifest).toHaveLength(1);
    const again = await reopened(files);
    for (const name of checkpoint.tensors.keys())
      expect(valuesOf(again, name)).toEqual(valuesOf(checkpoint, name));
  });

  it('has files of at most 4 MB, under names that no file has', async () => {
    const size = 2_500_000;
    const source = 'out.group1-shard1of3.bin';
    const document = single({ name: 'odd/w', shape: [size], dtype: 'float32' }, [source]);
    const checkpoint = await openModel(document, { [source]: bytesOf(count(size)) });
    const files = await filesOf(checkpoint, [source]);
    const sizes = [1, 2, 3].map((i) => files[`out.group2-shard${i}of3.bin`].length);
    expect(sizes).toEqual([4_194_304, 4_194_304, 10_000_000 - 2 * 4_194_304]);
    const again = (await reopened(files)).tensors.get('odd/odd/w')?.readFloat32();
    expect(Buffer.compare(bytesOf(again ?? count(0)), bytesOf(count(size)))).toBe(0);
  });

  it('may have a layer added, but none that TensorFlow.js computes otherwise', async () => {
    const checkpoint = await openModel(model(), { 'a.bin': data() });
    const { modelTopology } = documentOf(await filesOf(withConvolution(checkpoint, 1)));
    expect(JSON.stringify(modelTopology)).toContain('"name":"more"');
    const grouped = filesOf(withConvolution(checkpoint, 3));
    await expect(grouped).rejects.toThrow(/no grouped convolution.*more; expected groups 1; found groups 3/);
  });

  it('gets no block that needs a grouped convolution, and says so before anything is written', async () => {
    const sitesOf = async (side: number | null) => {
      const [conv, ...rest] = LAYERS;
      const config = {
        ...(conv?.config as JsonObject),
        batch_input_shape: [null, side, side, 2],
        strides: [2, 2],
      };
      const layers = [{ class_name: 'Conv2D', config }, ...rest];
      const topology = { ...TOPOLOGY, config: { name: 'small', layers } };
      return findSites(await openModel(model({ modelTopology: topology }), { 'a.bin': data() }));
    };
    expect((await sitesOf(null)).map(({ eligible, reason }) => [eligible, reason])).toEqual([
      [false, 'input size unknown: "same" padding with a stride depends on it; pass --input-size'],
    ]);
    expect((await sitesOf(8)).map(({ eligible }) => eligible)).toEqual([true]);
  });

  it('is refused where only one file can be written', async () => {
    const checkpoint = await openModel(model(), { 'a.bin': data() });
    const sink = { path: 'out.json', write: () => undefined };
    await expect(writeCheckpoint(checkpoint, sink)).rejects.toThrow('several files');
  });
});

/** A convolution of 3×3 from 3 to 3 channels behind the batch norm. */
function withConvolution(checkpoint: Checkpoint, groups: number): Checkpoint {
  const shape = [3, 3, 3 / groups, 3];
  const kernel = tensorOf('more/kernel', shape, new Float32Array(shape.reduce((a, b) => a * b)));
  const tensors = new Map([...checkpoint.tensors, [kernel.name, kernel] as const]);
  const [input, conv, norm, odd] = checkpoint.graph?.nodes ?? [];
  const more = {
    name: 'more',
    op: 'conv2d' as const,
    attributes: {
      kernelSize: [3, 3] as const,
      filters: 3,
      strides: [1, 1] as const,
      dilations: [1, 1] as const,
      groups,
      padding: 'same' as const,
    },
    inputs: ['bn'],
    outputs: ['more'],
    parameters: { kernel: kernel.name },
  };
  const nodes = [input, conv, norm, more, { ...odd, inputs: ['more'] }];
  return { ...checkpoint, tensors, graph: makeGraph({ nodes, outputs: ['odd'] }, tensors) };
}
