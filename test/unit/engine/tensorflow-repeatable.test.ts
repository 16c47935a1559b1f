import { beforeAll, describe, expect, it } from 'vitest';
import type { Backend, Network, TrainingSession, Weights } from '../../../src/engine/backend';
import { chosenBackend } from '../../support/chosen';
import { NetworkBuilder } from '../../support/networks';

let backend: Backend;
beforeAll(async () => {
  const chosen = await chosenBackend();
  backend = chosen.repeatable?.() ?? chosen;
});

/** Convolutions, batch norms and a dropout: all that keeps something between steps. */
function network(): Network {
  const b = new NetworkBuilder(1);
  const x = b.relu(b.batchNorm(b.conv(b.input([16, 16, 3]), 16, [3, 3])));
  const inner = b.apply('dropout', b.batchNorm(b.conv(x, 16, [3, 3], { strides: [2, 2] })), { rate: 0.2 });
  const pooled = b.apply('globalAveragePool', b.relu(inner), { keepDims: false });
  return b.finish(b.apply('softmax', b.dense(pooled, 10), {}));
}

const images = new NetworkBuilder(1).values(16, 16, 16, 3);
const targets = Float32Array.from({ length: 160 }, (_, i) => (i % 11 === 0 ? 1 : 0));

function open(seed: number): TrainingSession {
  const optimiser = { kind: 'sgd', momentum: 0.9, weightDecay: 1e-4 } as const;
  const options = { batch: 16, loss: 'categorical', labelSmoothing: 0.1, seed, optimiser } as const;
  return backend.training(network(), options);
}

const steps = (session: TrainingSession, count: number): number[] =>
  Array.from({ length: count }, () => session.step(images, targets, 0.1));

const bits = (weights: Weights) =>
  [...weights].map(([name, values]) => [
    name,
    Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('hex'),
  ]);

describe('a backend that is to be repeatable', () => {
  it('two runs agree to the last bit', () => {
    expect(backend.description).toMatch(/1 thread/);
    const run = (seed: number): unknown => {
      const session = open(seed);
      const losses = steps(session, 10);
      const weights = session.read();
      session.dispose();
      return [losses, bits(weights)];
    };
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
  });

  it('a session that takes over a captured state goes on as the first one does, to the last bit', () => {
    const first = open(1);
    steps(first, 4);
    const state = first.capture();
    expect(state.steps).toBe(4);
    expect([...state.optimiser.keys()].every((name) => state.weights.has(name))).toBe(true);
    expect([...state.optimiser.keys()].some((name) => name.includes('moving'))).toBe(false);
    const losses = steps(first, 5);
    const second = open(1);
    second.restore(state);
    expect(steps(second, 5)).toEqual(losses);
    expect(bits(second.read())).toEqual(bits(first.read()));
    expect(bits(second.capture().optimiser)).toEqual(bits(first.capture().optimiser));
    // Each part of the state counts: without it the runs part.
    for (const change of [
      { steps: 0 },
      { optimiser: new Map([...state.optimiser].map(([name, v]) => [name, v.map(() => 0)])) },
    ]) {
      const other = open(1);
      other.restore({ ...state, ...change });
      steps(other, 5);
      expect(bits(other.read())).not.toEqual(bits(first.read()));
      other.dispose();
    }
    first.dispose();
    second.dispose();
  });

  it('a state of another network is refused, and nothing of it is taken', () => {
    const session = open(1);
    const before = bits(session.read());
    const state = session.capture();
    const [name] = state.weights.keys();
    const without = new Map([...state.weights].filter(([key]) => key !== name));
    for (const foreign of [
      { ...state, weights: without },
      { ...state, weights: new Map([...state.weights, ['other', Float32Array.of(1)]]) },
      { ...state, weights: new Map([...state.weights, [name, Float32Array.of(1)]]) },
      { ...state, optimiser: new Map<string, Float32Array>() },
    ]) {
      expect(() => session.restore(foreign)).toThrow(RangeError);
    }
    expect(bits(session.read())).toEqual(before);
    session.restore(state);
    session.dispose();
  });
});
