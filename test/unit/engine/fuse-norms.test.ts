import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PrimitiveName, Step } from '../../../src/core/graph/lowering';
import type { Network, Precision, TrainingOptions } from '../../../src/engine/backend';
import { planTraining } from '../../../src/engine/plan/training';
import { createTensorflowBackend } from '../../../src/engine/tensorflow/backend';
import { DEFAULT_TARGET } from '../../../src/engine/tensorflow/convolution';
import { DT, GraphBuilder } from '../../../src/engine/tensorflow/graph-def';
import { GraphSession } from '../../../src/engine/tensorflow/session';
import { TensorflowTraining } from '../../../src/engine/tensorflow/training-session';
import { nativeLibraries } from '../../support/native';
import { NetworkBuilder } from '../../support/networks';

const OPTIONS: TrainingOptions = {
  batch: 4,
  loss: 'categorical',
  labelSmoothing: 0,
  seed: 1,
  optimiser: { kind: 'sgd', momentum: 0, weightDecay: 0 },
};

interface Sum {
  /** So many convolutions with batch norm are added. */
  readonly norms: number;
  /** Whether the image before them is added too. */
  readonly side: boolean;
  readonly relu: boolean;
  readonly channels: number;
  readonly gamma: boolean;
  readonly seed: number;
}

/** Sums of convolutions with batch norm on 9 × 8 images, two one after the other, then three classes. */
function summed({ norms, side, relu, channels, gamma, seed }: Sum): Network {
  const b = new NetworkBuilder(seed);
  const layer = (x: string): string => {
    const branches = Array.from({ length: norms }, (_, i) =>
      b.batchNorm(b.conv(x, channels, i % 2 === 0 ? [3, 3] : [1, 3]), { gamma: gamma || i > 0 }),
    );
    const all = side ? [...branches, x] : branches;
    const sum = all.length === 1 ? all[0] : b.apply('add', all, {});
    return relu ? b.relu(sum) : b.apply('tanh', sum, {});
  };
  const x = layer(layer(b.conv(b.input([9, 8, 3]), channels, [1, 1])));
  return b.finish(b.dense(b.apply('globalAveragePool', x, { keepDims: false }), 3));
}

const sums = fc.record({
  norms: fc.constantFrom(1, 2, 3, 3, 4, 5),
  side: fc.boolean(),
  relu: fc.boolean(),
  channels: fc.constantFrom(1, 3, 7, 8, 12, 16, 21, 40),
  gamma: fc.boolean(),
  seed: fc.integer({ min: 1, max: 1e6 }),
});

const TARGETS = Float32Array.from({ length: 12 }, (_, i) => Number(i % 3 === Math.floor(i / 3) % 3));
/** So large a rate that the weights' own rounding vanishes beside the gradient. */
const HUGE = 1e6;

/** What one step changes, by a weight's name (gradients), and what it makes of the statistics. */
function changes(
  network: Network,
  fuseNorms: boolean,
  input: Float32Array,
  precision: Precision,
): { loss: number; changed: ReadonlyMap<string, Float64Array> } {
  const { binding } = nativeLibraries();
  const plan = planTraining(network, OPTIONS, { fuseNorms });
  const target = { ...DEFAULT_TARGET, precision };
  const session = new TensorflowTraining(binding, plan, network.tensors, target);
  const before = session.read();
  const loss = session.step(input, TARGETS, HUGE);
  const after = session.read();
  session.dispose();
  const changed = [...before].map(([name, old]): [string, Float64Array] => {
    const now = after.get(name) ?? new Float32Array();
    const scale = name.includes('moving') ? 1 : HUGE;
    return [name, Float64Array.from(old, (v, i) => (v - now[i]) / scale)];
  });
  return { loss, changed: new Map(changed) };
}

const largestOf = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((most, v) => Math.max(most, Math.abs(v)), 0);

/** Of weights from others, each weight in parts of its largest number. */
function squaredDistance(
  expected: ReadonlyMap<string, Float64Array>,
  found: ReadonlyMap<string, Float64Array>,
): number {
  return [...expected].reduce((total, [name, values]) => {
    const others = found.get(name) ?? new Float64Array();
    const scale = largestOf(values) || 1;
    return total + values.reduce((sum, v, i) => sum + ((v - others[i]) / scale) ** 2, 0);
  }, 0);
}

const namesOf = (steps: readonly Step[]): PrimitiveName[] => steps.map(({ primitive }) => primitive.op);
const count = (names: readonly PrimitiveName[], op: PrimitiveName): number =>
  names.filter((name) => name === op).length;

