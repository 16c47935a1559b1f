import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { kerasCheckpoint } from '../../../src/core/formats/keras/write/create';
import { CancelledError } from '../../../src/core/errors';
import { tensorOf } from '../../../src/core/tensor/tensor';
import type { Backend, Network } from '../../../src/engine/backend';
import { convertFile } from '../../../src/operations/convert/convert';
import { evaluateFile } from '../../../src/operations/evaluate';
import { prepareRun } from '../../../src/operations/kit/labelled';
import { pruneFile } from '../../../src/operations/prune';
import type { PruningPoint } from '../../../src/contract/results';
import { verifyFiles } from '../../../src/operations/verify/verify';
import { calls } from '../../../src/contract/calls';
import { chosenBackend } from '../../support/chosen';
import { NetworkBuilder } from '../../support/networks';
import { testContext, writeKeras } from '../../support/operation';
import { temporaryFolder, writeFiles } from '../../support/folders';
import { greyPng, makeIdx } from '../../support/pictures';
import type { PositionGroup } from '../../../src/shared/position-groups';

let backend: Backend;
beforeAll(async () => {
  backend = await chosenBackend();
});

/** The network with some tensors replaced by what a function makes of their values. */
function changed(network: Network, name: RegExp, change: (value: number, i: number) => number): Network {
  const tensors = new Map(network.tensors);
  for (const [key, tensor] of tensors) {
    if (name.test(key)) tensors.set(key, tensorOf(key, tensor.shape, tensor.readFloat32().map(change)));
  }
  return { ...network, tensors };
}

/** A convolution, a batch norm, a classifier of ten classes. */
function smallNetwork(end: 'softmax' | 'sigmoid' = 'softmax', units = 10, seed = 1): Network {
  const b = new NetworkBuilder(seed);
  const x = b.relu(b.batchNorm(b.conv(b.input([6, 6, 1]), 4, [3, 3])));
  const pooled = b.apply('globalAveragePool', x, { keepDims: false });
  return b.finish(b.apply(end, b.dense(pooled, units), {}));
}

/**
 * Bright or dark: the mean of the image is compared with one half. A 3×3 kernel whose weights are all 1/9 (on grey
 * images of one value, inner positions give that value), then logits (0.5 − mean, mean − 0.5) · 10.
 */
function brightness(): Network {
  const b = new NetworkBuilder();
  const x = b.conv(b.input([3, 3, 1]), 1, [3, 3], { padding: 'valid' });
  const flat = b.apply('flatten', x, {}, 1);
  const network = b.finish(b.apply('softmax', b.dense(flat, 2), {}));
  const ninth = changed(network, /conv.*kernel/, () => 1 / 9);
  const weighted = changed(ninth, /dense.*kernel/, (_, i) => [-10, 10][i]);
  return changed(weighted, /dense.*bias/, (_, i) => [5, -5][i]);
}

/** Bright and dark images, one of each wrongly filed. */
function brightImages(): string {
  return writeFiles(temporaryFolder(), {
    'dark/1.png': greyPng(0, 3),
    'dark/2.png': greyPng(100, 3),
    'dark/wrong.png': greyPng(255, 3),
    'light/1.png': greyPng(200, 3),
    'light/2.png': greyPng(255, 3),
  });
}

