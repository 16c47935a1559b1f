import { beforeAll, describe, expect, it } from 'vitest';
import { UnsupportedError } from '../../../src/core/errors';
import type { Backend, Network, TrainingOptions } from '../../../src/engine/backend';
import { createPortableBackend } from '../../../src/engine/portable/backend';
import { EXECUTABLE } from '../../../src/engine/portable/primitives';
import { loadRuntime, type Runtime } from '../../../src/engine/portable/runtime';
import { operatorsBeyond } from '../../../src/engine/portable/unsupported';
import { nativeBackend } from '../../support/native';
import { numericalGradient } from '../../support/losses';
import { NetworkBuilder } from '../../support/networks';
import { tensor } from '../../support/reference';

let backend: Backend;
let rt: Runtime;
beforeAll(async () => {
  backend = await createPortableBackend();
  rt = await loadRuntime();
});

const OPTIONS: TrainingOptions = {
  batch: 4,
  loss: 'categorical',
  labelSmoothing: 0.1,
  seed: 1,
  optimiser: { kind: 'sgd', momentum: 0.9, weightDecay: 1e-4 },
};

/** All that holds memory in some way: groups, pools, shared values, constants, dropout, two heads' worth of steps. */
function varied(): Network {
  const b = new NetworkBuilder(2);
  const x = b.relu(b.batchNorm(b.conv(b.input([9, 8, 4]), 8, [3, 3], { groups: 2, bias: true })));
  const y = b.batchNorm(b.conv(x, 8, [3, 3], { groups: 8, strides: [1, 1] }));
  const sum = b.apply('add', [x, y, b.apply('identity', x, {})], {});
  const pooled = b.apply('maxPool', b.apply('rescaling', sum, { scale: [0.5], offset: [-1] }), {
    poolSize: [2, 2],
    strides: [2, 2],
    padding: 'same',
  });
  const flat = b.apply('globalAveragePool', b.apply('dropout', pooled, { rate: 0.25 }), { keepDims: false });
  return b.finish(b.apply('softmax', b.dense(flat, 3), {}));
}

const images = new NetworkBuilder(3).values(4, 9, 8, 4);
const targets = Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0);

it('says what it is', () => {
  expect(backend.description).toMatch(/^portable \(TensorFlow\.js 4\.\d+\.\d+, WebAssembly\), 1 thread$/);
  expect(backend.portable).toBe(true);
});

