import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createRequire } from 'node:module';
import path from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import proto from '@tensorflow/tfjs-node/dist/proto/api_pb.js';
import { UnsupportedError } from '../../../src/core/errors';
import type { Backend, Loss, Network, TrainingOptions } from '../../../src/engine/backend';
import { DT, GraphBuilder } from '../../../src/engine/tensorflow/graph-def';
import { nativeBackend, nativeLibraries } from '../../support/native';
import { NetworkBuilder } from '../../support/networks';
import { runReference, tensor } from '../../support/reference';
import { momentsOf } from '../../support/reference-ops';

let backend: Backend;
/** What the addon counts, beside what the engine calls. */
let addon: { getNumOfSavedModels(): number; getNumOfTensors(): number };
beforeAll(async () => {
  backend = await nativeBackend();
  const { location } = nativeLibraries();
  addon = createRequire(import.meta.url)(location.addon) as typeof addon;
});

const OPTIONS: TrainingOptions = {
  batch: 2,
  loss: 'categorical',
  labelSmoothing: 0,
  seed: 1,
  optimiser: { kind: 'sgd', momentum: 0.9, weightDecay: 0 },
};

/** conv → BN → ReLU → global pooling → dense → softmax on 6 × 6 × 2 */
function small(): Network {
  const b = new NetworkBuilder(2);
  const x = b.relu(b.batchNorm(b.conv(b.input([6, 6, 2]), 4, [3, 3])));
  return b.finish(b.apply('softmax', b.dense(b.apply('globalAveragePool', x, { keepDims: false }), 3), {}));
}

const input = new NetworkBuilder(3).values(2, 6, 6, 2);

describe('inference', () => {
  it('fetches the values asked for, in that order, the input among them', () => {
    const network = small();
    const wanted = ['relu3', 'input', 'conv1', 'relu3'];
    const session = backend.inference(network, wanted);
    const results = session.run([input], 2);
    session.dispose();
    const expected = runReference(network, [tensor([2, 6, 6, 2], input)]);
    expect(session.values).toEqual(wanted);
    results.forEach(({ shape, values }, i) => {
      const reference = expected.get(wanted[i]);
      expect(shape).toEqual(reference?.shape);
      values.forEach((v, j) => expect(v).toBeCloseTo(reference?.data[j] ?? NaN, 4));
    });
  });

  it('takes new weights for some tensors and keeps the others', () => {
    const network = small();
    const session = backend.inference(network, ['conv1']);
    const kernel = network.tensors.get('conv1/kernel')?.readFloat32() ?? new Float32Array();
    const before = session.run([input], 2)[0].values;
    const given = kernel.map((v) => 2 * v);
    session.assign(new Map([['conv1/kernel', given]]));
    given.fill(NaN); // the session must not live on the caller's memory
    const after = session.run([input], 2)[0].values;
    session.dispose();
    after.forEach((v, i) => expect(v).toBeCloseTo(2 * before[i], 4));
  });

  it('refuses weights of another size or name, and input of another length', () => {
    const session = backend.inference(small());
    expect(() => session.assign(new Map([['conv1/kernel', new Float32Array(3)]]))).toThrow('conv1/kernel');
    expect(() => session.assign(new Map([['nothing', new Float32Array(3)]]))).toThrow('nothing');
    expect(() => session.run([input.subarray(1)], 2)).toThrow(RangeError);
    expect(session.run([input], 2)[0].shape).toEqual([2, 3]);
    session.dispose();
    expect(() => session.run([input], 2)).toThrow('disposed');
  });

  it('runs a network of two inputs and two outputs', () => {
    const b = new NetworkBuilder(4);
    const [left, right] = [b.input([2, 2, 1], 'left'), b.input([2, 2, 1], 'right')];
    const network = b.finish(b.apply('add', [left, right], {}), b.relu(right));
    const session = backend.inference(network);
    const results = session.run([Float32Array.of(1, 2, 3, 4), Float32Array.of(-1, 1, -1, 1)], 1);
    session.dispose();
    expect(results.map(({ values }) => [...values])).toEqual([
      [0, 3, 2, 5],
      [0, 1, 0, 1],
    ]);
  });

  it('leaves out what the fetched values do not depend on', () => {
    const b = new NetworkBuilder(5);
    const image = b.input([2, 2, 1]);
    const positive = b.relu(image);
    const network = b.finish(b.apply('opaque', positive, { type: 'Lambda' }));
    expect(backend.unsupported(network)).toEqual(['Lambda (layer opaque2)']);
    expect(() => backend.inference(network)).toThrow('Lambda');
    const session = backend.inference(network, [positive]);
    expect([...session.run([Float32Array.of(-1, 2, -3, 4)], 1)[0].values]).toEqual([0, 2, 0, 4]);
    session.dispose();
  });

  it('needs the size of the image', () => {
    const b = new NetworkBuilder(6);
    const network = b.finish(b.conv(b.input([null, null, 3]), 4, [3, 3]));
    expect(backend.unsupported(network)).toEqual([]);
    expect(() => backend.inference(network)).toThrow('input size is unknown');
  });
});

describe('moments', () => {
  it('are the mean and biased variance of each channel, with inference statistics', () => {
    const network = small();
    const session = backend.moments(network, ['conv1', 'globalAveragePool4']);
    const results = session.run([input], 2);
    session.dispose();
    const expected = runReference(network, [tensor([2, 6, 6, 2], input)]);
    ['conv1', 'globalAveragePool4'].forEach((name, i) => {
      const value = expected.get(name);
      if (!value) throw new Error(`no value ${name}`);
      const { mean, variance, count } = momentsOf(value);
      expect(results[i].count).toBe(count);
      results[i].mean.forEach((v, c) => expect(v).toBeCloseTo(mean[c], 5));
      results[i].variance.forEach((v, c) => expect(v).toBeCloseTo(variance[c], 5));
    });
  });
});

