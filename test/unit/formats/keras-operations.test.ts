import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../../src/core/encodings/json';
import type { Checkpoint } from '../../../src/core/checkpoint';
import { chooseSites, findSites } from '../../../src/core/acnet/sites';
import { convertToAcnet } from '../../../src/core/acnet/convert';
import { legacyModel, opened, written } from './support';

/** A functional model of Keras 2: an operation on its image, and a convolution. */
async function read(layer: JsonObject, ...calls: readonly Json[]): Promise<Checkpoint> {
  const input = { name: 'in', batch_input_shape: [null, 8, 8, 3], dtype: 'float32' };
  const conv = { name: 'conv', filters: 2, kernel_size: [3, 3], padding: 'same', use_bias: false };
  const operation = { name: 'op', trainable: true, dtype: 'float32', ...layer };
  const layers = [
    { class_name: 'InputLayer', config: input, name: 'in', inbound_nodes: [] },
    { class_name: 'TFOpLambda', ...{ config: operation, name: 'op' }, inbound_nodes: calls },
    { class_name: 'Conv2D', config: conv, name: 'conv', inbound_nodes: [[['op', calls.length - 1, 0, {}]]] },
  ];
  const config = { name: 'm', layers, input_layers: [['in', 0, 0]], output_layers: [['conv', 0, 0]] };
  return opened(await legacyModel({ class_name: 'Functional', config }, { conv: { kernel: [3, 3, 3, 2] } }));
}

const of = (kwargs: JsonObject): Json => ['in', 0, 0, kwargs];

async function nodeOf(name: string, call: Json) {
  const checkpoint = await read({ function: name }, call);
  checkpoint.close();
  return checkpoint.graph?.nodes[1];
}

describe('an operation of Keras 2 with a constant', () => {
  it.each<readonly [string, Json, readonly number[], readonly number[]]>([
    ['math.truediv', of({ y: 127.5, name: null }), [1 / 127.5], [0]],
    ['math.divide', of({ y: [2, 4, 8] }), [0.5, 0.25, 0.125], [0]],
    ['math.subtract', of({ y: 1, name: null }), [1], [-1]],
    ['math.subtract', ['_CONSTANT_VALUE', -1, 5, { y: ['in', 0, 0], name: null }], [-1], [5]],
    ['math.multiply', of({ y: [[[[2, 3, 4]]]] }), [2, 3, 4], [0]],
    ['__operators__.add', of({ y: 3, name: null }), [1], [3]],
    ['nn.bias_add', of({ bias: [-103, -116, -123], data_format: 'channels_last' }), [1], [-103, -116, -123]],
    ['math.add', [of({ y: 3 })], [1], [3]],
  ])('%s is a rescaling', async (name, call, scale, offset) => {
    const node = await nodeOf(name, call);
    expect([node?.op, node?.attributes]).toEqual(['rescaling', { scale, offset }]);
  });

  it('is a cast that changes nothing', async () => {
    expect((await nodeOf('cast', of({ dtype: 'float32', name: null })))?.op).toBe('identity');
  });

  it.each<readonly [string, string, Json]>([
    ['another function', 'math.pow', of({ y: 2 })],
    ['numbers along another axis', 'math.multiply', of({ y: [[[1], [2], [3]]] })],
    ['more axes than the value has', 'math.multiply', of({ y: [[[[[1, 2, 3]]]]] })],
    ['another setting', 'math.multiply', of({ y: 2, extra: 1 })],
    ['channels that are first', 'nn.bias_add', of({ bias: [1, 2, 3], data_format: 'NCHW' })],
    ['a constant divided by it', 'math.truediv', ['_CONSTANT_VALUE', -1, 5, { y: ['in', 0, 0] }]],
    ['a cast to whole numbers', 'cast', of({ dtype: 'uint8' })],
    ['two values', 'math.multiply', of({ y: ['in', 0, 0] })],
  ])('is kept as it is with %s', async (_name, name, call) => {
    expect((await nodeOf(name, call))?.op).toBe('opaque');
  });

  it('is kept as it is where its calls differ', async () => {
    const differing = await read({ function: 'math.multiply' }, of({ y: 2 }), of({ y: 3 }));
    expect(differing.graph?.nodes.slice(1, 3).map(({ op }) => op)).toEqual(['opaque', 'opaque']);
    const alike = await read({ function: 'math.multiply' }, of({ y: 2 }), of({ y: 2 }));
    expect(alike.graph?.nodes.slice(1, 3).map(({ op }) => op)).toEqual(['rescaling', 'rescaling']);
  });

  it('is refused where its numbers are not those of the channels', async () => {
    await expect(read({ function: 'math.multiply' }, of({ y: [1, 2] }))).rejects.toThrow(
      /do not fit its input.*expected one number, or 3; found 2 numbers/,
    );
  });

  it('is written again as it was, beside blocks', async () => {
    const before = await read({ function: 'math.truediv' }, of({ y: 127.5, name: null }));
    const { chosen } = chooseSites(findSites(before));
    const { checkpoint } = convertToAcnet(before, {
      sites: chosen,
      variant: 'skeleton',
      branches: 'zero',
      seed: 1,
    });
    const after = await opened(await written(checkpoint));
    expect(after.graph?.nodes.slice(0, 2)).toEqual(before.graph?.nodes.slice(0, 2));
    expect(findSites(after).map(({ kind }) => kind)).toEqual(['acb']);
  });
});