describe('a plan with fused sums', () => {
  const SUM: Sum = { norms: 3, side: true, relu: true, channels: 4, gamma: true, seed: 1 };

  it('has one step for batch norms, addition and ReLU, and one for their gradient', () => {
    const names = namesOf(planTraining(summed(SUM), OPTIONS, { fuseNorms: true }).steps);
    expect([count(names, 'sumOfNorms'), count(names, 'sumOfNormsGrad')]).toEqual([2, 2]);
    for (const op of ['batchNormTraining', 'batchNormTrainingGrad', 'relu', 'reluGrad'] as const) {
      expect(names).not.toContain(op);
    }
  });

  it('makes each value before it is used', () => {
    const { steps, updates, loss } = planTraining(summed(SUM), OPTIONS, { fuseNorms: true });
    const made = new Set<number>();
    for (const { inputs, outputs } of steps) {
      for (const { id } of inputs) expect(made).toContain(id);
      outputs.forEach(({ id }) => made.add(id));
    }
    for (const { id } of [loss, ...updates.map(({ value }) => value)]) expect(made).toContain(id);
  });

  it('takes a sum of sums as one', () => {
    const b = new NetworkBuilder(1);
    const x = b.conv(b.input([5, 5, 3]), 4, [1, 1]);
    const norm = (): string => b.batchNorm(b.conv(x, 4, [3, 3]));
    const block = b.apply('add', [norm(), norm(), norm()], {});
    const residual = b.relu(b.apply('add', [block, norm()], {}));
    const network = b.finish(b.dense(b.apply('globalAveragePool', residual, { keepDims: false }), 3));
    const { steps } = planTraining(network, OPTIONS, { fuseNorms: true });
    const fused = steps.flatMap(({ primitive }) => (primitive.op === 'sumOfNorms' ? [primitive] : []));
    expect(fused).toMatchObject([{ side: false, relu: true }]);
    expect(fused[0].epsilons).toHaveLength(4);
  });

  it('leaves alone what something else needs, and sums of more than one other image', () => {
    const b = new NetworkBuilder(1);
    const x = b.conv(b.input([5, 5, 3]), 4, [1, 1]);
    const norm = b.batchNorm(b.conv(x, 4, [3, 3]));
    const used = b.relu(b.apply('add', [norm, x], {}));
    const crowded = b.apply('add', [b.batchNorm(b.conv(x, 4, [1, 3])), used, x], {});
    const sum = b.apply('add', [crowded, norm], {});
    const network = b.finish(b.dense(b.apply('globalAveragePool', sum, { keepDims: false }), 3));
    const names = namesOf(planTraining(network, OPTIONS, { fuseNorms: true }).steps);
    // Both batch norms are steps of their own: one is used twice, the other is beside two images.
    expect(count(names, 'sumOfNorms')).toBe(2);
    expect([count(names, 'relu'), count(names, 'batchNormTraining')]).toEqual([1, 0]);
  });

  it('is the plain plan where nothing asks for it, and without batch norms', () => {
    expect(namesOf(planTraining(summed(SUM), OPTIONS).steps)).not.toContain('sumOfNorms');
    const frozen = planTraining(
      summed(SUM),
      { ...OPTIONS, statistics: 'frozen' },
      { fuseNorms: true, fold: false },
    );
    expect(namesOf(frozen.steps)).not.toContain('sumOfNorms');
  });
});

