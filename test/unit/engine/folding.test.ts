import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { convertToAcnet } from '../../../src/core/acnet/convert';
import { findSites } from '../../../src/core/acnet/sites';
import type { Variant } from '../../../src/shared/choices';
import { COMMON_RULES, type Checkpoint } from '../../../src/core/checkpoint';
import { createRandom } from '../../../src/core/random';
import { tensorOf } from '../../../src/core/tensor/tensor';
import type { Backend, Network, TrainingOptions } from '../../../src/engine/backend';
import { planInference } from '../../../src/engine/plan/inference';
import type { Plan } from '../../../src/engine/plan/plan';
import { planTraining } from '../../../src/engine/plan/training';
import { TensorflowTraining } from '../../../src/engine/tensorflow/training-session';
import { numericalGradient, type LossCase } from '../../support/losses';
import { nativeBackend, nativeLibraries } from '../../support/native';
import { NetworkBuilder, type ConvolutionSettings } from '../../support/networks';
import { tensor } from '../../support/reference';

let backend: Backend;
beforeAll(async () => {
  backend = await nativeBackend();
});

const OPTIONS: TrainingOptions = {
  batch: 4,
  loss: 'categorical',
  labelSmoothing: 0,
  seed: 1,
  optimiser: { kind: 'sgd', momentum: 0, weightDecay: 0 },
  statistics: 'frozen',
};

/** A network whose convolutions are blocks, every weight and statistic random. */
function converted(network: Network, variant: Variant, seed: number): Network {
  const checkpoint: Checkpoint = {
    ...network,
    format: 'keras',
    path: 'test',
    size: 0,
    metadata: { facts: [] },
    warnings: [],
    rules: COMMON_RULES,
    close: () => undefined,
  };
  const sites = findSites(checkpoint).filter(({ eligible }) => eligible);
  const made = convertToAcnet(checkpoint, { sites, variant, branches: 'paper', seed }).checkpoint;
  if (!made.graph) throw new Error('no graph');
  const random = createRandom(seed);
  const tensors = new Map(
    [...made.tensors].map(([name, stored]) => [
      name,
      tensorOf(
        name,
        stored.shape,
        stored
          .readFloat32()
          .map(() => (name.includes('variance') ? 0.2 + random.uniform() : random.normal() / 2)),
      ),
    ]),
  );
  return { graph: made.graph, tensors };
}

interface Block {
  readonly kernel: readonly [number, number];
  readonly settings: ConvolutionSettings;
  readonly batchNorm: boolean;
  readonly variant: Variant;
  readonly seed: number;
}

/** One convolution as a block on 9 × 8 images of 4 channels, then three classes. */
function blockNetwork({ kernel, settings, batchNorm, variant, seed }: Block): Network {
  const b = new NetworkBuilder(seed);
  const conv = b.conv(b.input([9, 8, 4]), 4, kernel, settings);
  const features = b.apply('sigmoid', batchNorm ? b.batchNorm(conv) : conv, {});
  const network = b.finish(b.dense(b.apply('globalAveragePool', features, { keepDims: false }), 3));
  return converted(network, variant, seed);
}

const blocks = fc.record({
  kernel: fc.constantFrom([3, 3], [5, 5], [3, 5], [2, 3], [7, 3] as const),
  settings: fc.record({
    strides: fc.constantFrom([1, 1], [2, 2], [2, 1] as const),
    dilations: fc.constantFrom([1, 1], [1, 1], [1, 2]),
    groups: fc.constantFrom(1, 2, 4),
    padding: fc.constantFrom('same' as const, { top: 2, bottom: 1, left: 3, right: 3 }),
    bias: fc.boolean(),
  }),
  batchNorm: fc.boolean(),
  variant: fc.constantFrom<Variant>('skeleton', 'border'),
  seed: fc.integer({ min: 1, max: 1e6 }),
});

/** So large a rate that the weights' own rounding vanishes beside the gradient. */
const HUGE = 1e6;

function gradients(network: Network, fold: boolean, input: Float32Array): ReadonlyMap<string, Float64Array> {
  const { binding } = nativeLibraries();
  const plan = planTraining(network, OPTIONS, { fold });
  const session = new TensorflowTraining(binding, plan, network.tensors);
  const before = session.read();
  session.step(input, TARGETS, HUGE);
  const after = session.read();
  session.dispose();
  return new Map(
    [...before].map(([name, old]) => {
      const now = after.get(name) ?? new Float32Array();
      return [name, Float64Array.from(old, (v, i) => (v - now[i]) / HUGE)];
    }),
  );
}

const TARGETS = Float32Array.from({ length: 12 }, (_, i) => Number(i % 3 === Math.floor(i / 3) % 3));

const largestOf = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((most, v) => Math.max(most, Math.abs(v)), 0);

function convolutions({ steps }: Plan): number {
  return steps.filter(({ primitive }) => primitive.op === 'conv2d').length;
}

