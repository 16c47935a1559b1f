import { describe, expect, it } from 'vitest';
import { tensorOf } from '../../../src/core/tensor/tensor';
import type { Backend, Network } from '../../../src/engine/backend';
import { createPortableBackend } from '../../../src/engine/portable/backend';
import { NetworkBuilder } from '../../support/networks';
import { nativeBackend } from '../../support/native';

const FEATURES = 4000;
type Noise = { readonly how: 'add' | 'multiply'; readonly amount: number };

/** Noise in front of a dense layer of zeros. */
function network(noise: Noise): Network {
  const b = new NetworkBuilder(1);
  const flat = b.apply('flatten', b.input([1, 1, FEATURES]), {});
  const logits = b.dense(b.apply('noise', flat, noise), 2, false);
  const made = b.finish(b.apply('softmax', logits, {}));
  const zeros = [...made.tensors].map(
    ([name, { shape }]) => [name, tensorOf(name, shape, new Float32Array(FEATURES * 2))] as const,
  );
  return { ...made, tensors: new Map(zeros) };
}

/** What the dense layer reads of ones in each of two steps: of zeros its gradient is half of it, for the first class. */
function read(backend: Backend, noise: Noise, seed: number): readonly Float32Array[] {
  const session = backend.training(network(noise), {
    batch: 1,
    optimiser: { kind: 'sgd', momentum: 0, weightDecay: 0 },
    ...{ loss: 'categorical', labelSmoothing: 0, seed },
  });
  const first = session.capture();
  const values = [0, 1].map((steps) => {
    session.restore({ ...first, steps });
    session.step(new Float32Array(FEATURES).fill(1), Float32Array.of(1, 0), 1);
    const [kernel = new Float32Array()] = session.read().values();
    return kernel.filter((_, i) => i % 2 === 0).map((value) => 2 * value);
  });
  session.dispose();
  return values;
}

function momentsOf(values: Float32Array): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return { mean, deviation: Math.sqrt(variance) };
}

describe.each([
  ['TensorFlow', nativeBackend],
  ['the portable backend', createPortableBackend],
])('noise on %s', (_name, create) => {
  it.each([
    ['Keras’s GaussianNoise', { how: 'add', amount: 0.3 }, 0.3],
    ['Keras’s GaussianDropout', { how: 'multiply', amount: 0.2 }, 0.5],
  ] as const)('has the mean and deviation of %s', async (_layer, noise, deviation) => {
    const [values = new Float32Array()] = read(await create(), noise, 3);
    const found = momentsOf(values);
    // Five standard errors of 4000 draws.
    expect(Math.abs(found.mean - 1)).toBeLessThan((5 * deviation) / Math.sqrt(FEATURES));
    expect(Math.abs(found.deviation - deviation)).toBeLessThan((5 * deviation) / Math.sqrt(2 * FEATURES));
  });

  it('is drawn anew each step, the same for the same seed, and is off at inference', async () => {
    const backend = await create();
    const noise = { how: 'add', amount: 0.3 } as const;
    const [first, second] = read(backend, noise, 1);
    expect(second).not.toEqual(first);
    expect(read(backend, noise, 1)).toEqual([first, second]);
    expect(read(backend, noise, 2)[0]).not.toEqual(first);
    const made = network(noise);
    const value = made.graph.nodes.find(({ op }) => op === 'noise')?.outputs[0] ?? '';
    const session = backend.inference(made, [value]);
    const ones = new Float32Array(FEATURES).fill(1);
    expect(session.run([ones], 1)[0]?.values).toEqual(ones);
    session.dispose();
  });
});