describe('the operators of our own', () => {
  it('are there', () => {
    expect(nativeLibraries().ownOperators).toBe(true);
  });

  it('give the loss, gradients and statistics of the steps they stand for', () => {
    fc.assert(
      fc.property(sums, (sum) => {
        const network = summed(sum);
        const input = new NetworkBuilder(sum.seed).values(4, 9, 8, 3);
        const apart = changes(network, false, input, 'float32');
        const fused = changes(network, true, input, 'float32');
        expect(Math.abs(fused.loss - apart.loss)).toBeLessThan(1e-5);
        const kernels = Math.max(...[...apart.changed.values()].map(largestOf));
        for (const [name, expected] of apart.changed) {
          const found = fused.changed.get(name) ?? new Float64Array();
          const error = largestOf(expected.map((v, i) => v - found[i]));
          // A batch norm's rounding is that of the image it comes from, however small what is left of it.
          expect(error, name).toBeLessThanOrEqual(1e-4 * largestOf(expected) + 1e-6 * kernels);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('are as close to float32 in bfloat16 as the steps they stand for', () => {
    // By root mean square over many networks: in a single one, rounding may turn out either way.
    const all = { fused: 0, apart: 0 };
    for (const sum of fc.sample(sums, { numRuns: 10, seed: 1 })) {
      const network = summed(sum);
      const input = new NetworkBuilder(sum.seed).values(4, 9, 8, 3);
      const exact = changes(network, false, input, 'float32');
      for (const how of ['fused', 'apart'] as const) {
        const found = changes(network, how === 'fused', input, 'bfloat16');
        expect(Math.abs(found.loss - exact.loss)).toBeLessThan(0.05 * (1 + exact.loss));
        all[how] += squaredDistance(exact.changed, found.changed);
      }
    }
    expect(all.apart).toBeGreaterThan(0);
    expect(Math.sqrt(all.fused)).toBeLessThan(1.2 * Math.sqrt(all.apart));
  });

  it('are not used where TensorFlow has not taken them in', () => {
    const network = summed({ norms: 3, side: true, relu: true, channels: 4, gamma: true, seed: 3 });
    const input = new NetworkBuilder(3).values(4, 9, 8, 3);
    const losses = [true, false].map((ownOperators) => {
      const session = createTensorflowBackend({ ...nativeLibraries(), ownOperators }).training(
        network,
        OPTIONS,
      );
      const taken = [0, 1].map(() => session.step(input, TARGETS, 0.1));
      session.dispose();
      return taken;
    });
    losses[0].forEach((loss, i) => expect(loss).toBeCloseTo(losses[1][i], 4));
  });
});

/** One norm by itself: x, γ, β → y, mean, variance. */
function single(x: Float32Array, channels: number, gamma: Float32Array): readonly Float32Array[] {
  const graph = new GraphBuilder();
  const fed = (name: string): string =>
    graph.add('Placeholder', [], { dtype: { type: DT.float }, shape: { shape: [-1] } }, name);
  const shaped = (name: string): string =>
    graph.add('Placeholder', [], { dtype: { type: DT.float }, shape: { shape: [-1, channels] } }, name);
  const inputs = new Map([
    ['x', shaped('x')],
    ['gamma', fed('gamma')],
    ['beta', fed('beta')],
  ]);
  const sum = graph.add('AcnetSumOfNorms', [...inputs.values()], {
    T: { type: DT.float },
    n: { int: 1 },
    sides: { int: 0 },
    relu: { bool: false },
    epsilon: { floats: [0] },
  });
  const outputs = new Map([
    ['y', sum],
    ['mean', `${sum}:1`],
    ['variance', `${sum}:2`],
  ]);
  const session = new GraphSession(nativeLibraries().binding, graph, { norm: { inputs, outputs } });
  try {
    return session
      .run(
        'norm',
        new Map([
          ['x', { shape: [x.length / channels, channels], values: x }],
          ['gamma', { shape: [gamma.length], values: gamma }],
          ['beta', { shape: [channels], values: new Float32Array(channels) }],
        ]),
      )
      .map(({ values }) => values);
  } finally {
    session.dispose();
  }
}

describe('a norm by our own operator', () => {
  const CHANNELS = 19;
  const ROWS = 30_011;

  it('is exact where the mean is large beside the deviation, over many parts of uneven size', () => {
    const random = new NetworkBuilder(5).values(ROWS * CHANNELS);
    const x = random.map((v, i) => 1000 + (i % CHANNELS) + v);
    const [y, mean, variance] = single(x, CHANNELS, new Float32Array(CHANNELS).fill(2));
    for (let c = 0; c < CHANNELS; c++) {
      let sum = 0;
      for (let row = 0; row < ROWS; row++) sum += x[row * CHANNELS + c];
      const average = sum / ROWS;
      let squares = 0;
      for (let row = 0; row < ROWS; row++) squares += (x[row * CHANNELS + c] - average) ** 2;
      expect(Math.abs(mean[c] - average)).toBeLessThan(1e-4);
      expect(variance[c] / (squares / (ROWS - 1))).toBeCloseTo(1, 5);
      const last = (ROWS - 1) * CHANNELS + c;
      expect(y[last]).toBeCloseTo((2 * (x[last] - average)) / Math.sqrt(squares / ROWS), 3);
    }
  });

  it('gives the same bits each time, whichever thread does which part', () => {
    const x = new NetworkBuilder(6).values(ROWS * CHANNELS);
    const gamma = new Float32Array(CHANNELS).fill(1);
    const bits = (): string[] =>
      single(x, CHANNELS, gamma).map((values) =>
        createHash('sha256')
          .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
          .digest('hex'),
      );
    const first = bits();
    for (let i = 0; i < 5; i++) expect(bits()).toEqual(first);
  });

  it('of one image row, and of none, is finite', () => {
    const gamma = new Float32Array(CHANNELS).fill(1);
    const [, mean, variance] = single(new Float32Array(CHANNELS).fill(3), CHANNELS, gamma);
    expect([mean[0], variance[0]]).toEqual([3, 0]);
    const [y, none] = single(new Float32Array(), CHANNELS, gamma);
    expect([y.length, none[0]]).toEqual([0, 0]);
  });

  it('refuses a vector of another size', () => {
    expect(() => single(new Float32Array(2 * CHANNELS), CHANNELS, new Float32Array(3))).toThrow(
      'does not fit its channels',
    );
  });
});
