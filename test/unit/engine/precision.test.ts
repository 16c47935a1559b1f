import { beforeAll, expect, it } from 'vitest';
import type { Backend, Network, Precision, Statistics, TrainingOptions } from '../../../src/engine/backend';
import { planTraining } from '../../../src/engine/plan/training';
import { DEFAULT_TARGET, type ConvolutionTarget } from '../../../src/engine/tensorflow/convolution';
import { TensorflowTraining } from '../../../src/engine/tensorflow/training-session';
import { nativeBackend, nativeLibraries } from '../../support/native';
import { NetworkBuilder } from '../../support/networks';

let backend: Backend;
beforeAll(async () => {
  backend = await nativeBackend();
});

const [BATCH, STEPS] = [16, 60];

/** conv → BN → ReLU twice, the second one with stride and groups, then two classes. */
function network(seed: number): Network {
  const b = new NetworkBuilder(seed);
  const x = b.relu(b.batchNorm(b.conv(b.input([12, 12, 1]), 8, [3, 3], { bias: true })));
  const y = b.relu(b.batchNorm(b.conv(x, 16, [3, 3], { strides: [2, 2], groups: 2, padding: 'valid' })));
  return b.finish(b.dense(b.apply('globalAveragePool', y, { keepDims: false }), 2));
}

/** Stripes along rows or columns, in noise that hides them. */
function stripes(b: NetworkBuilder): [Float32Array, Float32Array] {
  const images = b.values(BATCH, 12, 12, 1).map((noise, i) => {
    const [image, row, column] = [Math.floor(i / 144), Math.floor(i / 12) % 12, i % 12];
    return 1.5 * noise + ((image % 2 === 0 ? row : column) % 2);
  });
  return [
    images,
    Float32Array.from({ length: BATCH * 2 }, (_, i) => Number(i % 2 === Math.floor(i / 2) % 2)),
  ];
}

function train(precision: Precision, seed: number): { losses: number[]; kernel: Float32Array } {
  const session = backend.training(network(seed), {
    batch: BATCH,
    loss: 'categorical',
    labelSmoothing: 0,
    seed,
    optimiser: { kind: 'sgd', momentum: 0.9, weightDecay: 1e-4 },
    precision,
  });
  const data = new NetworkBuilder(seed + 100);
  const losses = Array.from({ length: STEPS }, () => session.step(...stripes(data), 0.02));
  const kernel = session.read().get('conv1/kernel') ?? new Float32Array();
  session.dispose();
  return { losses, kernel };
}

/** Everything that stays in bfloat16 between convolutions, and some that does not. */
function mixed(seed: number): Network {
  const b = new NetworkBuilder(seed);
  const x = b.relu(b.batchNorm(b.conv(b.input([12, 12, 1]), 8, [3, 3])));
  const branches = [b.conv(x, 8, [3, 3]), b.conv(x, 8, [1, 3]), b.conv(x, 8, [3, 1])];
  const sum = b.apply(
    'add',
    branches.map((branch) => b.batchNorm(branch)),
    {},
  );
  const y = b.apply('relu6', b.apply('add', [sum, x], {}), {});
  const pooled = b.apply('maxPool', y, { poolSize: [2, 2], strides: [2, 2], padding: 'valid' });
  const wide = b.apply('concatenate', [pooled, b.apply('tanh', pooled, {})], { axis: -1 }, 16);
  const z = b.relu(b.conv(wide, 8, [3, 3], { strides: [2, 2], bias: true }));
  return b.finish(b.dense(b.apply('globalAveragePool', z, { keepDims: false }), 2));
}

/** One plain step of rate 1: what each weight lost is its gradient. */
function gradients(precision: Precision, statistics: Statistics): Map<string, number[]> {
  const session = backend.training(mixed(5), {
    batch: BATCH,
    loss: 'categorical',
    labelSmoothing: 0,
    seed: 1,
    optimiser: { kind: 'sgd', momentum: 0, weightDecay: 0 },
    precision,
    statistics,
  });
  const before = session.read();
  session.step(...stripes(new NetworkBuilder(9)), 1);
  const after = session.read();
  session.dispose();
  const learnt = [...before].filter(([name]) => !name.includes('moving_'));
  return new Map(
    learnt.map(([name, old]) => [name, Array.from(old, (v, i) => v - (after.get(name)?.[i] ?? NaN))]),
  );
}

