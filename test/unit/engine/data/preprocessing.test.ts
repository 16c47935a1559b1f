import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  describePreprocessing,
  lookupTable,
  preprocessingFor,
  requireSize,
} from '../../../../src/engine/data/preprocessing';
import { createRandom } from '../../../../src/core/random';
import type { Picture } from '../../../../src/engine/data/dataset';
import { fitPicture } from '../../../../src/engine/data/resize';
import { RESIZES, type Resize } from '../../../../src/shared/choices';
import { NetworkBuilder } from '../../../support/networks';

function networkOf(shape: readonly (number | null)[], rescale = false) {
  const b = new NetworkBuilder();
  const input = b.input(shape);
  return b.finish(b.relu(rescale ? b.apply('rescaling', input, { scale: [1 / 255], offset: [0] }) : input));
}

describe('preprocessing', () => {
  it('is 0–255 × 1/255 unless told, in the size of the network', () => {
    const preprocessing = preprocessingFor(networkOf([28, 30, 1]), {});
    expect(preprocessing).toEqual({
      height: 28,
      width: 30,
      channels: 1,
      scale: 1 / 255,
      mean: [0],
      std: [1],
    });
    expect(describePreprocessing(preprocessing)).toBe('28 × 30 × 1, pixels 0–255 × 1/255');
  });

  it('leaves pixels alone where the network starts with a rescaling, unless told', () => {
    const found = preprocessingFor(networkOf([8, 8, 3], true), {});
    expect(found.scale).toBe(1);
    expect(describePreprocessing(found)).toBe(
      '8 × 8 × 3, pixels 0–255, because the network rescales by itself (rescaling1)',
    );
    const stated = preprocessingFor(networkOf([8, 8, 3], true), { scale: 2 });
    expect(stated.scale).toBe(2);
    expect(describePreprocessing(stated)).toBe('8 × 8 × 3, pixels 0–255 × 2');
  });

  it('takes one number for all channels, or one each', () => {
    const { mean, std } = preprocessingFor(networkOf([8, 8, 3]), { mean: [0.5], std: [1, 2, 3] });
    expect({ mean, std }).toEqual({ mean: [0.5, 0.5, 0.5], std: [1, 2, 3] });
  });

  it('takes a size where the network leaves it open, and refuses another where it does not', () => {
    expect(preprocessingFor(networkOf([null, null, 3]), { size: 40 }).width).toBe(40);
    expect(preprocessingFor(networkOf([8, 8, 3]), { size: 8 }).width).toBe(8);
    expect(() => preprocessingFor(networkOf([null, null, 3]), {})).toThrow(/leaves its input size open/);
    expect(() => preprocessingFor(networkOf([8, 8, 3]), { size: 9 })).toThrow(/expected 8; found 9/);
  });

  it('is held against a size even where no images are read', () => {
    expect(() => requireSize(networkOf([8, 8, 3]).graph, 9)).toThrow(/expected 8; found 9/);
    expect(() => requireSize(networkOf([8, null, 3]).graph, 9)).toThrow(/expected 8; found 9/);
    for (const shape of [[8, 8, 3], [null, null, 3], [8]]) requireSize(networkOf(shape).graph, 8);
    requireSize(networkOf([8, 8, 3]).graph, undefined);
  });

  it('refuses what does not fit the network', () => {
    expect(() => preprocessingFor(networkOf([8, 8, 3]), { mean: [1, 2] })).toThrow(
      /mean does not fit .*found 2 numbers/,
    );
    expect(() => preprocessingFor(networkOf([8, 8, 1]), { std: [0] })).toThrow(/std must be above 0/);
    expect(() => preprocessingFor(networkOf([8, 8, 4]), {})).toThrow(
      /does not take one image .*found N × 8 × 8 × 4/,
    );
    expect(() => preprocessingFor(networkOf([16]), {})).toThrow(/does not take one image/);
  });

  it('the table holds each byte of each channel, preprocessed', () => {
    const table = lookupTable({
      height: 1,
      width: 1,
      channels: 3,
      scale: 1 / 255,
      mean: [0, 0.5, 1],
      std: [1, 2, 4],
    });
    expect(table).toHaveLength(768);
    expect([table[255], table[256], table[256 + 255], table[512]]).toEqual([1, -0.25, 0.25, -0.25]);
  });
});

