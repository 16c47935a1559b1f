import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distortImage, keepsSize } from '../../../src/core/analysis/distortion';
import { DISTORTIONS, type Distortion } from '../../../src/shared/distortions';
import {
  excessDifference,
  holm,
  mcnemarExact,
  pairedDifference,
  wilsonInterval,
} from '../../../src/core/analysis/proportions';

const image = fc
  .record({
    height: fc.integer({ min: 1, max: 6 }),
    width: fc.integer({ min: 1, max: 6 }),
    channels: fc.constantFrom(1, 3),
  })
  .chain((size) => {
    const length = size.height * size.width * size.channels;
    return fc.record({
      size: fc.constant(size),
      pixels: fc.uint8Array({ minLength: length, maxLength: length }),
    });
  });

describe('distortions', () => {
  const size = { height: 2, width: 3, channels: 1 };
  const pixels = Uint8Array.of(1, 2, 3, 4, 5, 6);
  const turned = (distortion: Distortion) => [...distortImage(pixels, size, distortion)];

  it('move pixels as their names say', () => {
    expect(turned('none')).toEqual([1, 2, 3, 4, 5, 6]);
    expect(turned('rotate180')).toEqual([6, 5, 4, 3, 2, 1]);
    expect(turned('flipUpDown')).toEqual([4, 5, 6, 1, 2, 3]);
    expect(turned('flipLeftRight')).toEqual([3, 2, 1, 6, 5, 4]);
    // Counter-clockwise: what was the right column is the top row.
    const square = { height: 2, width: 2, channels: 3 };
    const colours = Uint8Array.of(1, 10, 100, 2, 20, 200, 3, 30, 130, 4, 40, 140);
    expect([...distortImage(colours, square, 'rotate90')]).toEqual([
      ...[2, 20, 200, 4, 40, 140],
      ...[1, 10, 100, 3, 30, 130],
    ]);
  });

  it('undo themselves: mirrorings and 180° done twice, 90° four times; 90° twice is 180°', () => {
    fc.assert(
      fc.property(image, ({ size: any, pixels: given }) => {
        const again = (distortion: Distortion, times: number) => {
          let now: Uint8Array = given;
          for (let i = 0; i < times; i++) now = distortImage(now, any, distortion);
          return now;
        };
        for (const distortion of DISTORTIONS) {
          if (!keepsSize(distortion, any)) continue;
          expect(again(distortion, distortion === 'rotate90' ? 4 : 2)).toEqual(given);
        }
        if (any.height === any.width) expect(again('rotate90', 2)).toEqual(again('rotate180', 1));
        const mirrored = distortImage(again('flipUpDown', 1), any, 'flipLeftRight');
        expect(mirrored).toEqual(again('rotate180', 1));
      }),
    );
  });

  it('a quarter turn of an image that is not square has another size, and is refused', () => {
    expect(DISTORTIONS.filter((each) => !keepsSize(each, size))).toEqual(['rotate90']);
    expect(DISTORTIONS.every((each) => keepsSize(each, { height: 4, width: 4 }))).toBe(true);
    expect(() => turned('rotate90')).toThrow('an image of 2 × 3 turned by 90° is one of 3 × 2');
    expect(() => distortImage(pixels, { ...size, channels: 3 }, 'flipUpDown')).toThrow(
      '6 values for an image',
    );
  });
});

