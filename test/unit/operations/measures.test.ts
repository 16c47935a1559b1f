import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { kerasCheckpoint } from '../../../src/core/formats/keras/write/create';
import { CancelledError } from '../../../src/core/errors';
import type { Backend, Network } from '../../../src/engine/backend';
import { evaluateFile } from '../../../src/operations/evaluate';
import { prepareTraining } from '../../../src/operations/kit/labelled';
import { pruneFile } from '../../../src/operations/prune';
import { robustnessOfFile } from '../../../src/operations/robustness/robustness';
import { verifyFiles } from '../../../src/operations/verify/verify';
import { chosenBackend } from '../../support/chosen';
import { NetworkBuilder } from '../../support/networks';
import { testContext, writeKeras } from '../../support/operation';
import { temporaryFolder, writeFiles } from '../../support/folders';
import { brightImages, brightness, changed, smallNetwork } from '../../support/small-networks';
import { greyPng, makeIdx } from '../../support/pictures';

let backend: Backend;
beforeAll(async () => {
  backend = await chosenBackend();
});

describe('evaluate', () => {
  it('accuracy and loss that can be worked out by hand', async () => {
    const file = await writeKeras(path.join(temporaryFolder(), 'bright.keras'), brightness());
    const context = testContext(backend);
    const result = await evaluateFile(file, { data: brightImages() }, context);
    expect(result).toMatchObject({ images: 5, top1: 80, backend: backend.description });
    expect(result.top5).toBeUndefined();
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
    const { top1 } = await evaluateFile(file, { data: brightImages() }, testContext(backend));
    expect(top1).toBe(80);
  });

  it('a head that ends in ReLU is evaluated, pruned and checked, without a loss; a training refuses it', async () => {
    const { graph, tensors } = brightness('relu');
    const file = await writeKeras(path.join(temporaryFolder(), 'relu.keras'), { graph, tensors });
    const data = brightImages();
    const result = await evaluateFile(file, { data }, testContext(backend));
    expect(result).toMatchObject({ images: 5, top1: 80 });
    expect(result.loss).toBeUndefined();
    expect(result.noLoss).toMatch(/^the network ends in relu, which the categorical loss cannot train/);
    const options = { data, ratios: [0], groups: ['global' as const] };
    expect((await pruneFile(file, options, testContext(backend))).unpruned).toBe(80);
    const [untouched] = (await robustnessOfFile(file, { data }, testContext(backend))).rows;
    expect(untouched.share.hits).toBe(4);
    const whole = kerasCheckpoint(graph, tensors, { path: 'a.keras', name: 'a' });
    expect(() => prepareTraining(whole, { data }, {})).toThrow(/ends in relu/);
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
    expect(prepareTraining(whole, { data }, {}).head.units).toBe(2);
    expect(() => prepareTraining({ ...whole, graph: undefined }, { data }, {})).toThrow(
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
