import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { CancelledError } from '../../../src/core/errors';
import { tensorOf } from '../../../src/core/tensor/tensor';
import type { Backend, Network } from '../../../src/engine/backend';
import { evaluateFile } from '../../../src/operations/evaluate';
import type { RobustnessRow } from '../../../src/contract/results';
import { robustnessOfFile } from '../../../src/operations/robustness/robustness';
import { chosenBackend } from '../../support/chosen';
import { NetworkBuilder } from '../../support/networks';
import { testContext, writeKeras } from '../../support/operation';
import { temporaryFolder, writeFiles } from '../../support/folders';
import { makePng } from '../../support/pictures';

let backend: Backend;
beforeAll(async () => {
  backend = await chosenBackend();
});

/**
 * Whether the top row is brighter than the bottom row: a 3×3 kernel of 1 over 0 over −1, then logits −10 x and 10 x.
 * @param bias added to the logit of `top`: a large one answers `top` whatever it sees
 */
function topOrBottom(bias = 0, [height, width]: readonly [number, number] = [3, 3]): Network {
  const b = new NetworkBuilder();
  const x = b.conv(b.input([height, width, 1]), 1, [3, width], { padding: 'valid' });
  const flat = b.apply('flatten', x, {}, 1);
  const { graph, tensors } = b.finish(b.apply('softmax', b.dense(flat, 2), {}));
  const wanted = [
    [/conv.*kernel/, (i: number) => 1 - Math.floor(i / width)],
    [/conv.*bias/, () => 0],
    [/dense.*kernel/, (i: number) => [-10, 10][i]],
    [/dense.*bias/, (i: number) => [0, bias][i]],
  ] as const;
  const made = [...tensors].map(([name, tensor]) => {
    const value = wanted.find(([pattern]) => pattern.test(name))?.[1];
    return [
      name,
      value
        ? tensorOf(
            name,
            tensor.shape,
            tensor.readFloat32().map((_, i) => value(i)),
          )
        : tensor,
    ] as const;
  });
  return { graph, tensors: new Map(made) };
}

const [W, B] = [255, 0];
/** One row white and one column white; a quarter turn to the left makes the right column the top row. */
const PICTURES = {
  'top/1': [
    [W, W, W],
    [B, B, W],
    [B, B, W],
  ],
  'top/2': [
    [W, W, W],
    [B, B, W],
    [B, B, W],
  ],
  'bottom/1': [
    [W, B, B],
    [W, B, B],
    [W, W, W],
  ],
  'bottom/2': [
    [B, B, W],
    [B, B, W],
    [W, W, W],
  ],
};

const png = (rows: readonly number[][]) => makePng({ width: rows[0].length, height: rows.length, rows });
const labelled = (pictures: Readonly<Record<string, number[][]>> = PICTURES) =>
  writeFiles(
    temporaryFolder(),
    Object.fromEntries(Object.entries(pictures).map(([name, rows]) => [`${name}.png`, png(rows)])),
  );
const write = (network: Network, name = 'net') =>
  writeKeras(path.join(temporaryFolder(), `${name}.keras`), network);
const percents = (rows: readonly RobustnessRow[]) =>
  Object.fromEntries(rows.map(({ distortion, share }) => [distortion, share.percent]));

