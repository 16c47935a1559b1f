import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/random';
import type { Backend, Loss, Network, TrainingOptions } from '../../../src/engine/backend';
import { chosenBackend } from '../../support/chosen';
import { networkLoss, numericalGradient, type LossCase } from '../../support/losses';
import { NetworkBuilder } from '../../support/networks';
import { OPERATOR_BUILDS } from '../../support/operator-builds';
import { runReference, tensor } from '../../support/reference';
import { momentsOf } from '../../support/reference-ops';

let backend: Backend;
beforeAll(async () => {
  backend = await chosenBackend();
});

const PLAIN: Omit<TrainingOptions, 'batch' | 'loss'> = {
  optimiser: { kind: 'sgd', momentum: 0, weightDecay: 0 },
  labelSmoothing: 0,
  seed: 1,
};

/** So large a rate that the weights' own rounding vanishes beside the gradient. */
const HUGE = 1e6;

/** Gradients of the first step by tensor name, taken from what one step of plain descent changes. */
function gradients(test: LossCase): ReadonlyMap<string, Float64Array> {
  const { network, input, loss } = test;
  const session = backend.training(network, { ...PLAIN, batch: input.shape[0], loss });
  const before = session.read();
  const value = session.step(
    Float32Array.from(input.data),
    Float32Array.from(Array.from(test.targets)),
    HUGE,
  );
  const after = session.read();
  session.dispose();
  expect(value).toBeCloseTo(networkLoss(test), 5);
  return new Map(
    [...before].map(([name, old]) => {
      const now = after.get(name) ?? new Float32Array();
      return [name, Float64Array.from(old, (v, i) => (v - now[i]) / HUGE)];
    }),
  );
}

/** Holds some elements of each learnt weight's gradient against central differences. */
function expectGradients(test: LossCase): void {
  const found = gradients(test);
  const largestOf = (values: Float64Array): number => values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  const learnt = test.network.graph.nodes.flatMap(
    ({ parameters: { mean: _mean, variance: _variance, ...rest } }) => Object.values(rest),
  );
  // A bias before a batch norm has no influence; its gradient is 0 up to the rounding of the others.
  const rounding = 1e-6 * Math.max(...learnt.map((name) => largestOf(found.get(name) ?? new Float64Array())));
  const random = createRandom(11);
  for (const name of learnt) {
    const gradient = found.get(name) ?? new Float64Array();
    const largest = largestOf(gradient);
    const picked = Array.from({ length: 4 }, () => random.below(gradient.length));
    picked.push(gradient.findIndex((v) => Math.abs(v) === largest));
    numericalGradient(test, name, picked).forEach((expected, i) => {
      const value = gradient[picked[i]];
      expect(Math.abs(value - expected), `${name}[${picked[i]}]: ${value} for ${expected}`).toBeLessThan(
        1e-4 * largest + rounding,
      );
    });
  }
}

function oneHot(rows: number, classes: number): number[] {
  return Array.from({ length: rows * classes }, (_, i) =>
    i % classes === Math.floor(i / classes) % classes ? 1 : 0,
  );
}

/** A network that ends in three classes, on 8 × 7 images of 4 channels, batch 5. */
function classifier(build: (b: NetworkBuilder, x: string) => string): LossCase {
  const b = new NetworkBuilder(21);
  const x = build(b, b.input([8, 7, 4]));
  const logits = b.dense(b.apply('globalAveragePool', x, { keepDims: false }), 3);
  const network = b.finish(b.apply('softmax', logits, {}));
  const input = tensor([5, 8, 7, 4], b.values(5, 8, 7, 4));
  return { network, logits, input, targets: oneHot(5, 3), loss: 'categorical' };
}

