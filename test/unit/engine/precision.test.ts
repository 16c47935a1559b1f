import { beforeAll, expect, it } from 'vitest';
import type { Backend, Network, Precision } from '../../../src/engine/backend';
import { nativeBackend } from '../../support/native';
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