/** Loss and gradients of a first step whose convolutions are computed as told. */
function firstStep(change: Partial<ConvolutionTarget>): { loss: number; gradients: number[] } {
  const options: TrainingOptions = {
    batch: BATCH,
    loss: 'categorical',
    labelSmoothing: 0,
    seed: 1,
    optimiser: { kind: 'sgd', momentum: 0, weightDecay: 0 },
  };
  const { binding } = nativeLibraries();
  const target: ConvolutionTarget = { ...DEFAULT_TARGET, ...change };
  const made = mixed(5);
  const plan = planTraining(made, options, { fuseNorms: false });
  const session = new TensorflowTraining(binding, plan, made.tensors, target);
  const before = session.read();
  const loss = session.step(...stripes(new NetworkBuilder(9)), 1);
  const after = session.read();
  session.dispose();
  const gradients = [...before].flatMap(([name, old]) =>
    Array.from(old, (v, i) => v - (after.get(name)?.[i] ?? NaN)),
  );
  return { loss, gradients };
}

const norm = (values: readonly number[]): number => Math.hypot(...values);

it.each<Statistics>(['batch', 'frozen'])(
  'gradients in bfloat16 point where those in float32 do: %s',
  (statistics) => {
    const exact = gradients('float32', statistics);
    const all = [...gradients('bfloat16', statistics)].map(([name, rounded]) => {
      const expected = exact.get(name) ?? [];
      return { name, error: norm(rounded.map((v, i) => v - expected[i])), size: norm(expected) };
    });
    // Of a convolution's bias in front of batch statistics the true gradient is zero: hence the whole's size too.
    const whole = norm(all.map(({ size }) => size));
    all.forEach(({ name, error, size }) => expect(error, name).toBeLessThan(0.15 * size + 1e-3 * whole));
    expect(norm(all.map(({ error }) => error))).toBeLessThan(0.03 * whole);
  },
);

it('convolutions of bfloat16 images are the same in float32 between changes of the type', () => {
  const [own, wide, exact] = [
    firstStep({ precision: 'bfloat16' }),
    firstStep({ precision: 'bfloat16', widened: true }),
    firstStep({ precision: 'float32' }),
  ];
  const apart = (a: typeof own, b: typeof own): number =>
    norm(a.gradients.map((value, i) => value - b.gradients[i]));
  // A sum in another order may be rounded to the neighbouring bfloat16: less than what rounding does by itself.
  expect(apart(wide, own)).toBeLessThan(apart(own, exact));
  expect(apart(wide, exact)).toBeLessThan(1.2 * apart(own, exact));
  expect(Math.abs(wide.loss / own.loss - 1)).toBeLessThan(2 ** -8);
  expect(wide.gradients).not.toEqual(exact.gradients);
});

const mean = (values: readonly number[]): number => values.reduce((a, v) => a + v, 0) / values.length;

it('bfloat16 trains as float32 does, on float32 weights', () => {
  const seeds = [1, 2, 3];
  const exact = seeds.map((seed) => train('float32', seed));
  const losses = exact.map((run) => mean(run.losses));
  const spread = Math.sqrt(mean(losses.map((loss) => (loss - mean(losses)) ** 2)) * (3 / 2));
  seeds.forEach((seed, i) => {
    const { losses: rounded, kernel } = train('bfloat16', seed);
    expect(rounded).not.toEqual(exact[i].losses);
    expect(Math.abs(rounded[0] - exact[i].losses[0])).toBeLessThan(0.02 * exact[i].losses[0]);
    expect(Math.abs(mean(rounded) - losses[i])).toBeLessThan(Math.max(0.02 * losses[i], 3 * spread));
    expect(mean(rounded.slice(-10))).toBeLessThan(0.8 * mean(rounded.slice(0, 10)));
    // The upper half of a float32 is a bfloat16: weights held in that would have an empty lower half.
    expect([...new Uint32Array(kernel.slice().buffer)].some((bits) => (bits & 0xffff) !== 0)).toBe(true);
  });
});