describe('training', () => {
  const ending = (op: 'softmax' | 'sigmoid' | 'relu' | 'none', units: number): Network => {
    const b = new NetworkBuilder(7);
    const logits = b.dense(b.apply('flatten', b.input([2, 2, 1]), {}, 4), units);
    return b.finish(op === 'none' ? logits : b.apply(op, logits, {}));
  };
  const start = (network: Network, loss: Loss): void =>
    backend.training(network, { ...OPTIONS, loss }).dispose();

  it.each([
    ['sigmoid', 3, 'categorical', 'ends in sigmoid'],
    ['relu', 3, 'categorical', 'ends in relu'],
    ['softmax', 1, 'categorical', 'does not fit'],
    ['softmax', 3, 'multiLabel', 'ends in softmax'],
    ['sigmoid', 2, 'binary', 'does not fit'],
  ] as const)('refuses %s over %i units for the %s loss', (op, units, loss, sentence) => {
    expect(() => start(ending(op, units), loss)).toThrow(UnsupportedError);
    expect(() => start(ending(op, units), loss)).toThrow(sentence);
  });

  it.each([
    ['softmax', 3, 'categorical'],
    ['none', 3, 'categorical'],
    ['sigmoid', 3, 'multiLabel'],
    ['sigmoid', 1, 'binary'],
  ] as const)('accepts %s over %i units for the %s loss', (op, units, loss) => {
    expect(() => start(ending(op, units), loss)).not.toThrow();
  });

  it('refuses an output that is an image, a second output, and an operator it does not know', () => {
    const b = new NetworkBuilder(8);
    const x = b.input([4, 4, 3]);
    expect(() => start(b.finish(b.apply('softmax', x, {})), 'categorical')).toThrow('does not fit');
    expect(() => start(b.finish(x, b.relu(x)), 'categorical')).toThrow('one output');
    const lost = new NetworkBuilder(9);
    const hidden = lost.apply('opaque', lost.input([4, 4, 3]), { type: 'Lambda' });
    const network = lost.finish(lost.apply('softmax', hidden, {}));
    expect(() => start(network, 'categorical')).toThrow('Lambda (layer opaque1)');
  });
});

it('gives back every session, tensor and folder', () => {
  const own = mkdtempSync(path.join(tmpdir(), 'acnet-test-'));
  vi.stubEnv('TMPDIR', own);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(own, { recursive: true, force: true });
  });
  const before = [addon.getNumOfSavedModels(), addon.getNumOfTensors()];
  for (let i = 0; i < 3; i++) {
    const inference = backend.inference(small());
    const training = backend.training(small(), OPTIONS);
    inference.run([input], 2);
    training.step(input, Float32Array.of(1, 0, 0, 0, 1, 0), 0.1);
    training.read();
    expect(() => training.step(input.subarray(2), Float32Array.of(1, 0, 0, 0, 1, 0), 0.1)).toThrow();
    expect(addon.getNumOfSavedModels()).toBe(before[0] + 2);
    inference.dispose();
    training.dispose();
    training.dispose(); // a second time does nothing
  }
  expect([addon.getNumOfSavedModels(), addon.getNumOfTensors()]).toEqual(before);
  expect(readdirSync(own)).toEqual([]);
});

it('writes what TensorFlow.js reads as a SavedModel', () => {
  const graph = new GraphBuilder();
  const x = graph.add('Placeholder', [], { dtype: { type: DT.float }, shape: { shape: [-1, 300] } }, 'x');
  const sum = graph.constant([-1, 2 ** 31 - 1], [2], 'int32');
  const node = graph.add('Sum', [x, sum, `^${x}`], { T: { type: DT.float }, keep_dims: { bool: true } });
  const bytes = graph.savedModel({
    run: { inputs: new Map([['in', x]]), outputs: new Map([['out', node]]) },
  });
  const { SavedModel } = proto as unknown as {
    SavedModel: { deserializeBinary(bytes: Uint8Array): Message };
  };
  const read = SavedModel.deserializeBinary(bytes).toObject();
  const [meta] = read.metaGraphsList as [Record<string, never>];
  expect(meta.metaInfoDef).toMatchObject({ tagsList: ['serve'] });
  expect(meta.signatureDefMap).toMatchObject([
    ['run', { inputsMap: [['in', { name: 'x:0' }]], outputsMap: [['out', { name: `${node}:0` }]] }],
  ]);
  expect(meta.graphDef).toMatchObject({
    nodeList: [
      {
        name: 'x',
        op: 'Placeholder',
        attrMap: [
          ['dtype', { type: 1 }],
          ['shape', { shape: { dimList: [{ size: -1 }, { size: 300 }] } }],
        ],
      },
      {
        attrMap: [
          ['dtype', { type: 3 }],
          ['value', { tensor: { tensorContent: Buffer.from('ffffffffffffff7f', 'hex').toString('base64') } }],
        ],
      },
      {
        inputList: ['x', sum, '^x'],
        attrMap: [
          ['T', { type: 1 }],
          ['keep_dims', { b: true }],
        ],
      },
    ],
  });
});

interface Message {
  toObject(): Record<string, unknown>;
}
