import { describe, expect, it } from 'vitest';
import { drawView, PLAIN_VIEW, writeImage, type Augmentation } from '../../../../src/engine/data/augment';
import { evaluationBatches, trainingBatches, type Batch } from '../../../../src/engine/data/batches';
import type { Samples } from '../../../../src/engine/data/dataset';
import { Images } from '../../../../src/engine/data/images';
import { limitSamples } from '../../../../src/engine/data/limit';
import type { Preprocessing } from '../../../../src/engine/data/preprocessing';

const PLAIN: Preprocessing = { height: 1, width: 2, channels: 1, scale: 1, mean: [0], std: [1] };
const NONE: Augmentation = { padCrop: 0, flip: false };

/** Images of two pixels: the index and the index plus 100. */
function numbered(count: number): Samples & { readonly decoded: number[] } {
  const decoded: number[] = [];
  return {
    count,
    decoded,
    labels: Int32Array.from({ length: count }, (_, i) => i % 3),
    nameOf: (i) => `image ${i}`,
    picture: (i) => {
      decoded.push(i);
      return Promise.resolve({ height: 1, width: 2, channels: 1, pixels: Uint8Array.of(i, i + 100) });
    },
  };
}

async function collect(batches: AsyncIterable<Batch>): Promise<Batch[]> {
  const all: Batch[] = [];
  for await (const batch of batches) all.push(batch);
  return all;
}

const epoch = (count: number, order: { seed: number; epoch: number; augmentation?: Augmentation }) =>
  collect(
    trainingBatches(new Images(numbered(count), PLAIN), PLAIN, { batch: 4, augmentation: NONE, ...order }),
  );

const firstPixels = (batches: readonly Batch[]): number[] =>
  batches.flatMap(({ input }) => [...input].filter((_, i) => i % 2 === 0));

describe('batches', () => {
  it('an epoch holds whole batches, each image at most once, with its label', async () => {
    const batches = await epoch(11, { seed: 1, epoch: 0 });
    expect(batches.map(({ count }) => count)).toEqual([4, 4]);
    const drawn = firstPixels(batches);
    expect(new Set(drawn).size).toBe(8);
    expect(batches.flatMap(({ labels }) => [...labels])).toEqual(drawn.map((i) => i % 3));
  });

  it('the order depends on seed and epoch alone', async () => {
    const [same, again, later, other] = await Promise.all([
      epoch(12, { seed: 1, epoch: 0 }),
      epoch(12, { seed: 1, epoch: 0 }),
      epoch(12, { seed: 1, epoch: 1 }),
      epoch(12, { seed: 2, epoch: 0 }),
    ]);
    expect(again).toEqual(same);
    expect(firstPixels(later)).not.toEqual(firstPixels(same));
    expect(firstPixels(other)).not.toEqual(firstPixels(same));
    expect(firstPixels(later).sort()).toEqual(firstPixels(same).sort());
  });

  it('evaluation takes all images in order', async () => {
    const batches = await collect(evaluationBatches(new Images(numbered(5), PLAIN), PLAIN, 2));
    expect(batches.map(({ count }) => count)).toEqual([2, 2, 1]);
    expect(firstPixels(batches)).toEqual([0, 1, 2, 3, 4]);
  });

  it('preprocesses each channel: byte × scale − mean, ÷ std', async () => {
    const preprocessing: Preprocessing = { ...PLAIN, scale: 0.5, mean: [3], std: [2] };
    const [{ input }] = await collect(evaluationBatches(new Images(numbered(1), PLAIN), preprocessing, 1));
    expect([...input]).toEqual([(0 * 0.5 - 3) / 2, (100 * 0.5 - 3) / 2]);
  });

  it('decodes each image once while the cap allows, and again beyond it', async () => {
    const samples = numbered(6);
    const all = Int32Array.from([0, 1, 2, 3, 4, 5]);
    const roomy = new Images(samples, PLAIN);
    await roomy.load(all);
    await roomy.load(all);
    expect(samples.decoded).toHaveLength(6);
    const tight = new Images(samples, PLAIN, 2 * 2);
    await tight.load(all);
    await tight.load(all);
    expect(samples.decoded).toHaveLength(6 + 6 + 4);
  });

  it('makes two batches ahead of the one in use, and no more', async () => {
    const samples = numbered(20);
    const batches = evaluationBatches(new Images(samples, PLAIN), PLAIN, 2);
    const first = await batches.next();
    expect(first.done).toBe(false);
    await new Promise((resolve) => setImmediate(resolve));
    expect(samples.decoded).toEqual([0, 1, 2, 3, 4, 5]);
    await batches.next();
    await new Promise((resolve) => setImmediate(resolve));
    expect(samples.decoded).toHaveLength(8);
    await batches.return(undefined);
    expect(samples.decoded).toHaveLength(8);
  });

  it('an image that cannot be decoded ends the epoch with its error', async () => {
    const samples: Samples = { ...numbered(8), picture: () => Promise.reject(new Error('damaged')) };
    await expect(collect(evaluationBatches(new Images(samples, PLAIN), PLAIN, 2))).rejects.toThrow('damaged');
  });

  it('a limit draws over all images, the same for the same seed', () => {
    const some = limitSamples(numbered(100), 10, 1);
    const names = Array.from({ length: 10 }, (_, i) => some.nameOf(i));
    expect(some.count).toBe(10);
    expect(names).not.toEqual(Array.from({ length: 10 }, (_, i) => `image ${i}`));
    expect([...some.labels]).toEqual(names.map((name) => Number(name.slice(6)) % 3));
    const again = limitSamples(numbered(100), 10, 1);
    expect(Array.from({ length: 10 }, (_, i) => again.nameOf(i))).toEqual(names);
    expect(limitSamples(numbered(5), 10).count).toBe(5);
  });
});

