import { beforeAll, expect, it } from 'vitest';
import type { Backend, Network, Precision, StepProfile } from '../../../src/engine/backend';
import { nativeBackend } from '../../support/native';
import { NetworkBuilder } from '../../support/networks';

let backend: Backend;
beforeAll(async () => {
  backend = await nativeBackend();
});

/** Two equal convolutions, one wide one, dropout. */
function network(): Network {
  const b = new NetworkBuilder(3);
  let x = b.input([24, 24, 8]);
  for (let i = 0; i < 2; i++) x = b.relu(b.batchNorm(b.conv(x, 8, [3, 3])));
  const y = b.apply('dropout', b.conv(x, 64, [5, 5], { bias: true }), { rate: 0.5 });
  return b.finish(b.dense(b.apply('globalAveragePool', y, { keepDims: false }), 4));
}

function profile(precision: Precision): StepProfile {
  const options = { batch: 16, loss: 'categorical', labelSmoothing: 0, seed: 1, precision } as const;
  const optimiser = { kind: 'sgd', momentum: 0.9, weightDecay: 0 } as const;
  const run = backend.profile?.(network(), { ...options, optimiser });
  if (!run) throw new Error('no profile');
  for (const left: number[] = []; ;) {
    const { done, value } = run.next();
    if (!done) {
      left.push(value);
      continue;
    }
    expect(left.at(-1)).toBe(1);
    expect(left).toEqual(left.map((_, i) => left.length - i));
    return value;
  }
}

function expectSlowestFirst(lines: readonly { readonly seconds: number }[]): void {
  const times = lines.map((line) => line.seconds);
  expect(times).toEqual([...times].sort((a, b) => b - a));
}

it.each<Precision>(['float32', 'bfloat16'])('times the operators of a step: %s', (precision) => {
  const { seconds, operators } = profile(precision);
  expect(seconds).toBeGreaterThan(0);
  const named = new Map(operators.map((one) => [one.operator, one]));
  expect(named.get('conv2d')?.count).toBe(3);
  // The first convolution's images learn nothing.
  expect(named.get('conv2dBackpropInput')?.count).toBe(2);
  expect(named.get('conv2dBackpropFilter')?.count).toBe(3);
  expect(named.get('sumOfNormsGrad')?.shapes).toMatchObject([{ count: 2 }]);
  expect(named.get('dropoutMask')?.count).toBe(1);
  // Kernels and biases of three convolutions and a dense layer, γ and β twice.
  expect(named.get('update of weights')?.count).toBe(3 + 1 + 2 + 4);
  expect(named.has('read')).toBe(false);
  // Which of them is the slowest is the machine's affair, and what else it does.
  const convolutions = named.get('conv2d')?.shapes.map(({ shape, count }) => ({ shape, count }));
  expect(convolutions).toHaveLength(2);
  expect(convolutions).toEqual(
    expect.arrayContaining([
      { shape: '16 × 24 × 24 × 8, 3 × 3 × 8 × 8 → 16 × 24 × 24 × 8', count: 2 },
      { shape: '16 × 24 × 24 × 8, 5 × 5 × 8 × 64 → 16 × 24 × 24 × 64', count: 1 },
    ]),
  );
  expectSlowestFirst(operators);
  operators.forEach(({ seconds: whole, count, shapes }) => {
    expectSlowestFirst(shapes);
    expect(shapes.reduce((sum, shape) => sum + shape.seconds, 0)).toBeCloseTo(whole, 9);
    expect(shapes.reduce((sum, shape) => sum + shape.count, 0)).toBe(count);
  });
});
