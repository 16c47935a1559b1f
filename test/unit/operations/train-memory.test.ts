import { describe, expect, it } from 'vitest';
import type { Backend } from '../../../src/engine/backend';
import { preprocessingFor } from '../../../src/engine/data/preprocessing';
import type { Recipe } from '../../../src/engine/training/recipe';
import { planMemory } from '../../../src/operations/train/memory';
import { FakeBackend } from '../../support/fake-backend';
import { freshNetwork } from '../../support/jobs';

const GIB = 2 ** 30;
const network = freshNetwork(8, 2);
const preprocessing = preprocessingFor(network, {});
const images = { pictures: 1100 * 64, preprocessing };
const recipe: Recipe = {
  epochs: 1,
  batch: 64,
  learningRate: 0.1,
  schedule: { kind: 'constant' },
  warmup: 0,
  optimiser: { kind: 'sgd', momentum: 0.9, weightDecay: 0 },
  labelSmoothing: 0,
  augmentation: { padCrop: 0, flip: false },
  seed: 1,
};
const ARMS = [
  { arm: 'baseline', network },
  { arm: 'acnet', network },
] as const;

/** Takes 1 GiB for each image of the batch. */
const hungry: Backend = Object.assign(new FakeBackend(() => 1), {
  memory: (_: unknown, { batch }: { batch: number }) => batch * GIB,
});

describe('the memory that a job needs', () => {
  it('is told for each arm, with the images that are kept and that wait', () => {
    const { needs, text, warning } = planMemory(hungry, ARMS, recipe, images, 100 * GIB);
    const { estimate, free } = needs.acnet ?? { estimate: 0, free: 0 };
    expect(free).toBe(100 * GIB);
    // 1,100 images of 8 × 8 bytes, and batches of at most 256 images as float32.
    expect(estimate - 64 * GIB).toBe(100 * 2 ** 20 + 1100 * 64 + 4 * 4 * 64 * 256);
    expect(text).toBe(
      'memory: about 64.1 GiB at a batch of 64 (baseline 64.1 GiB, acnet 64.1 GiB); 100.0 GiB can be had',
    );
    expect(warning).toBeUndefined();
  });

  it('warns when it will not be enough, with the largest half, quarter … of the batch that fits', () => {
    const warned = (free: number) => planMemory(hungry, ARMS, recipe, images, free).warning;
    expect(warned(63 * GIB)).toBe(
      'the memory will probably not be enough: a batch of 32 takes about 32.1 GiB',
    );
    expect(warned(10 * GIB)).toMatch(/: a batch of 8 takes about 8\.1 GiB$/);
    // What the process holds already is part of what it needs, and needs not be had once more.
    expect(warned(64.15 * GIB - process.memoryUsage().rss / 2)).toBeUndefined();
    const greedy = Object.assign(new FakeBackend(() => 1), { memory: () => 50 * GIB });
    expect(planMemory(greedy, ARMS, recipe, images, GIB).warning).toMatch(/: no batch is small enough$/);
  });

  it('is not made up where the backend cannot tell', () => {
    expect(planMemory(new FakeBackend(() => 1), ARMS, recipe, images)).toEqual({ needs: {} });
  });
});