describe('memory', () => {
  it('every tensor is given back by every session, failed runs included', () => {
    const before = rt.tensors;
    for (let i = 0; i < 2; i++) {
      const network = varied();
      const training = backend.training(network, OPTIONS);
      const inference = backend.inference(network, [...network.graph.outputs, network.graph.inputs[0]]);
      const moments = backend.moments(network, [network.graph.nodes[1].outputs[0]]);
      training.step(images, targets, 0.1);
      expect(() => training.step(images, targets.subarray(1), 0.1)).toThrow(RangeError);
      inference.assign(training.read());
      inference.run([images], 4);
      moments.run([images], 4);
      expect(rt.tensors).toBeGreaterThan(before);
      for (const session of [training, inference, moments, training]) session.dispose();
    }
    expect(rt.tensors).toBe(before);
  });

  it('stays the same over 20 steps', () => {
    const session = backend.training(varied(), OPTIONS);
    const used = Array.from({ length: 22 }, () => {
      session.step(images, targets, 0.1);
      return [rt.tensors, rt.bytes];
    });
    session.dispose();
    expect(used.slice(2)).toEqual(new Array(20).fill(used[1]));
  });

  it('a heap that cannot grow is told in one line, and the backend lives on', () => {
    expect(() => rt.make([2 ** 30])).toThrow(/out of memory; try a smaller batch \(found 4096 MB/);
    const session = backend.inference(varied());
    expect(session.run([images], 4)[0].shape).toEqual([4, 3]);
    session.dispose();
  });
});

describe('sessions', () => {
  it('take new weights for some tensors, and do not live on the memory of the caller', () => {
    const b = new NetworkBuilder(5);
    const value = b.conv(b.input([6, 6, 2]), 4, [3, 3]);
    const network = b.finish(b.relu(value));
    const input = b.values(1, 6, 6, 2);
    const session = backend.inference(network, [value]);
    const before = session.run([input], 1)[0].values;
    const kernel = network.tensors.get(`${value}/kernel`)?.readFloat32() ?? new Float32Array();
    const given = kernel.map((v) => 2 * v);
    session.assign(new Map([[`${value}/kernel`, given]]));
    given.fill(NaN);
    const after = session.run([input], 1)[0].values;
    after.forEach((v, i) => expect(v).toBeCloseTo(2 * before[i], 4));
    expect(() => session.assign(new Map([[`${value}/kernel`, new Float32Array(3)]]))).toThrow('kernel');
    expect(() => session.assign(new Map([['nothing', new Float32Array(3)]]))).toThrow('nothing');
    expect(() => session.run([input.subarray(1)], 1)).toThrow(RangeError);
    session.dispose();
    expect(() => session.run([input], 1)).toThrow('disposed');
  });

  it('measure the same moments as TensorFlow', async () => {
    const network = varied();
    const values = [network.graph.nodes[1].outputs[0], network.graph.nodes[2].outputs[0]];
    const [ours, theirs] = [backend, await nativeBackend()].map((each) => {
      const session = each.moments(network, values);
      const result = session.run([images], 4);
      session.dispose();
      return result;
    });
    ours.forEach(({ mean, variance, count }, i) => {
      expect(count).toBe(theirs[i].count);
      mean.forEach((v, c) => expect(v).toBeCloseTo(theirs[i].mean[c], 4));
      variance.forEach((v, c) => expect(v / theirs[i].variance[c]).toBeCloseTo(1, 4));
    });
  });
});

describe('what it cannot do', () => {
  const network = varied();
  it('is nothing, of the operators the engine has', () => {
    expect(backend.unsupported(network)).toEqual([]);
    expect(operatorsBeyond(network, EXECUTABLE)).toEqual([]);
  });

  it('is told by operator, with the first layer that uses it', () => {
    const less = new Set([...EXECUTABLE].filter((op) => op !== 'maxPool' && op !== 'relu'));
    expect(operatorsBeyond(network, less)).toEqual([
      expect.stringMatching(/^relu \(layer relu\d+\)$/),
      expect.stringMatching(/^maxPool \(layer maxPool\d+\)$/),
    ]);
  });

  it('an unknown operator is told once, as TensorFlow tells it', () => {
    const b = new NetworkBuilder(5);
    const positive = b.relu(b.input([2, 2, 1]));
    const odd = b.finish(b.apply('opaque', positive, { type: 'Lambda' }));
    expect(backend.unsupported(odd)).toEqual(['Lambda (layer opaque2)']);
    expect(() => backend.inference(odd)).toThrow('Lambda');
  });

  it('another optimiser is refused by name', () => {
    const optimiser = { ...OPTIONS.optimiser, kind: 'adagrad' as never };
    expect(() => backend.training(network, { ...OPTIONS, optimiser })).toThrow(UnsupportedError);
    expect(() => backend.training(network, { ...OPTIONS, optimiser })).toThrow(
      /expected sgd, adamw; found adagrad/,
    );
    expect(() => backend.training(network, OPTIONS).dispose()).not.toThrow();
  });
});

describe('convolutions that TensorFlow.js gets wrong or does not have', () => {
  const cases = [
    { name: 'dilated with a stride', kernel: [3, 2], strides: [2, 2], dilations: [2, 3] },
    { name: 'depthwise, strides 2 × 1', kernel: [3, 3], groups: 4, strides: [2, 1] },
    { name: 'grouped, valid, rows left over', kernel: [2, 2], groups: 2, strides: [3, 3], padding: 'valid' },
    { name: '1 × 1 with a stride', kernel: [1, 1], strides: [2, 2] },
    { name: 'one channel to one', kernel: [5, 5], groups: 4, filters: 4 },
  ] as const;
  it.each(cases)(
    '$name: step and gradients as TensorFlow has them',
    async ({ kernel, name: _name, ...rest }) => {
      const { filters = 8, ...settings } = { filters: 8, ...rest };
      const b = new NetworkBuilder(7);
      const hidden = b.apply('sigmoid', b.conv(b.input([9, 8, 4]), 4, [3, 3]), {});
      const value = b.conv(hidden, filters, kernel, settings);
      const network = b.finish(b.dense(b.apply('globalMaxPool', value, { keepDims: false }), 3));
      const [ours, theirs] = [backend, await nativeBackend()].map((each) => {
        const session = each.training(network, {
          ...OPTIONS,
          optimiser: { ...OPTIONS.optimiser, weightDecay: 0 },
        });
        const loss = session.step(images, targets, 1e6);
        const weights = session.read();
        session.dispose();
        return { loss, weights };
      });
      expect(ours.loss).toBeCloseTo(theirs.loss, 4);
      for (const [tensor, values] of theirs.weights) {
        const largest = values.reduce((a, v) => Math.max(a, Math.abs(v)), 0);
        ours.weights
          .get(tensor)
          ?.forEach((v, i) => expect(Math.abs(v - values[i])).toBeLessThan(1e-4 * largest));
      }
    },
  );

  it('depthwise and dilated, whose gradients TensorFlow gets wrong as well: as in float64', () => {
    const b = new NetworkBuilder(7);
    const value = b.conv(b.input([9, 8, 4]), 8, [3, 3], { groups: 4, dilations: [2, 2], bias: true });
    const logits = b.dense(b.apply('globalAveragePool', b.relu(value), { keepDims: false }), 3);
    const network = b.finish(b.apply('softmax', logits, {}));
    const input = tensor([4, 9, 8, 4], images);
    const loss = 'categorical';
    const optimiser = { kind: 'sgd', momentum: 0, weightDecay: 0 } as const;
    const session = backend.training(network, { ...OPTIONS, labelSmoothing: 0, optimiser });
    session.step(images, targets, 1e6);
    const name = `${value}/kernel`;
    const found = session.read().get(name) ?? new Float32Array();
    session.dispose();
    const before = network.tensors.get(name)?.readFloat32() ?? new Float32Array();
    const all = Array.from(before, (_, i) => i);
    const expected = numericalGradient({ network, logits, input, targets, loss }, name, all);
    const largest = Math.max(...expected.map(Math.abs));
    expect(largest).toBeGreaterThan(0.01);
    expected.forEach((v, i) => {
      expect(Math.abs((before[i] - found[i]) / 1e6 - v)).toBeLessThan(1e-4 * largest);
    });
  });
});
