import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GraphNode } from '../../src/core/graph/graph';
import type { Backend, Weights } from '../../src/engine/backend';
import { trainingBatches } from '../../src/engine/data/batches';
import type { Samples } from '../../src/engine/data/dataset';
import { Images } from '../../src/engine/data/images';
import { preprocessingFor } from '../../src/engine/data/preprocessing';
import { createPortableBackend } from '../../src/engine/portable/backend';
import { headOf } from '../../src/engine/training/head';
import { mixingShare } from '../../src/engine/training/mixup';
import { trainNetwork, type TrainingPosition } from '../../src/engine/training/loop';
import type { Recipe } from '../../src/engine/training/recipe';
import { nativeBackend } from '../support/native';
import { NetworkBuilder } from '../support/networks';
import { runTorch } from '../support/peers';

/** What `train.py` says of a case. */
interface Trained {
  readonly losses: readonly number[];
  readonly rates: readonly number[];
  readonly weights: Readonly<Record<string, readonly number[]>>;
}

const CLASSES = 5;
const IMAGES = 24;

const RECIPE: Recipe = {
  epochs: 2,
  batch: 6,
  learningRate: 0.1,
  schedule: { kind: 'constant' },
  warmup: 0,
  optimiser: { kind: 'sgd', momentum: 0.9, weightDecay: 0.01 },
  labelSmoothing: 0,
  augmentation: { padCrop: 0, flip: false },
  seed: 5,
};
const ADAMW = { kind: 'adamw', betas: [0.9, 0.99], epsilon: 1e-8, weightDecay: 0.05 } as const;
const WEIGHTS = [0.3, 1, 2.5, 0.7, 1.6];
const CYCLE = { kind: 'oneCycle', pctStart: 0.4, divFactor: 10, finalDivFactor: 100 } as const;

/** What is asked of both, by name. */
const CASES: Readonly<Record<string, Partial<Recipe>>> = {
  SGD: {},
  AdamW: { optimiser: ADAMW, learningRate: 0.01 },
  'one cycle, SGD': { schedule: { ...CYCLE, momentum: [0.8, 0.95] } },
  'one cycle, momentum as it is': { schedule: CYCLE },
  'one cycle, AdamW': {
    ...{ optimiser: ADAMW, learningRate: 0.02 },
    schedule: { ...CYCLE, momentum: [0.85, 0.95] },
  },
  'clipped, SGD': { clipNorm: 0.5 },
  'clipped, AdamW': { clipNorm: 0.3, optimiser: ADAMW, learningRate: 0.01 },
  'a norm that clips nothing': { clipNorm: 1000 },
  'averaged, SGD': { ema: 0.7, optimiser: { kind: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 0.01 } },
  'averaged, AdamW': { ema: 0.6, optimiser: ADAMW, learningRate: 0.01 },
  mixup: { augmentation: { padCrop: 0, flip: false, mixup: 0.4 } },
  'class weights': { classWeights: WEIGHTS },
  'class weights, smoothed': { classWeights: WEIGHTS, labelSmoothing: 0.2 },
  'class weights, smoothed, mixup': {
    ...{ classWeights: WEIGHTS, labelSmoothing: 0.1 },
    augmentation: { padCrop: 0, flip: false, mixup: 2 },
  },
  accumulated: { accumulate: 2, batch: 4, epochs: 2 },
  'accumulated, one cycle, clipped, averaged, AdamW': {
    ...{ accumulate: 3, batch: 4, optimiser: ADAMW, clipNorm: 0.3, ema: 0.5, learningRate: 0.01 },
    schedule: { ...CYCLE, momentum: [0.85, 0.95] },
  },
};

function build() {
  const b = new NetworkBuilder(9);
  let x = b.relu(b.batchNorm(b.conv(b.input([8, 8, 3]), 6, [3, 3])));
  x = b.relu(b.conv(x, 8, [3, 3], { bias: true }));
  const logits = b.dense(b.apply('globalAveragePool', x, { keepDims: false }), CLASSES);
  const samples: Samples = {
    count: IMAGES,
    labels: Int32Array.from({ length: IMAGES }, (_, i) => (i * i) % CLASSES),
    nameOf: String,
    picture: (i) => {
      const pixels = Uint8Array.from({ length: 192 }, (_, at) => (at * (i + 3) * 31 + i * 7) % 256);
      return Promise.resolve({ height: 8, width: 8, channels: 3, pixels });
    },
  };
  const made = b.finish(b.apply('softmax', logits, {}));
  // As PyTorch's: the running variance takes the unbiased one of a batch.
  const nodes = made.graph.nodes.map((node): GraphNode =>
    node.op === 'batchNorm' ? { ...node, attributes: { ...node.attributes, unbiased: true } } : node,
  );
  const network = { ...made, graph: { ...made.graph, nodes } };
  const preprocessing = preprocessingFor(network, {});
  const data = { images: new Images(samples, preprocessing), preprocessing };
  return { network, head: headOf(network.graph), data };
}

