import { beforeAll, expect, it } from 'vitest';
import type { Backend } from '../../../src/engine/backend';
import { setThreads } from '../../../src/engine/native/load';
import { nativeBackend } from '../../support/native';
import { NetworkBuilder } from '../../support/networks';

let backend: Backend;
beforeAll(async () => {
  setThreads({ intraOp: 1, interOp: 1 });
  backend = await nativeBackend();
});

it('with one thread, two runs agree to the last bit', () => {
  expect(backend.description).toMatch(/^TensorFlow 2\.\d+\.\d+, 1 thread$/);
  const b = new NetworkBuilder(1);
  const x = b.relu(b.batchNorm(b.conv(b.input([16, 16, 3]), 16, [3, 3])));
  const inner = b.apply('dropout', b.batchNorm(b.conv(x, 16, [3, 3], { strides: [2, 2] })), { rate: 0.2 });
  const pooled = b.apply('globalAveragePool', b.relu(inner), { keepDims: false });
  const network = b.finish(b.apply('softmax', b.dense(pooled, 10), {}));
  const images = b.values(16, 16, 16, 3);
  const targets = Float32Array.from({ length: 160 }, (_, i) => (i % 11 === 0 ? 1 : 0));
  const run = (seed: number): unknown => {
    const optimiser = { kind: 'sgd', momentum: 0.9, weightDecay: 1e-4 } as const;
    const session = backend.training(network, {
      batch: 16,
      loss: 'categorical',
      labelSmoothing: 0.1,
      seed,
      optimiser,
    });
    const losses = Array.from({ length: 10 }, () => session.step(images, targets, 0.1));
    const weights = session.read();
    session.dispose();
    return [losses, [...weights].map(([name, values]) => [name, Buffer.from(values.buffer).toString('hex')])];
  };
  expect(run(1)).toEqual(run(1));
  expect(run(1)).not.toEqual(run(2));
});
