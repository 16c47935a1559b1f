import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeBundle } from '../../../scripts/bundle.mjs';
import type { TrainingOptions } from '../../../src/engine/backend';
import { planInference } from '../../../src/engine/plan/inference';
import { inferenceMemory, stepMemory } from '../../../src/engine/plan/memory';
import { planTraining } from '../../../src/engine/plan/training';
import { NetworkBuilder } from '../../support/networks';

const OPTIONS: TrainingOptions = {
  batch: 8,
  loss: 'categorical',
  labelSmoothing: 0,
  seed: 1,
  optimiser: { kind: 'sgd', momentum: 0.9, weightDecay: 0 },
};

/** Three inputs, a hidden layer of five, two classes. */
function small() {
  const b = new NetworkBuilder();
  const hidden = b.relu(b.dense(b.apply('flatten', b.input([1, 1, 3]), {}, 3), 5));
  return b.finish(b.apply('softmax', b.dense(hidden, 2), {}));
}

describe('memory of a step, from its plan', () => {
  it('counts weights and velocities, and what backward needs of the activations', () => {
    const { parameters, activations } = stepMemory(planTraining(small(), OPTIONS));
    // 3 × 5 + 5 + 5 × 2 + 2 weights, and a velocity for each.
    expect(parameters).toBe(2 * 32 * 4);
    // The images, the hidden layer, which ReLU and bias are put into, and at most logits, targets and gradients.
    const least = 8 * (3 + 5) * 4;
    expect(activations).toBeGreaterThan(least);
    expect(activations).toBeLessThan(least + 8 * (5 + 5 * 2) * 4 + (15 + 5) * 4);
  });

  it('activations grow with the batch, parameters do not', () => {
    const of = (batch: number) => stepMemory(planTraining(small(), { ...OPTIONS, batch }));
    expect(of(80).parameters).toBe(of(8).parameters);
    expect(of(800).activations / of(80).activations).toBeGreaterThan(9);
    expect(of(800).activations / of(80).activations).toBeLessThanOrEqual(10);
  });

  it('a forward pass keeps nothing that is not read again', () => {
    const b = new NetworkBuilder();
    let x = b.input([16, 16, 4]);
    for (let i = 0; i < 6; i++) x = b.relu(b.conv(x, 4, [3, 3]));
    const { graph, tensors } = b.finish(x);
    const network = { graph, tensors };
    const one = 16 * 16 * 4 * 4;
    const memory = inferenceMemory(planInference(network, graph.outputs), 10);
    expect(memory).toBe(2 * 10 * one);
  });
});

describe('memory that was estimated', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'acnet-memory-'));
  const script = path.join(folder, 'run.cjs');
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeAll(async () => {
    await build({ ...nodeBundle('test/support/memory-run.ts', script), metafile: false });
  });

  const few = [
    ['resnet20', 'acnet', 128, 'batch', 'float32'],
    ['resnet20', 'acnet', 128, 'frozen', 'float32'],
    ['resnet20', 'acnet', 8, 'batch', 'float32', 'portable'],
  ];
  const more = [
    ['resnet20', 'acnet', 256, 'batch', 'float32'],
    ['resnet20', 'plain', 64, 'batch', 'bfloat16'],
    ['vgg', 'acnet', 64, 'batch', 'float32'],
    ['quick', 'acnet', 256, 'batch', 'float32'],
    ['quick', 'acnet', 32, 'batch', 'float32', 'portable'],
  ];
  it.each(process.env.ACNET_DEEP ? [...few, ...more] : few)(
    '%s, %s, batch %i, %s, %s is within a factor of 1.3 of what was held',
    (...args) => {
      const output = execFileSync(process.execPath, [script, ...args.map(String)], { encoding: 'utf8' });
      const { estimate, peak } = JSON.parse(output) as { estimate: number; peak: number };
      expect(estimate / peak).toBeGreaterThan(1 / 1.3);
      expect(estimate / peak).toBeLessThan(1.3);
    },
  );
});
