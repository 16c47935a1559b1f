import { beforeAll, describe, expect, it } from 'vitest';
import type { Backend, Network } from '../../../src/engine/backend';
import { chosenBackend } from '../../support/chosen';
import { NetworkBuilder, resnet20 } from '../../support/networks';
import { OPERATOR_BUILDS } from '../../support/operator-builds';
import { referenceOutputs, tensor } from '../../support/reference';

let backend: Backend;
beforeAll(async () => {
  backend = await chosenBackend();
});

/** Largest difference between session and reference, by the reference's largest value. */
function difference(network: Network, shape: number[], input: Float32Array): number {
  const session = backend.inference(network);
  const results = session.run([input], shape[0]);
  session.dispose();
  const expected = referenceOutputs(network, [tensor(shape, input)]);
  expect(results.map((result) => result.shape)).toEqual(expected.map((result) => result.shape));
  return Math.max(
    ...results.map(({ values }, i) => {
      const { data } = expected[i];
      const scale = data.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
      expect(scale).toBeGreaterThan(0);
      return values.reduce((worst, v, j) => Math.max(worst, Math.abs(v - data[j])), 0) / scale;
    }),
  );
}

describe('convolution', () => {
  const cases = [
    { kernel: [3, 3], strides: [1, 1], padding: 'same' },
    { kernel: [3, 3], strides: [2, 2], padding: 'same', bias: true },
    { kernel: [2, 5], strides: [2, 1], padding: 'valid' },
    { kernel: [1, 3], strides: [3, 2], padding: { top: 0, bottom: 2, left: 1, right: 3 }, bias: true },
    { kernel: [3, 3], strides: [1, 1], dilations: [2, 3], padding: 'same' },
    { kernel: [3, 3], strides: [1, 1], groups: 2, padding: 'same', bias: true },
    { kernel: [3, 3], strides: [1, 1], groups: 4, padding: 'same', bias: true },
    { kernel: [3, 2], strides: [2, 1], groups: 4, padding: 'same' },
    { kernel: [3, 3], strides: [1, 1], dilations: [2, 3], groups: 4, padding: 'valid' },
    { kernel: [3, 3], strides: [2, 2], groups: 4, padding: { top: 1, bottom: 1, left: 1, right: 1 } },
  ] as const;
  it.each(cases)('$kernel stride $strides padding $padding', ({ kernel, ...settings }) => {
    const b = new NetworkBuilder(3);
    const network = b.finish(b.conv(b.input([9, 10, 4]), 8, kernel, settings));
    expect(difference(network, [3, 9, 10, 4], b.values(3, 9, 10, 4))).toBeLessThan(1e-6);
  });
});

describe('settings far beyond the input', () => {
  const FAR = 2 ** 31 - 1;
  const pool = { poolSize: [1000, 1001], strides: [FAR, 2], padding: 'same' } as const;
  const builds: Record<string, (b: NetworkBuilder, x: string) => string> = {
    'strides, same': (b, x) => b.conv(x, 3, [3, 2], { strides: [FAR, FAR] }),
    'strides, valid': (b, x) => b.conv(x, 3, [3, 2], { strides: [FAR, FAR], padding: 'valid' }),
    'strides, by sides': (b, x) =>
      b.conv(x, 3, [3, 2], { strides: [FAR, 1], padding: { top: 1, bottom: 0, left: 2, right: 1 } }),
    'strides, of groups': (b, x) => b.conv(x, 8, [3, 3], { strides: [FAR, FAR], groups: 2 }),
    'strides, depthwise': (b, x) => b.conv(x, 4, [3, 3], { strides: [FAR, FAR], groups: 4 }),
    'a dilation': (b, x) => b.conv(x, 3, [3, 5], { dilations: [2 ** 29, FAR] }),
    'a dilation that is no multiple of anything': (b, x) =>
      b.conv(x, 3, [5, 1], { dilations: [1_000_003, FAR] }),
    'a dilation, depthwise': (b, x) => b.conv(x, 4, [3, 3], { dilations: [FAR, 1], groups: 4 }),
    'strides and a dilation': (b, x) =>
      b.conv(x, 3, [3, 3], { strides: [5, FAR], dilations: [FAR, 2 ** 16] }),
    'a dilation of a transposed convolution': (b, x) =>
      b.transposed(x, 3, { kernelSize: [3, 3], dilations: [FAR, 2] }),
    'an average': (b, x) => b.apply('averagePool', x, pool),
    'a maximum': (b, x) => b.apply('maxPool', x, pool),
  };
  it.each(Object.entries(builds))('%s', (_, build) => {
    const b = new NetworkBuilder(11);
    const network = b.finish(build(b, b.input([8, 7, 4])));
    expect(difference(network, [2, 8, 7, 4], b.values(2, 8, 7, 4))).toBeLessThan(1e-6);
  });
});