describe('augmentation', () => {
  const SIZE = { height: 2, width: 3, channels: 1 };
  const table = Float32Array.from({ length: 256 }, (_, i) => i);
  const pixels = Uint8Array.of(1, 2, 3, 4, 5, 6);
  const write = (view: { down: number; right: number; mirrored: boolean }): number[] => {
    const target = new Float32Array(6);
    writeImage(pixels, SIZE, table, view, target, 0);
    return [...target];
  };

  it('moves and mirrors; what comes in from outside is black', () => {
    expect(write(PLAIN_VIEW)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(write({ down: 1, right: 0, mirrored: false })).toEqual([4, 5, 6, 0, 0, 0]);
    expect(write({ down: 0, right: -1, mirrored: false })).toEqual([0, 1, 2, 0, 4, 5]);
    expect(write({ down: 0, right: 0, mirrored: true })).toEqual([3, 2, 1, 6, 5, 4]);
  });

  it('black outside is preprocessed like black inside', () => {
    const target = new Float32Array(6);
    const shifted = table.map((value) => value - 10);
    writeImage(pixels, SIZE, shifted, { down: -1, right: 0, mirrored: false }, target, 0);
    expect([...target]).toEqual([-10, -10, -10, -9, -8, -7]);
  });

  it('keeps the channels of a pixel together', () => {
    const size = { height: 1, width: 2, channels: 3 };
    const target = new Float32Array(6);
    const rgb = Float32Array.from({ length: 768 }, (_, i) => i % 256);
    writeImage(Uint8Array.of(1, 2, 3, 4, 5, 6), size, rgb, { ...PLAIN_VIEW, mirrored: true }, target, 0);
    expect([...target]).toEqual([4, 5, 6, 1, 2, 3]);
  });

  it('the same seed, epoch and image give the same view; another of them another', () => {
    const augmentation = { padCrop: 4, flip: true };
    const views = (seed: number, epochOf: number): string =>
      JSON.stringify(Array.from({ length: 50 }, (_, image) => drawView(augmentation, seed, epochOf, image)));
    expect(views(1, 0)).toBe(views(1, 0));
    expect(views(1, 1)).not.toBe(views(1, 0));
    expect(views(2, 0)).not.toBe(views(1, 0));
  });

  it('uses every shift about equally often, both ways of mirroring too', () => {
    const drawn = Array.from({ length: 9000 }, (_, i) => drawView({ padCrop: 4, flip: true }, 3, 0, i));
    for (let shift = -4; shift <= 4; shift++) {
      const share = drawn.filter(({ down }) => down === shift).length / drawn.length;
      expect(share).toBeGreaterThan(0.09);
      expect(share).toBeLessThan(0.135);
    }
    const mirrored = drawn.filter((view) => view.mirrored).length / drawn.length;
    expect(Math.abs(mirrored - 0.5)).toBeLessThan(0.03);
    expect(drawView(NONE, 3, 0, 1)).toEqual(PLAIN_VIEW);
  });

  it('cuts a square out at a random place, 0 for the network, clipped at the border', () => {
    const size = { height: 6, width: 6, channels: 2 };
    const of = (row: number, column: number): string => {
      const target = new Float32Array(72);
      const cut = { side: 4, row: (row + 0.5) / 6, column: (column + 0.5) / 6 };
      const ones = new Float32Array(512).fill(1);
      writeImage(new Uint8Array(72), size, ones, { ...PLAIN_VIEW, cut }, target, 0);
      expect(target.every((value, i) => value === target[i - (i % 2)])).toBe(true);
      const rows = Array.from({ length: 6 }, (_, y) => [...target.subarray(12 * y, 12 * y + 12)]);
      return rows.map((values) => values.filter((_, i) => i % 2 === 0).join('')).join(' ');
    };
    expect(of(3, 2)).toBe('111111 000011 000011 000011 000011 111111');
    expect(of(0, 5)).toBe('111000 111000 111111 111111 111111 111111');
    const views = Array.from({ length: 500 }, (_, i) => drawView({ ...NONE, cutout: 4 }, 3, 0, i));
    const mean = (each: (view: (typeof views)[number]) => number): number =>
      views.reduce((sum, view) => sum + each(view), 0) / views.length;
    expect(mean(({ cut }) => cut?.row ?? NaN)).toBeCloseTo(0.5, 1);
    expect(mean(({ cut }) => cut?.column ?? NaN)).toBeCloseTo(0.5, 1);
    // What an augmentation without it draws stays what it was.
    const flips = { padCrop: 2, flip: true };
    const { cut, ...others } = drawView({ ...flips, cutout: 4 }, 3, 1, 7);
    expect(others).toEqual(drawView(flips, 3, 1, 7));
    expect(cut?.side).toBe(4);
  });
});