describe('frozen statistics', () => {
  it('one convolution per block gives every branch the gradients that three give', () => {
    fc.assert(
      fc.property(blocks, (block) => {
        const network = blockNetwork(block);
        expect(convolutions(planTraining(network, OPTIONS, { fold: false }))).toBe(3);
        expect(convolutions(planTraining(network, OPTIONS))).toBe(1);
        const input = new NetworkBuilder(block.seed).values(4, 9, 8, 4);
        const apart = gradients(network, false, input);
        const folded = gradients(network, true, input);
        expect([...folded.keys()].sort()).toEqual([...apart.keys()].sort());
        const whole = Math.max(...[...apart.values()].map(largestOf));
        for (const [name, expected] of apart) {
          const found = folded.get(name) ?? new Float64Array();
          const error = largestOf(expected.map((v, i) => v - found[i]));
          // Where little is left of a sum over all positions (a bias), its rounding is that of what was summed.
          expect(error, name).toBeLessThanOrEqual(1e-5 * largestOf(expected) + 1e-6 * whole);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('agree with central differences in float64, for each learnt weight', () => {
    fc.assert(
      fc.property(blocks, (block) => {
        const network = blockNetwork(block);
        const data = new NetworkBuilder(block.seed).values(4, 9, 8, 4);
        const [logits] = network.graph.outputs;
        const input = tensor([4, 9, 8, 4], data);
        const test: LossCase = {
          network,
          logits,
          input,
          targets: TARGETS,
          loss: 'categorical',
          frozen: true,
        };
        for (const [name, gradient] of gradients(network, true, data)) {
          if (/mean|variance/.test(name)) continue;
          const largest = largestOf(gradient);
          expect(largest, name).toBeGreaterThan(0);
          const at = gradient.findIndex((v) => Math.abs(v) === largest);
          numericalGradient(test, name, [at, 0]).forEach((expected, i) => {
            expect(Math.abs(gradient[[at, 0][i]] - expected), name).toBeLessThan(1e-4 * largest + 1e-7);
          });
        }
      }),
      { numRuns: 10 },
    );
  });

  it('stay what they are, while batch statistics move', () => {
    const network = blockNetwork({
      kernel: [3, 3],
      settings: {},
      batchNorm: true,
      variant: 'skeleton',
      seed: 3,
    });
    const statistics = [...network.tensors.keys()].filter((name) => /mean|variance/.test(name));
    expect(statistics).toHaveLength(6);
    const moved = (kind: 'batch' | 'frozen'): number => {
      const session = backend.training(network, { ...OPTIONS, statistics: kind });
      session.step(new NetworkBuilder(1).values(4, 9, 8, 4), TARGETS, 0.1);
      const after = session.read();
      session.dispose();
      return statistics.filter((name) => {
        const old = network.tensors.get(name)?.readFloat32() ?? new Float32Array();
        return after.get(name)?.some((v, i) => v !== old[i]);
      }).length;
    };
    expect(moved('frozen')).toBe(0);
    expect(moved('batch')).toBe(6);
  });

  it('a batch norm with no convolution before it learns γ and β too', () => {
    const b = new NetworkBuilder(8);
    const x = b.batchNorm(b.relu(b.batchNorm(b.input([9, 8, 4]))));
    const logits = b.dense(b.apply('globalAveragePool', x, { keepDims: false }), 3);
    const network = b.finish(logits);
    const data = b.values(4, 9, 8, 4);
    const test: LossCase = {
      network,
      logits,
      input: tensor([4, 9, 8, 4], data),
      targets: TARGETS,
      loss: 'categorical',
      frozen: true,
    };
    for (const [name, gradient] of gradients(network, true, data)) {
      if (/mean|variance/.test(name)) continue;
      const all = [...gradient.keys()];
      numericalGradient(test, name, all).forEach((expected, i) => {
        expect(Math.abs(gradient[i] - expected), name).toBeLessThan(1e-4 * largestOf(gradient) + 1e-7);
      });
    }
  });
});

describe('folded inference', () => {
  const network = blockNetwork({
    kernel: [3, 3],
    settings: { strides: [2, 2], bias: true },
    batchNorm: true,
    variant: 'border',
    seed: 9,
  });
  const input = new NetworkBuilder(5).values(4, 9, 8, 4);
  const run = (fold: boolean, weights: ReadonlyMap<string, Float32Array>): Float32Array => {
    const session = backend.inference(network, undefined, { fold });
    session.assign(weights);
    const [{ values }] = session.run([input], 4);
    session.dispose();
    return values;
  };

  it('gives the same outputs, after kernels were replaced too', () => {
    expect(convolutions(planInference(network, network.graph.outputs, { fold: true }))).toBe(1);
    expect(convolutions(planInference(network, network.graph.outputs))).toBe(3);
    const plain = run(true, new Map());
    const kernel = [...network.tensors].find(
      ([name, { shape }]) => shape.length === 4 && /kernel/.test(name),
    );
    if (!kernel) throw new Error('no kernel');
    const pruned = new Map([[kernel[0], kernel[1].readFloat32().map((v, i) => (i % 2 === 0 ? 0 : v))]]);
    for (const weights of [new Map<string, Float32Array>(), pruned]) {
      const apart = run(false, weights);
      const error = largestOf(run(true, weights).map((v, i) => v - apart[i]));
      expect(error).toBeLessThanOrEqual(1e-5 * largestOf(apart));
    }
    expect(run(true, pruned)).not.toEqual(plain);
  });

  it('keeps what is asked for: inner values are computed as they are', () => {
    const inner = network.graph.nodes.filter(({ op }) => op === 'conv2d').map(({ outputs }) => outputs[0]);
    const plan = planInference(network, inner, { fold: true });
    expect(plan.outputs).toHaveLength(3);
    expect(convolutions(plan)).toBe(3);
  });
});
