import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../../src/engine/backend';
import { convertFile } from '../../../src/operations/convert/convert';
import { pruneFile } from '../../../src/operations/prune';
import type { PruningPoint } from '../../../src/contract/results';
import { calls } from '../../../src/contract/calls';
import { chosenBackend } from '../../support/chosen';
import { NetworkBuilder } from '../../support/networks';
import { testContext, writeKeras } from '../../support/operation';
import { temporaryFolder, writeFiles } from '../../support/folders';
import { greyPng } from '../../support/pictures';
import type { PositionGroup } from '../../../src/shared/position-groups';
import { brightImages, brightness, changed, smallNetwork } from '../../support/small-networks';

let backend: Backend;
beforeAll(async () => {
  backend = await chosenBackend();
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

  it('gives the sample standard deviation over the seeds', async () => {
    const folder = temporaryFolder();
    // Weights from 1/45 to 9/45: which of them a seed zeroes decides how many of the light images are still light.
    const uneven = changed(brightness(), /conv.*kernel/, (_, i) => (i + 1) / 45);
    const file = await writeKeras(path.join(folder, 'bright.keras'), uneven);
    const light = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`data/light/${i}.png`, greyPng(130 + 6 * i, 3)]),
    );
    const data = path.join(writeFiles(folder, { 'data/dark/1.png': greyPng(0, 3), ...light }), 'data');
    const points: PruningPoint[] = [];
    for (const seeds of [1, 2, 3, 4]) {
      const options = { data, ratios: [3 / 9], groups: ['global' as const], seeds };
      points.push(...((await pruneFile(file, options, testContext(backend))).curves.global ?? []));
    }
    expect(points[0].std).toBe(0);
    // One seed more moves the mean by what that seed alone measured.
    const single = points.map(({ mean }, i) => (i + 1) * mean - i * (points[i - 1]?.mean ?? 0));
    const { mean, std } = points[3];
    expect(std).toBeGreaterThan(1);
    expect(std ** 2 * 3).toBeCloseTo(
      single.reduce((sum, value) => sum + (value - mean) ** 2, 0),
      6,
    );
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
      await convertFile(plain, output, { variant, start: 'scratch' }, testContext(backend));
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