describe('robustness check', () => {
  it('is exact on a network that can be worked out by hand', async () => {
    const context = testContext(backend);
    const told: RobustnessRow[] = [];
    const options = { data: labelled() };
    const onRow = (row: RobustnessRow) => void told.push(row);
    const result = await robustnessOfFile(await write(topOrBottom()), options, { ...context, onRow });
    expect(result).toMatchObject({
      measure: 'accuracy',
      images: 4,
      leftOut: [],
      backend: backend.description,
    });
    expect(result.preprocessing).toBe('3 × 3 × 1, pixels 0–255 × 1/255');
    expect(result.against).toBeUndefined();
    // Three of four pictures have their own row brighter after a turn to the left; to the right it would be one.
    expect(percents(result.rows)).toEqual({
      ...{ none: 100, rotate90: 75, rotate180: 0, flipUpDown: 0, flipLeftRight: 100 },
    });
    const [none, quarter, half] = result.rows;
    expect(none.share).toEqual({ hits: 4, percent: 100, low: expect.closeTo(51.01, 2) as number, high: 100 });
    expect(quarter.share.change).toMatchObject({ points: -25, won: 0, lost: 1 });
    expect(half.share.change).toMatchObject({ points: -100, won: 0, lost: 4, low: -100 });
    expect(result.rows.every(({ difference }) => difference === undefined)).toBe(true);
    expect(told).toEqual(result.rows);
    expect(context.progress.at(-1)).toMatchObject({ phase: 'Robustness check', done: 20, total: 20 });
  });

  it('two networks on the same images: what one alone has right, and how likely that is by chance', async () => {
    const file = await write(topOrBottom());
    const against = await write(topOrBottom(1000), 'always-top');
    const context = testContext(backend);
    const result = await robustnessOfFile(file, { data: labelled(), against }, context);
    expect(result.against).toEqual({ path: against, preprocessing: result.preprocessing });
    const rows = Object.fromEntries(result.rows.map((row) => [row.distortion, row]));
    expect(result.rows.map((row) => row.against?.percent)).toEqual([50, 50, 50, 50, 50]);
    expect(rows['none'].difference).toMatchObject({ points: 50, won: 2, lost: 0, p: 0.5, adjusted: 1 });
    expect(rows['none'].difference?.excess).toBeUndefined();
    const flipped = rows['flipUpDown'].difference;
    expect(flipped).toMatchObject({ points: -50, won: 0, lost: 2, p: 0.5, adjusted: 1 });
    // +50 untouched, −50 mirrored.
    expect(flipped?.excess?.points).toBe(-100);
    // Of the four distorted rows the least p counts four times (Holm).
    const excesses = result.rows.flatMap(({ difference }) => difference?.excess ?? []);
    expect(excesses).toHaveLength(4);
    const least = excesses.reduce((a, b) => (b.p < a.p ? b : a));
    expect(least.p).toBeLessThan(0.25);
    expect(least.adjusted).toBeCloseTo(4 * least.p, 12);
    expect(context.progress.at(-1)).toMatchObject({ done: 40, total: 40 });
  });

  it('a network against itself differs nowhere', async () => {
    const file = await write(topOrBottom());
    const { rows } = await robustnessOfFile(file, { data: labelled(), against: file }, testContext(backend));
    for (const { share, against, difference } of rows) {
      expect(against).toEqual(share);
      expect(difference).toMatchObject({ points: 0, won: 0, lost: 0, p: 1, adjusted: 1 });
    }
  });

  it('without labels measures agreement with the network’s own answers, and calls it that', async () => {
    const flat = labelled(Object.fromEntries(Object.values(PICTURES).map((rows, i) => [`${i}`, rows])));
    const always = await write(topOrBottom(1000), 'always-top');
    const file = await write(topOrBottom());
    const result = await robustnessOfFile(file, { data: flat, against: always }, testContext(backend));
    expect(result.measure).toBe('agreement');
    expect(percents(result.rows)).toMatchObject({
      none: 100,
      rotate90: 75,
      rotate180: 0,
      flipLeftRight: 100,
    });
    const [none, , half] = result.rows;
    expect(none).toEqual({
      distortion: 'none',
      share: { hits: 4, percent: 100, low: 100, high: 100 },
      against: { hits: 4, percent: 100, low: 100, high: 100 },
    });
    expect(half.against?.percent).toBe(100);
    expect(half.share.change).toBeUndefined();
    expect(half.difference).toMatchObject({ points: -100, won: 0, lost: 4, p: 0.125, adjusted: 0.5 });
    expect(half.difference?.excess).toBeUndefined();
  });

  it('leaves a quarter turn of an input that is not square out, and says so', async () => {
    const wide = topOrBottom(0, [3, 4]);
    const data = labelled({
      'top/1': [
        [W, W, W, W],
        [B, B, B, B],
        [B, B, B, B],
      ],
      'bottom/1': [
        [B, B, B, B],
        [B, B, B, B],
        [W, W, W, W],
      ],
    });
    const file = await write(wide);
    const { rows, leftOut } = await robustnessOfFile(file, { data }, testContext(backend));
    expect(percents(rows)).toEqual({ none: 100, rotate180: 0, flipUpDown: 0, flipLeftRight: 100 });
    expect(leftOut).toEqual([{ distortion: 'rotate90', reason: 'the input is not square: 3 × 4' }]);
    // One square and one wide network: what is measured is measured of both.
    const both = { data, against: file };
    const mixed = await robustnessOfFile(await write(topOrBottom()), both, testContext(backend));
    expect(mixed.leftOut).toEqual(leftOut);
  });

  it('untouched images have the accuracy that evaluation finds, as many as told', async () => {
    const sample = path.join(import.meta.dirname, '../../../media/sample');
    const [file, data] = [path.join(sample, 'mnist.keras'), path.join(sample, 'images')];
    const options = { data, limit: 40 };
    const { rows, images } = await robustnessOfFile(file, options, testContext(backend));
    const { top1 } = await evaluateFile(file, options, testContext(backend));
    expect(images).toBe(40);
    expect(rows.map(({ distortion }) => distortion)).toHaveLength(5);
    expect(rows[0].share.percent).toBeCloseTo(top1, 10);
    // Digits that are upside down are not what it was trained on.
    expect(rows[2].share.percent).toBeLessThan(top1);
  });

  it('can be stopped between two rows, and says what was measured until then', async () => {
    const stop = new AbortController();
    const told: RobustnessRow[] = [];
    const onRow = (row: RobustnessRow) => {
      told.push(row);
      stop.abort();
    };
    const context = { ...testContext(backend, stop.signal), onRow };
    const run = robustnessOfFile(await write(topOrBottom()), { data: labelled() }, context);
    await expect(run).rejects.toThrow(CancelledError);
    expect(told).toHaveLength(1);
  });

  it('refuses networks that choose between other classes, naming the file', async () => {
    const b = new NetworkBuilder();
    const pooled = b.apply('globalAveragePool', b.conv(b.input([3, 3, 1]), 2, [3, 3]), { keepDims: false });
    const three = await write(b.finish(b.apply('softmax', b.dense(pooled, 3), {})), 'three');
    const file = await write(topOrBottom());
    const check = robustnessOfFile(file, { data: labelled(), against: three }, testContext(backend));
    await expect(check).rejects.toThrow(
      `${three}: the networks do not have the same number of classes (expected 2, as ${file}; found 3)`,
    );
  });
});