describe('proportions', () => {
  it('Wilson’s interval as published: 81 of 263, and both ends', () => {
    // Newcombe (1998), table I, method 3.
    const { low, high } = wilsonInterval(81, 263);
    expect(low / 100).toBeCloseTo(0.2553, 4);
    expect(high / 100).toBeCloseTo(0.3662, 4);
    expect(wilsonInterval(0, 20).low).toBe(0);
    expect(wilsonInterval(0, 20).high).toBeCloseTo(16.11, 2);
    expect(wilsonInterval(29, 29).high).toBe(100);
    expect(wilsonInterval(29, 29).low).toBeCloseTo(88.3, 1);
  });

  it('the difference of paired proportions, and its interval when nothing has changed', () => {
    const before = Uint8Array.of(1, 1, 1, 0, 0, 1, 0, 1);
    const after = Uint8Array.of(1, 0, 1, 1, 1, 1, 0, 1);
    const found = pairedDifference(before, after);
    expect(found).toMatchObject({ points: 12.5, won: 2, lost: 1 });
    // (won + 1 − lost − 1) / (n + 2) ± z √((3/10 + 2/10 − (1/10)²) / 10)
    expect(found.low).toBeCloseTo(100 * (0.1 - 1.959964 * Math.sqrt(0.049)), 4);
    expect(found.high).toBeCloseTo(100 * (0.1 + 1.959964 * Math.sqrt(0.049)), 4);
    const same = pairedDifference(before, before);
    expect(same.points).toBe(0);
    expect(same.low).toBeLessThan(-1);
    expect(same.high).toBeCloseTo(-same.low, 10);
  });

  it('McNemar’s exact test is the two-sided binomial test of the images that changed', () => {
    expect(mcnemarExact(0, 0)).toBe(1);
    expect(mcnemarExact(1, 1)).toBe(1);
    expect(mcnemarExact(0, 5)).toBeCloseTo(2 / 32, 12);
    expect(mcnemarExact(5, 0)).toBeCloseTo(2 / 32, 12);
    expect(mcnemarExact(2, 8)).toBeCloseTo((2 * (1 + 10 + 45)) / 1024, 12);
    // More images than 2^−n can be written for.
    const many = mcnemarExact(2400, 2600);
    expect(many).toBeGreaterThan(0.0047);
    expect(many).toBeLessThan(0.005);
    expect(mcnemarExact(0, 5000)).toBe(0);
  });

  it('Holm’s correction', () => {
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
    expect(holm([0.6, 0.9])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });

  it('what two networks differ by more on distorted images, image by image', () => {
    const right = Uint8Array.of(1, 1, 1, 1);
    const half = Uint8Array.of(1, 1, 0, 0);
    // Two points of four won on distorted images, none on the untouched: differences 0, 0, 1, 1.
    const found = excessDifference([right, right], [half, right]);
    expect(found.points).toBe(50);
    // With one more of 2 and one of −2: their mean 1/3, their variance (2 + 8) / 6 − 1/9.
    const half95 = 1.959964 * Math.sqrt((10 / 6 - 1 / 9) / 6);
    expect(found.high).toBeCloseTo(100 * (1 / 3 + half95), 4);
    expect(found.low).toBeCloseTo(100 * (1 / 3 - half95), 4);
    expect(found.p).toBeCloseTo(0.512690761, 6);
    // The same gain on both is not an excess.
    const none = excessDifference([half, right], [half, right]);
    expect(none.points).toBe(0);
    expect(none.low).toBeCloseTo(-none.high, 10);
    expect(none.high).toBeGreaterThan(0);
    expect(none.p).toBeCloseTo(1, 6);
  });

  // Python: error = sqrt(((won + 8)/(n + 2) − (won/(n + 2))²)/(n + 2)); p = math.erfc(won/(n + 2)/error/√2)
  it.each([
    [0, 50, 1],
    [5, 200, 0.16349915],
    [7, 100, 0.0662027519],
    [8, 100, 0.0413096936],
    [20, 1000, 0.000140731058],
    [60, 1000, 7.64706728e-14],
  ])('p of an excess is that of the normal distribution: %i of %i', (won, count, p) => {
    const none = new Uint8Array(count);
    const some = Uint8Array.from(none, (_, i) => Number(i < won));
    const excess = excessDifference([none, none], [none, some]);
    expect(excess.p / p).toBeCloseTo(1, 5);
    expect(excess.p < 0.05).toBe(excess.low > 0);
  });

  it.each([1, 2, 3, 4, 5])('%i images that are all alike show no excess', (count) => {
    const [all, no] = [new Uint8Array(count).fill(1), new Uint8Array(count)];
    const { points, low, high } = excessDifference([no, all], [no, no]);
    expect(points).toBe(-100);
    expect(low).toBeLessThanOrEqual(points);
    expect(high).toBeGreaterThan(0);
  });

  it('of very many images the interval is that of the normal distribution', () => {
    const count = 100_000;
    const none = new Uint8Array(count);
    const some = Uint8Array.from(none, (_, i) => Number(i % 4 === 0));
    const { points, low, high } = excessDifference([none, none], [none, some]);
    expect(points).toBe(25);
    const half95 = 196 * Math.sqrt(0.1875 / count);
    expect(low).toBeCloseTo(25 - half95, 2);
    expect(high).toBeCloseTo(25 + half95, 2);
  });
});
