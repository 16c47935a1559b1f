import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../../src/core/encodings/json';
import { CONV, conv, essence, nodesOf, NORM, sequential } from './legacy-layers';
import { legacyModel, opened, written } from './support';

describe('a legacy model', () => {
  const functional: JsonObject = {
    class_name: 'Functional',
    config: {
      name: 'two',
      layers: [
        {
          name: 'a',
          class_name: 'InputLayer',
          config: { batch_input_shape: [null, 8, 8, 3], name: 'a' },
          inbound_nodes: [],
        },
        {
          name: 'b',
          class_name: 'InputLayer',
          config: { batch_input_shape: [null, 8, 8, 3], name: 'b' },
          inbound_nodes: [],
        },
        {
          ...conv({ activation: 'relu' }),
          name: 'conv',
          inbound_nodes: [[['a', 0, 0, {}]], [['b', 0, 0, {}]]],
        },
        {
          name: 'add',
          class_name: 'Add',
          config: { name: 'add' },
          inbound_nodes: [
            [
              ['conv', 0, 0, {}],
              ['conv', 1, 0, {}],
            ],
          ],
        },
      ],
      input_layers: [
        ['a', 0, 0],
        ['b', 0, 0],
      ],
      output_layers: [
        ['add', 0, 0],
        ['conv', 1, 0],
      ],
    },
  };

  it('in Keras 2 form is read with shared layers, several inputs and outputs, and written in that form', async () => {
    const checkpoint = await opened(await legacyModel(functional, { conv: CONV }));
    expect(checkpoint.graph?.nodes.map(({ name, op, inputs }) => [name, op, ...inputs])).toEqual([
      ['a', 'input'],
      ['b', 'input'],
      ['conv', 'conv2d', 'a'],
      ['conv/activation', 'relu', 'conv'],
      ['conv:1', 'conv2d', 'b'],
      ['conv:1/activation', 'relu', 'conv:1'],
      ['add', 'add', 'conv/activation', 'conv:1/activation'],
    ]);
    expect(checkpoint.graph?.outputs).toEqual(['add', 'conv:1/activation']);
    expect(checkpoint.tensors.size).toBe(2);
    const bytes = await written(checkpoint);
    const again = await opened(bytes);
    expect(essence(again)).toEqual(essence(checkpoint));
    checkpoint.close();
    again.close();
  });

  it('may say its input on the first layer only', async () => {
    const first = conv({ batch_input_shape: [null, 8, 8, 3] });
    const model = { class_name: 'Sequential', config: { name: 's', layers: [first] } };
    const checkpoint = await opened(await legacyModel(model, { conv: CONV }));
    expect(checkpoint.graph?.shapes.get('conv')).toEqual([null, 8, 8, 4]);
    const again = await opened(await written(checkpoint));
    expect(essence(again)).toEqual(essence(checkpoint));
    checkpoint.close();
    again.close();
    await expect(
      opened(await legacyModel({ ...model, config: { layers: [conv()] } }, { conv: CONV })),
    ).rejects.toThrow('does not say the shape of its input');
  });

  it('without some of its weights, or with wrong ones, is refused by name', async () => {
    const model = sequential(conv());
    expect(await nodesOf(model, { conv: CONV })).toHaveLength(2);
    const missing = legacyModel(model, { conv: { kernel: [3, 3, 3, 4] } });
    await expect(opened(await missing)).rejects.toThrow(/conv; expected kernel, bias; found 1 arrays/);
    const wrong = legacyModel(model, { conv: { kernel: [3, 3, 5, 4], bias: [4] } });
    await expect(opened(await wrong)).rejects.toThrow('kernel does not fit its input');
  });

  it('whose layers do not connect is refused', async () => {
    const layers = [{ ...conv(), name: 'conv', inbound_nodes: [[['gone', 0, 0, {}]]] }];
    const config = { name: 'x', layers, input_layers: [], output_layers: [['conv', 0, 0]] };
    const bytes = await legacyModel({ class_name: 'Functional', config }, { conv: CONV });
    await expect(opened(bytes)).rejects.toThrow('do not connect');
  });

  it('with the axis of a batch norm written out is read by the rank of its input', async () => {
    const norm = (axis: Json) => ({ class_name: 'BatchNormalization', config: { name: 'bn', axis } });
    const weights = { conv: CONV, bn: NORM };
    expect((await nodesOf(sequential(conv(), norm([3])), weights)).at(-1)).toEqual(['bn', 'batchNorm']);
    expect((await nodesOf(sequential(conv(), norm(3)), weights)).at(-1)).toEqual(['bn', 'batchNorm']);
    expect((await nodesOf(sequential(conv(), norm(1)), weights)).at(-1)).toEqual(['bn', 'opaque']);
  });

  it('of weights alone opens without a network and is not written', async () => {
    const { buildHdf5 } = await import('../../../src/core/encodings/hdf5/writer');
    const bytes = await buildHdf5('w.h5', (w) => {
      w.dataset('conv/conv/kernel:0', [3, 3, 1, 2], new Float32Array(18).fill(NaN));
      w.dataset('optimizer_weights/m', [2], new Float32Array(2));
    });
    const checkpoint = await opened(bytes);
    expect(checkpoint.graph).toBeUndefined();
    expect([...checkpoint.tensors.keys()]).toEqual(['conv/conv/kernel:0']);
    expect(checkpoint.warnings.join()).toMatch(/weights but no network.*optimiser state/);
    await expect(written(checkpoint)).rejects.toThrow('weights but no network');
    checkpoint.close();
  });
});