describe('gradients of the first step agree with central differences in float64', () => {
  const sides = { top: 1, bottom: 0, left: 2, right: 1 };
  const conv = (settings: Parameters<NetworkBuilder['conv']>[3], kernel = [3, 3] as const) => {
    return (b: NetworkBuilder, x: string): string =>
      b.apply('sigmoid', b.conv(b.conv(x, 4, [1, 1]), 8, kernel, settings), {});
  };
  const before = (b: NetworkBuilder, x: string): string => b.conv(x, 4, [3, 3], { bias: true });
  const poolSides = { top: 1, bottom: 0, left: 1, right: 1 };
  const window = { poolSize: [3, 2], strides: [2, 1] } as const;
  const builds: Record<string, (b: NetworkBuilder, x: string) => string> = {
    'convolution, same, stride 1': conv({ bias: true }),
    'convolution, same, stride 2': conv({ strides: [2, 2] }),
    'convolution, valid, stride 3 × 2': conv({ strides: [3, 2], padding: 'valid' }, [2, 3] as never),
    'convolution, explicit padding': conv({ padding: sides, strides: [2, 1] }),
    'convolution, dilated': conv({ dilations: [2, 2] }),
    'convolution, grouped': conv({ groups: 2 }),
    'convolution, depthwise': conv({ groups: 4, bias: true }),
    'convolution, depthwise with stride': conv({ groups: 4, strides: [2, 2] }),
    'convolution, depthwise with two strides': conv({ groups: 4, strides: [2, 1] }),
    'convolution, depthwise and dilated': conv({ groups: 4, dilations: [2, 2] }),
    'convolution, depthwise and dilated, valid': conv({ groups: 4, dilations: [1, 2], padding: 'valid' }),
    'convolution, depthwise, explicit padding': conv({ groups: 4, padding: sides }),
    'batch norm': (b, x) => b.relu(b.batchNorm(before(b, x))),
    'batch norm without γ and β': (b, x) => b.relu(b.batchNorm(before(b, x), { gamma: false, beta: false })),
    'batch norm without γ': (b, x) => b.relu(b.batchNorm(before(b, x), { gamma: false })),
    'max pool, same': (b, x) => b.apply('maxPool', before(b, x), { ...window, padding: 'same' }),
    'max pool, explicit': (b, x) => b.apply('maxPool', before(b, x), { ...window, padding: poolSides }),
    'average pool, same': (b, x) => b.apply('averagePool', before(b, x), { ...window, padding: 'same' }),
    'average pool, explicit': (b, x) =>
      b.apply('averagePool', before(b, x), { ...window, padding: poolSides }),
    'global max pool': (b, x) => b.apply('globalMaxPool', before(b, x), { keepDims: true }),
    'padding and cropping': (b, x) =>
      b.apply('cropping', b.apply('zeroPadding', before(b, x), { sides }), {
        sides: { top: 0, bottom: 1, left: 1, right: 0 },
      }),
    'rescaling by channel': (b, x) =>
      b.apply('rescaling', before(b, x), { scale: [1, -2, 0.5, 3], offset: [1, 0, 0, 2] }),
    'softmax inside': (b, x) => b.apply('softmax', before(b, x), {}),
    'a value read twice': (b, x) => {
      const y = before(b, x);
      return b.apply('add', [b.relu(y), y, b.apply('identity', y, {})], {});
    },
    'dense on an image': (b, x) => b.apply('sigmoid', b.dense(before(b, x), 6), {}),
    'three branches with a batch norm each': (b, x) => {
      const branch = (kernel: readonly [number, number]): string => b.batchNorm(b.conv(x, 6, kernel));
      return b.relu(b.apply('add', [branch([3, 3]), branch([1, 3]), branch([3, 1])], {}));
    },
  };
  it.each(Object.entries(builds))('%s', (_, build) => {
    expectGradients(classifier(build));
  });

  it.each(Object.entries(OPERATOR_BUILDS))('%s', (_, build) => {
    expectGradients(classifier((b, x) => b.apply('sigmoid', b.conv(build(b, before(b, x)), 3, [2, 2]), {})));
  });

  it('batch norm of vectors, behind flatten', () => {
    const b = new NetworkBuilder(4);
    const flat = b.apply('flatten', b.input([3, 3, 2]), {}, 18);
    const logits = b.dense(b.relu(b.batchNorm(b.dense(flat, 7))), 3);
    const input = tensor([6, 3, 3, 2], b.values(6, 3, 3, 2));
    const network = b.finish(b.apply('softmax', logits, {}));
    expectGradients({ network, logits, input, targets: oneHot(6, 3), loss: 'categorical' });
  });

  it.each([
    ['binary', 1],
    ['multiLabel', 4],
  ] as [Loss, number][])('%s loss', (loss, units) => {
    const b = new NetworkBuilder(6);
    const logits = b.dense(b.apply('flatten', b.input([3, 3, 2]), {}, 18), units);
    const input = tensor([5, 3, 3, 2], b.values(5, 3, 3, 2));
    const targets = Array.from({ length: 5 * units }, (_, i) => (i % 3 === 0 ? 1 : 0));
    const network = b.finish(b.apply('sigmoid', logits, {}));
    expectGradients({ network, logits, input, targets, loss });
  });

  it('one convolution called twice', () => {
    const b = new NetworkBuilder(9);
    const x = b.conv(b.input([6, 6, 2]), 3, [3, 3]);
    const once = b.conv(x, 3, [3, 3]);
    const built = b.finish(
      b.dense(b.apply('globalAveragePool', b.conv(once, 3, [3, 3]), { keepDims: false }), 3),
    );
    const first = built.graph.nodes.find(({ name }) => name === once);
    const nodes = built.graph.nodes.map((node) =>
      node.op === 'conv2d' && node.inputs[0] === once
        ? { ...node, parameters: first?.parameters ?? {} }
        : node,
    );
    const network: Network = { ...built, graph: { ...built.graph, nodes } };
    const input = tensor([4, 6, 6, 2], b.values(4, 6, 6, 2));
    const logits = network.graph.outputs[0];
    expectGradients({ network, logits, input, targets: oneHot(4, 3), loss: 'categorical' });
  });
});

