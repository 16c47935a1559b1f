import { beforeAll, describe, expect, it } from 'vitest';
import { convertToAcnet } from '../../../src/core/acnet/convert';
import { findSites } from '../../../src/core/acnet/sites';
import type { Branches } from '../../../src/shared/choices';
import type { Checkpoint } from '../../../src/core/checkpoint';
import type { Backend } from '../../../src/engine/backend';
import { nativeBackend } from '../../support/native';
import { NetworkBuilder, networkOf, normalTensor } from '../../support/reference-networks';

let backend: Backend;
beforeAll(async () => {
  backend = await nativeBackend();
});

const BATCH = 6;

/** Two convolutions, a strided and a dilated one, with a shortcut and a classifier. */
function network(norms: boolean): Checkpoint {
  const builder = new NetworkBuilder(5);
  const norm = (name: string, value: string): string =>
    norms ? builder.batchNorm(name, value, { beta: name !== 'bn2' }) : value;
  const input = builder.input(9, 8, 3);
  const conv1 = builder.conv('conv1', input, { kernel: [3, 3], filters: 4, stride: [2, 2] });
  const relu = builder.node('relu', 'relu', {}, [norm('bn1', conv1)]);
  const conv2 = builder.conv('conv2', relu, { kernel: [3, 5], filters: 4, dilation: [2, 1], groups: 2 });
  const sum = builder.node('add', 'sum', {}, [norm('bn2', conv2), relu]);
  const pooled = builder.node('globalAveragePool', 'pool', { keepDims: false }, [sum]);
  return builder.build(builder.dense('dense', pooled, 3));
}

function converted(checkpoint: Checkpoint, branches: Branches): Checkpoint {
  const options = { sites: findSites(checkpoint), variant: 'skeleton', branches, seed: 1 } as const;
  return convertToAcnet(checkpoint, options).checkpoint;
}

/** Loss of the first step: forward with the statistics of the batch, before any update. */
function firstLoss(checkpoint: Checkpoint): number {
  const session = backend.training(networkOf(checkpoint), {
    batch: BATCH,
    loss: 'categorical',
    optimiser: { kind: 'sgd', momentum: 0.9, weightDecay: 1e-4 },
    labelSmoothing: 0,
    seed: 1,
  });
  const images = Float32Array.from(normalTensor([BATCH, 9, 8, 3], 7).data);
  const targets = Float32Array.from({ length: BATCH * 3 }, (_, i) => Number(i % 3 === Math.floor(i / 3) % 3));
  const loss = session.step(images, targets, 0.1);
  session.dispose();
  return loss;
}

describe('the first training step of a converted network', () => {
  it('has the original’s loss where batch norms were absorbed, with `preserve`', () => {
    const original = network(true);
    const before = firstLoss(original);
    expect(before).toBeGreaterThan(0);
    expect(Math.abs(firstLoss(converted(original, 'zero')) - before)).toBeLessThanOrEqual(1e-6);
    expect(Math.abs(firstLoss(converted(original, 'paper')) - before)).toBeGreaterThan(1e-3);
  });

  it('has another one where they were inserted: they normalise by the batch', () => {
    const original = network(false);
    const gap = Math.abs(firstLoss(converted(original, 'zero')) - firstLoss(original));
    expect(gap).toBeGreaterThan(1e-3);
  });
});