const { network, head, data } = build();
/** PyTorch's names of the network's tensors, in our order. */
const NAMES = new Map(
  [...network.tensors.keys()].map((name, i) => [
    name,
    [
      ...['0.weight', '1.weight', '1.bias', '1.running_mean', '1.running_var'],
      ...['3.weight', '3.bias', '7.weight', '7.bias'],
    ][i] ?? '',
  ]),
);

const recipeOf = (name: string): Recipe => ({ ...RECIPE, ...CASES[name] });

interface TorchBatch {
  readonly input: readonly number[];
  readonly labels: readonly number[];
  /** Of its own images in the mix. */
  readonly share?: number;
}

async function batchesOf(recipe: Recipe): Promise<TorchBatch[]> {
  const { mixup } = recipe.augmentation;
  const found: TorchBatch[] = [];
  for (let epoch = 0; epoch < recipe.epochs; epoch++) {
    for await (const { input, labels } of trainingBatches(data.images, data.preprocessing, {
      ...recipe,
      epoch,
    })) {
      const share = mixup === undefined ? undefined : mixingShare(mixup, recipe.seed, found.length);
      found.push({ input: [...input], labels: [...labels], share });
    }
  }
  return found;
}

interface Run {
  readonly weights: Weights;
  readonly losses: readonly number[];
  readonly rates: readonly number[];
}

/** @param stopAfter steps after which the run is left, to be continued from its state */
async function train(backend: Backend, recipe: Recipe, stopAfter?: number): Promise<Run> {
  const losses: number[] = [];
  const rates: number[] = [];
  let left: TrainingPosition | undefined;
  const run = (from?: TrainingPosition) =>
    trainNetwork(
      backend,
      { network, head, data, recipe },
      {
        pause: () => Promise.resolve(),
        onStep: ({ loss, learningRate }) => (losses.push(loss), rates.push(learningRate)),
        onEpoch: () => Promise.resolve(),
        onMoment: (moment, capture) => {
          if (!from && moment === 'step' && losses.length === stopAfter) {
            left = capture();
            throw new Error('left');
          }
          return Promise.resolve();
        },
      },
      from,
    );
  if (stopAfter === undefined) return { weights: await run(), losses, rates };
  await expect(run()).rejects.toThrow('left');
  return { weights: await run(left), losses, rates };
}

const folder = mkdtempSync(join(tmpdir(), 'acnet-recipe-'));
let backends: Readonly<Record<string, Backend>>;
let torch: Readonly<Record<string, Trained>>;

beforeAll(async () => {
  const native = await nativeBackend();
  backends = { tensorflow: native.repeatable?.() ?? native, portable: await createPortableBackend() };
  const weights = [...network.tensors].map(
    ([name, tensor]) => [NAMES.get(name) ?? '', [tensor.shape, [...tensor.readFloat32()]]] as const,
  );
  const cases = await Promise.all(
    Object.keys(CASES).map(async (name) => {
      const recipe = recipeOf(name);
      return [name, { ...recipe, batches: await batchesOf(recipe) }] as const;
    }),
  );
  writeFileSync(
    join(folder, 'cases.json'),
    JSON.stringify({ weights: Object.fromEntries(weights), cases: Object.fromEntries(cases) }),
  );
  torch = JSON.parse(runTorch(join(import.meta.dirname, 'recipe', 'train.py'), [folder])) as typeof torch;
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const furthest = (found: ArrayLike<number>, expected: readonly number[]): number =>
  Math.max(...expected.map((value, i) => Math.abs(value - (found[i] ?? NaN))));

describe.each(['tensorflow', 'portable'])('a recipe on the %s backend', (kind) => {
  const backendOf = (): Backend => {
    const backend = backends[kind];
    if (!backend) throw new Error('no backend');
    return backend;
  };

  it.each(Object.keys(CASES))('%s: as PyTorch, and the same to the last bit when resumed', async (name) => {
    const expected = torch[name];
    const whole = await train(backendOf(), recipeOf(name));
    expect(furthest(whole.losses, expected?.losses ?? [])).toBeLessThan(2e-5);
    expect(furthest(whole.rates, expected?.rates ?? [])).toBeLessThan(1e-12);
    for (const [tensor, values] of whole.weights) {
      const wanted = expected?.weights[NAMES.get(tensor) ?? ''] ?? [];
      expect(wanted, tensor).toHaveLength(values.length);
      expect(furthest(values, wanted), tensor).toBeLessThan(2e-5);
    }
    const resumed = await train(backendOf(), recipeOf(name), 3);
    expect(resumed.losses).toEqual(whole.losses);
    expect(resumed.weights).toEqual(whole.weights);
  });
});