describe('a training session', () => {
  const small = (): LossCase =>
    classifier((b, x) => b.relu(b.batchNorm(b.conv(x, 4, [3, 3], { bias: true }))));
  const feed = (test: LossCase): [Float32Array, Float32Array] => [
    Float32Array.from(test.input.data),
    Float32Array.from(Array.from(test.targets)),
  ];

  it('makes one session call per step', () => {
    const test = small();
    const session = backend.training(test.network, { ...PLAIN, batch: 5, loss: 'categorical' });
    expect(session.calls).toBe(0);
    session.step(...feed(test), 0.1);
    expect(session.calls).toBe(1);
    for (let i = 0; i < 4; i++) session.step(...feed(test), 0.1);
    expect(session.calls).toBe(5);
    session.dispose();
  });

  it.each([
    ['biased', {}],
    ['unbiased', { unbiased: true as const }],
  ])('moves the statistics by the batch mean and the %s variance', (_, kind) => {
    const made = small();
    const { graph, tensors } = made.network;
    const nodes = graph.nodes.map((node) =>
      node.op === 'batchNorm' ? { ...node, attributes: { ...node.attributes, ...kind } } : node,
    );
    const test = { ...made, network: { tensors, graph: { ...graph, nodes } } };
    const session = backend.training(test.network, { ...PLAIN, batch: 5, loss: 'categorical' });
    session.step(...feed(test), 0);
    const after = session.read();
    session.dispose();
    const norm = test.network.graph.nodes.find(({ op }) => op === 'batchNorm');
    const before = runReference(test.network, [test.input], { training: true }).get(norm?.inputs[0] ?? '');
    if (!norm || !before) throw new Error('no batch norm');
    const batch = momentsOf(before);
    // PyTorch divides by one less than there are positions.
    const factor = 'unbiased' in kind ? batch.count / (batch.count - 1) : 1;
    for (const role of ['mean', 'variance'] as const) {
      const name = norm.parameters[role];
      const old = test.network.tensors.get(name)?.readFloat32() ?? [];
      const size = role === 'variance' ? factor : 1;
      after.get(name)?.forEach((value, c) => {
        expect(value).toBeCloseTo(0.9 * old[c] + 0.1 * size * batch[role][c], 5);
      });
      expect(after.get(name)).not.toEqual(old);
    }
  });

  it.each([false, true])('descends as momentum SGD with weight decay on kernels, nesterov %s', (nesterov) => {
    // Logistic regression: its gradient can be written down.
    const b = new NetworkBuilder(31);
    const logits = b.dense(b.apply('flatten', b.input([2, 2, 1]), {}, 4), 3);
    const network = b.finish(b.apply('softmax', logits, {}));
    const optimiser = { kind: 'sgd', momentum: 0.9, nesterov, weightDecay: 0.05 } as const;
    const session = backend.training(network, { ...PLAIN, optimiser, batch: 6, loss: 'categorical' });
    const [kernelName, biasName] = [`${logits}/kernel`, `${logits}/bias`];
    const read = (name: string): Float64Array =>
      Float64Array.from(network.tensors.get(name)?.readFloat32() ?? []);
    const weights = { kernel: read(kernelName), bias: read(biasName) };
    const velocity = { kernel: new Float64Array(12), bias: new Float64Array(3) };
    const targets = oneHot(6, 3);
    for (const rate of [0.5, 0.25, 0.125]) {
      const x = b.values(6, 2, 2, 1);
      session.step(x, Float32Array.from(targets), rate);
      const gradient = logisticGradient(x, targets, weights);
      for (const part of ['kernel', 'bias'] as const) {
        weights[part].forEach((weight, i) => {
          const g = gradient[part][i] + (part === 'kernel' ? 0.05 * weight : 0);
          velocity[part][i] = 0.9 * velocity[part][i] + g;
          weights[part][i] -= rate * (nesterov ? g + 0.9 * velocity[part][i] : velocity[part][i]);
        });
      }
    }
    const after = session.read();
    session.dispose();
    after.get(kernelName)?.forEach((value, i) => expect(value).toBeCloseTo(weights.kernel[i], 5));
    after.get(biasName)?.forEach((value, i) => expect(value).toBeCloseTo(weights.bias[i], 5));
  });

  it.each([
    ['categorical', 0.3 / 3],
    ['multiLabel', 0.3 / 2],
  ] as [Loss, number][])('smooths %s targets', (loss, added) => {
    const b = new NetworkBuilder(41);
    const logits = b.dense(b.apply('flatten', b.input([2, 2, 1]), {}, 4), 3);
    const network = b.finish(b.apply(loss === 'categorical' ? 'softmax' : 'sigmoid', logits, {}));
    const input = tensor([4, 2, 2, 1], b.values(4, 2, 2, 1));
    const targets = oneHot(4, 3);
    const session = backend.training(network, { ...PLAIN, labelSmoothing: 0.3, batch: 4, loss });
    const found = session.step(Float32Array.from(input.data), Float32Array.from(targets), 0);
    session.dispose();
    const smoothed = targets.map((target) => 0.7 * target + added);
    expect(found).toBeCloseTo(networkLoss({ network, logits, input, targets: smoothed, loss }), 5);
    expect(found).not.toBeCloseTo(networkLoss({ network, logits, input, targets, loss }), 3);
  });

  it('draws dropout anew each step, the same for the same seed, and keeps the mean', () => {
    const b = new NetworkBuilder(51);
    const flat = b.apply('flatten', b.input([1, 1, 400]), {});
    const logits = b.dense(b.apply('dropout', flat, { rate: 0.25 }), 2, false);
    const network = b.finish(b.apply('softmax', logits, {}));
    const x = new Float32Array(8 * 400).fill(1);
    const targets = Float32Array.from(oneHot(8, 2));
    const masks = (seed: number): number[][] => {
      const session = backend.training(network, { ...PLAIN, seed, batch: 8, loss: 'categorical' });
      const losses = [0, 1, 2].map(() => session.step(x, targets, 0));
      session.step(x, targets, HUGE);
      const changed = session.read().get(`${logits}/kernel`) ?? new Float32Array();
      session.dispose();
      return [losses, [...changed]];
    };
    const [first, weights] = masks(1);
    expect(masks(1)).toEqual([first, weights]);
    expect(masks(2)[0]).not.toEqual(first);
    expect(new Set(first).size).toBe(3);
  });

  it('learns to tell two patterns apart', () => {
    const b = new NetworkBuilder(61);
    const features = b.relu(b.batchNorm(b.conv(b.input([6, 6, 1]), 4, [3, 3])));
    const logits = b.dense(b.apply('globalAveragePool', features, { keepDims: false }), 2);
    const network = b.finish(b.apply('softmax', logits, {}));
    const optimiser = { kind: 'sgd', momentum: 0.9, weightDecay: 1e-4 } as const;
    const session = backend.training(network, { ...PLAIN, optimiser, batch: 8, loss: 'categorical' });
    const losses = Array.from({ length: 60 }, () => {
      const noise = b.values(8, 6, 6, 1);
      const striped = noise.map((v, i) => {
        const [image, row, column] = [Math.floor(i / 36), Math.floor(i / 6) % 6, i % 6];
        return 0.3 * v + ((image % 2 === 0 ? row : column) % 2);
      });
      return session.step(striped, Float32Array.from(oneHot(8, 2)), 0.05);
    });
    const trained = session.read();
    session.dispose();
    const mean = (part: number[]): number => part.reduce((a, v) => a + v, 0) / part.length;
    expect(mean(losses.slice(-10))).toBeLessThan(0.3 * mean(losses.slice(0, 3)));
    expect(new Set(trained.keys())).toEqual(new Set(network.tensors.keys()));
  });
});

function logisticGradient(
  x: Float32Array,
  targets: readonly number[],
  { kernel, bias }: { kernel: Float64Array; bias: Float64Array },
): { kernel: Float64Array; bias: Float64Array } {
  const gradient = { kernel: new Float64Array(12), bias: new Float64Array(3) };
  for (let n = 0; n < 6; n++) {
    const logits = [0, 1, 2].map((c) =>
      [0, 1, 2, 3].reduce((sum, i) => sum + x[n * 4 + i] * kernel[i * 3 + c], bias[c]),
    );
    const total = logits.reduce((sum, v) => sum + Math.exp(v), 0);
    logits.forEach((v, c) => {
      const d = (Math.exp(v) / total - targets[n * 3 + c]) / 6;
      gradient.bias[c] += d;
      for (let i = 0; i < 4; i++) gradient.kernel[i * 3 + c] += d * x[n * 4 + i];
    });
  }
  return gradient;
}