describe('resize', () => {
  const fit = (width: number, pixels: readonly number[], to: number): number[] => [
    ...fitPicture(
      { height: 1, width, channels: 1, pixels: Uint8Array.from(pixels) },
      { height: 1, width: to, channels: 1 },
    ),
  ];

  it('is bilinear with half-pixel centres', () => {
    expect(fit(2, [0, 100], 4)).toEqual([0, 25, 75, 100]);
    expect(fit(4, [0, 10, 20, 30], 2)).toEqual([5, 25]);
    expect(fit(3, [7, 8, 9], 3)).toEqual([7, 8, 9]);
  });

  /** A picture of random bytes. */
  const noise = (height: number, width: number): Picture => {
    const random = createRandom(height * 100 + width);
    const pixels = Uint8Array.from({ length: height * width * 3 }, () => random.uniform() * 256);
    return { height, width, channels: 3, pixels };
  };

  it.each([
    { from: [4, 8], to: [4, 4], scaled: [4, 8] },
    { from: [4, 7], to: [4, 4], scaled: [4, 7] },
    { from: [12, 9], to: [6, 6], scaled: [8, 6] },
    { from: [9, 12], to: [6, 6], scaled: [6, 8] },
    { from: [5, 3], to: [10, 8], scaled: [13, 8] },
    { from: [6, 6], to: [3, 4], scaled: [4, 4] },
  ])('crops the centre of what covers the size: $from to $to', ({ from, to, scaled }) => {
    const picture = noise(from[0], from[1]);
    const [height, width] = to;
    const covering = fitPicture(picture, { height: scaled[0], width: scaled[1], channels: 3 });
    const [top, left] = [0, 1].map((axis) => Math.floor((scaled[axis] - to[axis]) / 2));
    const expected = Array.from({ length: height }, (_, row) => {
      const start = ((top + row) * scaled[1] + left) * 3;
      return [...covering.subarray(start, start + width * 3)];
    });
    const cropped = fitPicture(picture, { height, width, channels: 3, resize: 'crop' });
    expect([...cropped]).toEqual(expected.flat());
  });

  it('smooths where images get smaller, and is bilinear where they get larger', () => {
    const line = (pixels: readonly number[], width: number, resize: Resize): number[] => {
      const picture = {
        height: 1,
        width: pixels.length,
        channels: 1,
        pixels: Uint8Array.from(pixels),
      } as const;
      return [...fitPicture(picture, { height: 1, width, channels: 1, resize })];
    };
    // Every other pixel is white: without smoothing a third of them is read, all of one colour.
    const stripes = Array.from({ length: 18 }, (_, i) => (i % 2) * 255);
    expect(line(stripes, 6, 'squash')).toEqual([255, 0, 255, 0, 255, 0]);
    expect(line(stripes, 6, 'antialias').slice(1, 5)).toEqual([113, 142, 113, 142]);
    expect(line([0, 100], 4, 'antialias')).toEqual([0, 25, 75, 100]);
  });

  it.each(RESIZES)('keeps a flat picture flat at any size: %s', (resize) => {
    const side = fc.integer({ min: 1, max: 9 });
    fc.assert(
      fc.property(side, side, side, side, fc.integer({ min: 0, max: 255 }), (h, w, toH, toW, value) => {
        const pixels = new Uint8Array(h * w * 3).fill(value);
        const fitted = fitPicture(
          { height: h, width: w, channels: 3, pixels },
          { height: toH, width: toW, channels: 3, resize },
        );
        expect(fitted).toEqual(new Uint8Array(toH * toW * 3).fill(value));
      }),
    );
  });

  it('grey is repeated, RGB becomes luma', () => {
    const grey = fitPicture(
      { height: 1, width: 2, channels: 1, pixels: Uint8Array.of(5, 6) },
      { height: 1, width: 2, channels: 3 },
    );
    expect([...grey]).toEqual([5, 5, 5, 6, 6, 6]);
    const luma = fitPicture(
      { height: 1, width: 4, channels: 3, pixels: Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9) },
      { height: 1, width: 4, channels: 1 },
    );
    expect([...luma]).toEqual([76, 150, 29, 9]);
  });
});