describe('evaluate', () => {
  it('accuracy and loss that can be worked out by hand', async () => {
    const file = await writeKeras(path.join(temporaryFolder(), 'bright.keras'), brightness());
    const context = testContext(backend);
    const result = await evaluateFile(file, { data: brightImages() }, context);
    expect(result).toMatchObject({ images: 5, top1: 80, top5: 100, backend: backend.description });
    expect(result.preprocessing).toBe('3 × 3 × 1, pixels 0–255 × 1/255');
    const margins = [0, 100, 200, 255].map((value, i) => (i < 2 ? 1 : -1) * (1 - (2 * value) / 255) * 10);
    const losses = [...margins, -10].map((margin) => Math.log1p(Math.exp(-margin)));
    expect(result.loss).toBeCloseTo(losses.reduce((a, b) => a + b, 0) / 5, 5);
    expect(context.progress.at(-1)).toMatchObject({ phase: 'Evaluating', done: 5, total: 5, secondsLeft: 0 });
    expect(context.progress.at(-1)?.perSecond).toBeGreaterThan(0);
  });

  it('looks at as many images as told, in batches as told', async () => {
    const file = await writeKeras(path.join(temporaryFolder(), 'bright.keras'), brightness());
    const data = brightImages();
    expect((await evaluateFile(file, { data, limit: 3 }, testContext(backend))).images).toBe(3);
    expect((await evaluateFile(file, { data, batch: 2 }, testContext(backend))).top1).toBe(80);
  });

  it('a head of one sigmoid is binary', async () => {
    const b = new NetworkBuilder();
    const x = b.apply('globalAveragePool', b.conv(b.input([3, 3, 1]), 1, [3, 3], { padding: 'valid' }), {
      keepDims: false,
    });
    const single = b.finish(b.apply('sigmoid', b.dense(x, 1), {}));
    const weights = changed(
      changed(single, /conv.*kernel/, () => 1 / 9),
      /dense.*kernel/,
      () => 10,
    );
    const file = path.join(temporaryFolder(), 'one.keras');
    await writeKeras(
      file,
      changed(weights, /dense.*bias/, () => -5),
    );
    const { top1, top5 } = await evaluateFile(file, { data: brightImages() }, testContext(backend));
    expect({ top1, top5 }).toEqual({ top1: 80, top5: 100 });
  });

  it('an open input size is taken from --size', async () => {
    const b = new NetworkBuilder();
    const pooled = b.apply('globalAveragePool', b.relu(b.conv(b.input([null, null, 1]), 3, [3, 3])), {
      keepDims: false,
    });
    const file = path.join(temporaryFolder(), 'open.keras');
    await writeKeras(file, b.finish(b.apply('softmax', b.dense(pooled, 2), {})));
    const data = brightImages();
    await expect(evaluateFile(file, { data }, testContext(backend))).rejects.toThrow(/a size is needed/);
    expect((await evaluateFile(file, { data, size: 5 }, testContext(backend))).images).toBe(5);
  });

  it('refuses what cannot be evaluated, in one line', async () => {
    const folder = temporaryFolder();
    const good = await writeKeras(path.join(folder, 'good.keras'), brightness());
    const bad = path.join(folder, 'nan.keras');
    await writeKeras(
      bad,
      changed(brightness(), /conv.*kernel/, (value, i) => (i === 3 ? NaN : value)),
    );
    const data = brightImages();
    const evaluate = (file: string, images: string) =>
      evaluateFile(file, { data: images }, testContext(backend));
    await expect(evaluate(bad, data)).rejects.toThrow(
      /nan\.keras: a weight is not a finite number \(conv1\/kernel/,
    );
    await expect(evaluate(good, path.join(folder, 'gone'))).rejects.toThrow(
      /gone: the data folder does not exist/,
    );
    writeFiles(data, { 'third/1.png': greyPng(1, 3) });
    await expect(evaluate(good, data)).rejects.toThrow(
      /same classes \(expected 2 classes[^;]*; found 3 classes/,
    );
    writeFiles(folder, { 'images/dark/1.png': greyPng(1, 3), 'images/light/broken.png': 'no image' });
    await expect(evaluate(good, path.join(folder, 'images'))).rejects.toThrow(
      /broken\.png: not a PNG or JPEG/,
    );
  });

  it('a file of weights alone has nothing to run, and says so', () => {
    const { graph, tensors } = brightness();
    const whole = kerasCheckpoint(graph, tensors, { path: 'a.keras', name: 'a' });
    const data = brightImages();
    expect(prepareRun(whole, { data }, 'trained').head.units).toBe(2);
    expect(() => prepareRun({ ...whole, graph: undefined }, { data }, 'trained')).toThrow(
      /^a\.keras: this file has weights but no network, so it cannot be trained \(expected a whole functional or sequential model/,
    );
  });

  it('can be stopped', async () => {
    const file = await writeKeras(path.join(temporaryFolder(), 'bright.keras'), brightness());
    const stop = new AbortController();
    stop.abort();
    const run = evaluateFile(file, { data: brightImages() }, testContext(backend, stop.signal));
    await expect(run).rejects.toThrow(CancelledError);
  });
});

describe('verify', () => {
  const verify = async (a: Network, b: Network, options: { data?: string; samples?: number } = {}) => {
    const folder = temporaryFolder();
    const files = [
      await writeKeras(path.join(folder, 'a.keras'), a),
      await writeKeras(path.join(folder, 'b.keras'), b),
    ];
    return verifyFiles(files[0], files[1], { samples: 20, ...options }, testContext(backend));
  };

  it('a network equals itself, output and logits', async () => {
    const result = await verify(smallNetwork(), smallNetwork());
    expect(result).toMatchObject({ samples: 20, maxAbs: 0, maxRel: 0, passed: true, tolerance: 1e-5 });
    expect(result.tensors).toHaveLength(2);
    expect(result.problem).toBeUndefined();
  });

  it('sees a difference that a saturated softmax hides', async () => {
    const saturated = changed(smallNetwork(), /dense.*bias/, (_, i) => (i === 0 ? 500 : 0));
    const moved = changed(saturated, /dense.*bias/, (value, i) => (i === 0 ? value : 1));
    const { tensors, maxAbs, maxRel, passed } = await verify(saturated, moved);
    expect(tensors[0].maxAbs).toBe(0);
    expect(tensors[1].maxAbs).toBeCloseTo(1, 3);
    expect(maxAbs).toBeCloseTo(1, 3);
    expect(maxRel).toBeGreaterThan(1e-3);
    expect(passed).toBe(false);
  });

  it('holds probabilities against the logits, whose rounding they show', async () => {
    const large = changed(smallNetwork(), /dense.*bias/, (_, i) => (i < 2 ? 100 : 0));
    const rounded = changed(large, /dense.*bias/, (value, i) => (i === 0 ? value + 1e-4 : value));
    const { tensors, passed } = await verify(large, rounded);
    // The probabilities part by up to a quarter of what the logits do, far above 1e-5 of themselves.
    expect(tensors[0].maxAbs).toBeGreaterThan(1.5e-5);
    expect(tensors[0].maxRel).toBeLessThan(1e-6);
    expect(tensors[1].maxRel).toBeLessThan(2e-6);
    expect(passed).toBe(true);
    const wrong = changed(large, /dense.*bias/, (value, i) => (i === 0 ? value + 0.1 : value));
    expect((await verify(large, wrong)).passed).toBe(false);
  });

  it('fails on NaN, infinity, and a reference of zeros', async () => {
    const good = smallNetwork();
    const broken = changed(good, /dense.*bias/, () => NaN);
    for (const pair of [
      [broken, good],
      [good, broken],
      [broken, broken],
    ] as const) {
      const { passed, problem } = await verify(...pair);
      expect(passed).toBe(false);
      expect(problem).toMatch(/holds NaN/);
    }
    const infinite = changed(good, /dense.*bias/, (_, i) => (i === 0 ? Infinity : 0));
    expect((await verify(infinite, infinite)).problem).toMatch(/holds an infinite number|holds NaN/);
    const zero = changed(good, /dense/, () => 0);
    const { passed, problem } = await verify(zero, zero);
    expect(passed).toBe(false);
    expect(problem).toMatch(/of the reference is zero everywhere/);
  });

  it('takes images, and says how many', async () => {
    const folder = writeFiles(temporaryFolder(), {
      'test-images-idx3-ubyte': makeIdx(
        [3, 6, 6],
        Array.from({ length: 108 }, (_, i) => (i * 37) % 256),
      ),
      'test-labels-idx1-ubyte': makeIdx([3], [0, 1, 2]),
    });
    expect(await verify(smallNetwork(), smallNetwork(), { data: folder })).toMatchObject({
      samples: 3,
      passed: true,
    });
    const images = await verify(smallNetwork(), smallNetwork(), { data: folder, samples: 2 });
    expect(images.samples).toBe(2);
  });

  it('refuses networks that do not fit together', async () => {
    await expect(verify(smallNetwork(), smallNetwork('softmax', 9))).rejects.toThrow(
      /do not have the same inputs and outputs \(expected \[6×6×1\] → \[10\] \[10\]; found \[6×6×1\] → \[9\] \[9\]\)/,
    );
  });
});

describe('pruning check', () => {
  it('is exact on a network that can be worked out by hand', async () => {
    const file = await writeKeras(path.join(temporaryFolder(), 'bright.keras'), brightness());
    const data = writeFiles(temporaryFolder(), {
      'dark/1.png': greyPng(0, 3),
      'light/1.png': greyPng(255, 3),
    });
    const told: [string, PruningPoint][] = [];
    const context = {
      ...testContext(backend),
      onPoint: (...point: [string, PruningPoint]) => void told.push(point),
    };
    // Of nine weights of 1/9, three zeroed leave a white image at 6/9: light. Five leave 4/9: dark, so wrong.
    const ratios = [0, 3 / 9, 5 / 9, 1];
    const result = await pruneFile(file, { data, ratios, seeds: 3 }, context);
    const point = (ratio: number, mean: number): PruningPoint => ({ ratio, mean, std: 0 });
    expect(result).toEqual({
      unpruned: 100,
      images: 2,
      seeds: 3,
      layers: 1,
      preprocessing: '3 × 3 × 1, pixels 0–255 × 1/255',
      curves: {
        corner: [point(0, 100), point(3 / 9, 100)],
        skeleton: [point(0, 100), point(3 / 9, 100), point(5 / 9, 50)],
        global: [point(0, 100), point(3 / 9, 100), point(5 / 9, 50), point(1, 50)],
      },
      measure: 'accuracy',
      // Below, not at: 50 % is what guessing gives here.
      thresholds: {
        corner: { below50: null, belowHalf: null },
        skeleton: { below50: null, belowHalf: null },
        global: { below50: null, belowHalf: null },
      },
      sizes: [
        {
          kernel: [3, 3],
          layers: 1,
          shares: { corner: 4 / 9, skeleton: 5 / 9, global: 1, square: 4 / 9, border: 5 / 9 },
        },
      ],
    });
    expect(calls.prune.result.parse(result)).toEqual(result);
    expect(told).toHaveLength(9);
    // Coarse over all groups first, then what is between.
    expect(told.map(([group, { ratio }]) => `${group} ${Math.round(ratio * 9)}`)).toEqual([
      ...['corner 0', 'skeleton 0', 'global 0', 'skeleton 5', 'global 5', 'global 9'],
      ...['corner 3', 'skeleton 3', 'global 3'],
    ]);
    expect(context.progress.at(-1)).toMatchObject({ done: 2 * (1 + 3 * 6), total: 2 * (1 + 3 * 6) });
  });

  it('is the same for the same seeds, and starts each point from the whole network', async () => {
    const folder = temporaryFolder();
    const file = await writeKeras(path.join(folder, 'small.keras'), smallNetwork('softmax', 2));
    const images = Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [`data/${i % 2}/${i}.png`, greyPng((i * 53) % 256, 6)]),
    );
    writeFiles(folder, images);
    const run = (ratios: readonly number[]) =>
      pruneFile(file, { data: path.join(folder, 'data'), ratios, groups: ['global'] }, testContext(backend));
    const all = await run([0.1, 0.4, 0.9]);
    expect(await run([0.1, 0.4, 0.9])).toEqual(all);
    expect((await run([0.4])).curves.global).toEqual([all.curves.global?.[1]]);
  });

  it('says where accuracy first falls below one half, and below half of what it was', async () => {
    const file = await writeKeras(path.join(temporaryFolder(), 'bright.keras'), brightness());
    // Three of four are right unpruned; with the light ones lost one of four is.
    const data = writeFiles(temporaryFolder(), {
      ...{ 'dark/1.png': greyPng(0, 3), 'dark/wrong.png': greyPng(255, 3) },
      ...{ 'light/1.png': greyPng(255, 3), 'light/2.png': greyPng(250, 3) },
    });
    const ratios = [0, 3 / 9, 5 / 9, 1];
    const all = await pruneFile(file, { data, ratios, groups: ['global'] }, testContext(backend));
    expect(all.unpruned).toBe(75);
    expect(all.curves.global?.map(({ mean }) => mean)).toEqual([75, 75, 50, 50]);
    expect(all.thresholds).toEqual({ global: { below50: null, belowHalf: null } });
    writeFiles(data, { 'light/3.png': greyPng(251, 3), 'light/4.png': greyPng(252, 3) });
    const more = await pruneFile(file, { data, ratios, groups: ['global'] }, testContext(backend));
    expect(more.unpruned).toBeCloseTo(500 / 6, 5);
    expect(more.thresholds).toEqual({ global: { below50: 5 / 9, belowHalf: 5 / 9 } });
  });

  it('has the groups of the border variant where there are its blocks, or where they are asked for', async () => {
    const folder = temporaryFolder();
    const plain = await writeKeras(path.join(folder, 'small.keras'), smallNetwork('softmax', 2));
    writeFiles(folder, { 'data/0/1.png': greyPng(9, 6), 'data/1/1.png': greyPng(200, 6) });
    const data = path.join(folder, 'data');
    const check = (file: string, groups?: readonly PositionGroup[]) =>
      pruneFile(file, { data, ratios: [0.4, 0.5], seeds: 1, groups }, testContext(backend));
    expect(Object.keys((await check(plain)).curves)).toEqual(['corner', 'skeleton', 'global']);
    const asked = await check(plain, ['border', 'square']);
    expect(Object.keys(asked.curves)).toEqual(['square', 'border']);
    expect(asked.curves.square).toHaveLength(1);
    expect(asked.curves.border).toHaveLength(2);
    for (const variant of ['border', 'skeleton'] as const) {
      const output = path.join(folder, `${variant}.keras`);
      await convertFile(plain, output, { variant, initialisation: 'random' }, testContext(backend));
      const groups = Object.keys((await check(output)).curves);
      expect(groups).toHaveLength(variant === 'border' ? 5 : 3);
    }
  });

  it('without labels measures agreement, and calls it that', async () => {
    const file = await writeKeras(path.join(temporaryFolder(), 'bright.keras'), brightness());
    const data = writeFiles(temporaryFolder(), {
      ...{ '1.png': greyPng(0, 3), '2.png': greyPng(255, 3) },
      ...{ '3.png': greyPng(254, 3), '4.png': greyPng(250, 3), 'notes.txt': 'not an image' },
    });
    const context = testContext(backend);
    const ratios = [0, 3 / 9, 1];
    const result = await pruneFile(file, { data, ratios, groups: ['global'], seeds: 2 }, context);
    expect(result).toMatchObject({ measure: 'agreement', unpruned: 100, images: 4 });
    expect(result.curves.global?.map(({ mean }) => mean)).toEqual([100, 100, 25]);
    expect(result.thresholds).toEqual({ global: { below50: 1, belowHalf: 1 } });
    expect(context.progress.at(-1)).toMatchObject({ done: 4 * 5, total: 4 * 5 });
    // Beside images there is a folder: those are classes, and labels count again.
    writeFiles(data, { 'dark/1.png': greyPng(0, 3), 'light/1.png': greyPng(255, 3) });
    const labelled = await pruneFile(file, { data, ratios: [0] }, testContext(backend));
    expect(labelled).toMatchObject({ measure: 'accuracy', images: 2 });
    const none = writeFiles(temporaryFolder(), { 'notes.txt': 'nothing' });
    await expect(pruneFile(file, { data: none }, testContext(backend))).rejects.toThrow(
      /the data folder has no class folders/,
    );
  });

  it('of several kernel sizes has no point above the least share of the group', async () => {
    const b = new NetworkBuilder(2);
    const first = b.relu(b.conv(b.input([6, 6, 1]), 4, [3, 3]));
    const deep = b.conv(b.relu(b.conv(first, 4, [1, 1])), 2, [5, 5]);
    const pooled = b.apply('globalAveragePool', deep, { keepDims: false });
    const file = path.join(temporaryFolder(), 'mixed.keras');
    await writeKeras(file, b.finish(b.apply('softmax', pooled, {})));
    const data = writeFiles(temporaryFolder(), { 'a/1.png': greyPng(1, 6), 'b/1.png': greyPng(200, 6) });
    const result = await pruneFile(
      file,
      { data, ratios: [0.3, 0.36, 0.4, 0.44, 0.5], seeds: 1 },
      testContext(backend),
    );
    expect(result.layers).toBe(2);
    expect(result.sizes?.map(({ kernel, layers, shares }) => [kernel, layers, shares.skeleton])).toEqual([
      [[3, 3], 1, 5 / 9],
      [[5, 5], 1, 9 / 25],
    ]);
    const last = (group: PositionGroup) => result.curves[group]?.at(-1)?.ratio;
    // Corners: 4/9 of 3 × 3 is less; skeleton: 9/25 of 5 × 5 is less.
    expect([last('corner'), last('skeleton'), last('global')]).toEqual([0.44, 0.36, 0.5]);
  });

  it('refuses a network without a kernel to prune', async () => {
    const b = new NetworkBuilder();
    const pooled = b.apply('globalAveragePool', b.conv(b.input([3, 3, 1]), 2, [1, 1]), { keepDims: false });
    const file = path.join(temporaryFolder(), 'pointwise.keras');
    await writeKeras(file, b.finish(b.apply('softmax', b.dense(pooled, 2), {})));
    await expect(pruneFile(file, { data: brightImages() }, testContext(backend))).rejects.toThrow(
      /no convolution to prune/,
    );
  });
});