describe('other operators', () => {
  const image = (build: (b: NetworkBuilder, x: string) => string): number => {
    const b = new NetworkBuilder(5);
    const network = b.finish(build(b, b.input([7, 6, 3])));
    return difference(network, [2, 7, 6, 3], b.values(2, 7, 6, 3));
  };
  const sides = { top: 1, bottom: 2, left: 0, right: 3 };
  const builds: Record<string, (b: NetworkBuilder, x: string) => string> = {
    'batch norm': (b, x) => b.batchNorm(x),
    'batch norm without γ and β': (b, x) => b.batchNorm(x, { gamma: false, beta: false }),
    'batch norm of vectors': (b, x) => b.batchNorm(b.apply('globalMaxPool', x, { keepDims: false })),
    relu: (b, x) => b.relu(x),
    sigmoid: (b, x) => b.apply('sigmoid', x, {}),
    softmax: (b, x) => b.apply('softmax', x, {}),
    identity: (b, x) => b.apply('identity', x, {}),
    'dropout at inference': (b, x) => b.apply('dropout', x, { rate: 0.5 }),
    'rescaling by one number': (b, x) => b.apply('rescaling', x, { scale: [0.25], offset: [-1] }),
    'rescaling by channel': (b, x) => b.apply('rescaling', x, { scale: [1, 2, 3], offset: [0.5, 0, -1] }),
    add: (b, x) => b.apply('add', [x, b.relu(x), x], {}),
    'max pool, same': (b, x) => b.apply('maxPool', x, { poolSize: [3, 2], strides: [2, 2], padding: 'same' }),
    'max pool, zeros left out': (b, x) =>
      b.apply('maxPool', b.apply('rescaling', x, { scale: [1], offset: [-9] }), {
        poolSize: [3, 4],
        strides: [2, 1],
        padding: { top: 1, bottom: 1, left: 2, right: 0 },
      }),
    'average pool, same': (b, x) =>
      b.apply('averagePool', x, { poolSize: [3, 3], strides: [2, 1], padding: 'same' }),
    'average pool, explicit': (b, x) =>
      b.apply('averagePool', x, {
        poolSize: [3, 3],
        strides: [2, 2],
        padding: { top: 1, bottom: 0, left: 2, right: 1 },
      }),
    'global average pool': (b, x) => b.apply('globalAveragePool', x, { keepDims: false }),
    'global average pool, dims kept': (b, x) => b.apply('globalAveragePool', x, { keepDims: true }),
    'global max pool': (b, x) => b.apply('globalMaxPool', x, { keepDims: true }),
    flatten: (b, x) => b.apply('flatten', x, {}, 126),
    dense: (b, x) => b.dense(b.apply('flatten', x, {}, 126), 5),
    'dense on an image': (b, x) => b.dense(x, 4, false),
    'zero padding': (b, x) => b.apply('zeroPadding', x, { sides }),
    cropping: (b, x) => b.apply('cropping', x, { sides }),
  };
  it.each(Object.entries(builds))('%s', (_, build) => {
    expect(image(build)).toBeLessThan(1e-6);
  });
});

describe('operators of wider networks', () => {
  it.each(Object.entries(OPERATOR_BUILDS))('%s', (_, build) => {
    const b = new NetworkBuilder(5);
    const network = b.finish(build(b, b.input([8, 7, 4])));
    expect(difference(network, [2, 8, 7, 4], b.values(2, 8, 7, 4))).toBeLessThan(1e-6);
  });
});

it('a whole residual network, at two batch sizes in one session', () => {
  const network = resnet20(7);
  const session = backend.inference(network);
  const b = new NetworkBuilder(8);
  const images = b.values(3, 32, 32, 3);
  const all = session.run([images], 3)[0];
  const one = session.run([images.subarray(0, 3072)], 1)[0];
  session.dispose();
  expect(all.shape).toEqual([3, 10]);
  expect(one.shape).toEqual([1, 10]);
  const expected = referenceOutputs(network, [tensor([1, 32, 32, 3], images.subarray(0, 3072))])[0];
  one.values.forEach((value, i) => {
    expect(Math.abs(value - expected.data[i])).toBeLessThan(1e-5);
    expect(Math.abs(value - all.values[i])).toBeLessThan(1e-5);
  });
});
