import { describe, expect, it } from 'vitest';
import type { Checkpoint } from '../../../src/core/checkpoint';
import { Hdf5File } from '../../../src/core/encodings/hdf5/file';
import { buildHdf5 } from '../../../src/core/encodings/hdf5/writer';
import { memorySource } from '../../../src/core/encodings/region';
import { readDirectory } from '../../../src/core/encodings/zip/directory';
import { openEntry, readEntry } from '../../../src/core/encodings/zip/entry';
import { ZipWriter } from '../../../src/core/encodings/zip/writer';
import type { JsonObject } from '../../../src/core/encodings/json';
import { legacyModel, opened, smallModel, written } from './support';

const valuesOf = ({ tensors }: Checkpoint): Map<string, number[]> =>
  new Map([...tensors].map(([name, tensor]) => [name, [...tensor.readFloat32()]] as const));

/** The small model as a `.keras` archive whose weights lie under other paths. */
async function repacked(rename: (path: string) => string): Promise<Uint8Array> {
  const source = memorySource('x', await written(smallModel()));
  const entries = readDirectory(source);
  const parts: Uint8Array[] = [];
  const zip = new ZipWriter({ path: 'x', write: (bytes) => void parts.push(bytes.slice()) });
  for (const [name, entry] of entries) {
    if (name !== 'model.weights.h5') zip.add(name, readEntry(source, entry, 1 << 24));
    else {
      const file = await Hdf5File.open(openEntry(source, entry));
      const bytes = await buildHdf5('x', (writer) => {
        for (const data of file.datasets.values())
          writer.dataset(rename(data.path), data.shape, data.readFloat32());
      });
      file.close();
      zip.add(name, bytes);
    }
  }
  zip.finish();
  return Uint8Array.from(Buffer.concat(parts));
}

describe('a .keras file', () => {
  it.each([
    ['with layers counted and not named', (path: string) => path],
    ['of Windows, whose group is `layers\\conv2d`', (path: string) => path.replace('/', '\\')],
    ['of the first writer', (path: string) => path.replace('layers', '_layer_checkpoint_dependencies')],
    [
      'of the first writer on Windows',
      (path: string) => path.replace('layers/', '_layer_checkpoint_dependencies\\'),
    ],
  ])('%s, is read', async (_name, rename) => {
    const checkpoint = await opened(await repacked(rename));
    expect(valuesOf(checkpoint)).toEqual(valuesOf(smallModel()));
    checkpoint.close();
  });

  it('whose weights are elsewhere is refused by the layer that lacks them', async () => {
    const moved = opened(await repacked((path) => path.replace('layers', 'elsewhere')));
    await expect(moved).rejects.toThrow(/does not have the weights.*conv/);
  });
});

const OLD: JsonObject = { nb_filter: 4, nb_row: 3, nb_col: 2, border_mode: 'same', subsample: [2, 1] };

/** A sequential model of Keras 1: one convolution with other settings. */
function keras1(config: JsonObject, className = 'Convolution2D'): Promise<Uint8Array> {
  const layer = {
    class_name: className,
    config: { name: 'c', batch_input_shape: [null, 8, 8, 3], dim_ordering: 'tf', bias: true, ...config },
  };
  const model = { class_name: 'Sequential', config: [layer] };
  return legacyModel(model, { c: { c_W: [3, 2, 3, 4], c_b: [4] } });
}

describe('a data type', () => {
  const policy = {
    module: 'keras',
    class_name: 'DTypePolicy',
    config: { name: 'float32' },
    registered_name: null,
  };

  it.each([
    ['a name', 'float32', 'conv2d'],
    ['an object', policy, 'conv2d'],
    ['an object of another kind', { ...policy, class_name: 'QuantizedDTypePolicy' }, 'opaque'],
  ])('that is %s', async (_name, dtype, op) => {
    const input = { batch_input_shape: [null, 8, 8, 3] };
    const config = { name: 'c', ...input, filters: 4, kernel_size: [3, 2], dtype };
    const model = { class_name: 'Sequential', config: [{ class_name: 'Conv2D', config }] };
    const bytes = await legacyModel(model, { c: { kernel: [3, 2, 3, 4], bias: [4] } });
    const checkpoint = await opened(bytes);
    expect(checkpoint.graph?.nodes[1].op).toBe(op);
    checkpoint.close();
  });
});

describe('a layer of Keras 1', () => {
  it('is read in its own words, and weights by their order', async () => {
    const checkpoint = await opened(await keras1(OLD));
    const [, conv] = checkpoint.graph?.nodes ?? [];
    expect(conv.op).toBe('conv2d');
    expect(conv.attributes).toEqual({
      filters: 4,
      kernelSize: [3, 2],
      padding: 'same',
      strides: [2, 1],
      dilations: [1, 1],
      groups: 1,
    });
    expect([...checkpoint.tensors].map(([name, { shape }]) => [name, shape])).toEqual([
      ['c/kernel', [3, 2, 3, 4]],
      ['c/bias', [4]],
    ]);
    const again = await opened(await written(checkpoint));
    expect(again.graph?.nodes[1].attributes).toEqual(conv.attributes);
    expect(valuesOf(again)).toEqual(valuesOf(checkpoint));
    for (const each of [checkpoint, again]) each.close();
  });

  it.each<[string, JsonObject]>([
    ['a filter of its own', { init: 'normal', W_regularizer: { name: 'WeightRegularizer', l1: 0, l2: 1 } }],
    ['holes', { atrous_rate: [1, 1] }],
  ])('may have %s', async (_name, config) => {
    const className = 'atrous_rate' in config ? 'AtrousConvolution2D' : 'Convolution2D';
    const checkpoint = await opened(await keras1({ ...OLD, ...config }, className));
    expect(checkpoint.graph?.nodes[1].op).toBe('conv2d');
    checkpoint.close();
  });

  it.each<[string, JsonObject]>([
    ['channels first', { dim_ordering: 'th' }],
    ['a constraint', { W_constraint: { name: 'MaxNorm', m: 2 } }],
    ['a word nobody knows', { constructor: 1 }],
    ['an order nobody knows', { dim_ordering: 'toString' }],
  ])('with %s is kept and not interpreted', async (_name, config) => {
    const checkpoint = await opened(await keras1({ ...OLD, ...config }));
    expect(checkpoint.graph?.nodes[1].op).toBe('opaque');
    checkpoint.close();
  });

  it.each([
    ['sum', 'add'],
    ['concat', 'concatenate'],
    ['dot', 'opaque'],
    ['constructor', 'opaque'],
  ])('that merges by %s is one of today’s layers', async (mode, op) => {
    const input = {
      class_name: 'InputLayer',
      name: 'a',
      config: { name: 'a', batch_input_shape: [null, 4] },
    };
    const merge = {
      class_name: 'Merge',
      name: 'm',
      config: { name: 'm', mode, concat_axis: -1, layers: [] },
    };
    const calls = [
      [
        ['a', 0, 0],
        ['a', 0, 0],
      ],
    ];
    const layers = [
      { ...input, inbound_nodes: [] },
      { ...merge, inbound_nodes: calls },
    ];
    const config = { name: 'x', layers, input_layers: [['a', 0, 0]], output_layers: [['m', 0, 0]] };
    const bytes = await legacyModel({ class_name: 'Model', config }, {}, (writer) =>
      writer.group('model_weights/a'),
    );
    const checkpoint = await opened(bytes);
    const [, node] = checkpoint.graph?.nodes ?? [];
    expect(node.op).toBe(op);
    if (node.op === 'opaque') expect(node.attributes.type).toBe('Merge');
    checkpoint.close();
  });
});
