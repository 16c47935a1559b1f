import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cividis, hex, inkOn, luminance, mix } from '../../../src/shared/colour';
import type { Rgb } from '../../../src/shared/colour';
import { parseColour } from '../../../webview/charts/parse-colour';
import { dataScale, differenceScale, roundUp, unitScale } from '../../../webview/charts/scales';

const channel = fc.integer({ min: 0, max: 255 });
const colour = fc.tuple(channel, channel, channel);

const contrast = (a: number, b: number) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);

describe('cividis', () => {
  it('is the published polynomial at its ends and in the middle', () => {
    expect(hex(cividis(0))).toBe('#002051');
    expect(hex(cividis(1))).toBe('#fdea45');
    expect(hex(cividis(0.5))).toBe('#7f7c75');
  });

  it('clamps what lies outside', () => {
    expect(cividis(-3)).toEqual(cividis(0));
    expect(cividis(7)).toEqual(cividis(1));
  });

  it('grows lighter all the way', () => {
    const lights = Array.from({ length: 101 }, (_, i) => luminance(cividis(i / 100)));
    for (let i = 1; i < lights.length; i++) expect(lights[i]).toBeGreaterThan((lights[i - 1] ?? 1) - 1e-3);
  });
});

describe('ink', () => {
  it('reads at 4.5:1 or better on any colour', () => {
    fc.assert(
      fc.property(colour, (background) => {
        const text = inkOn(background) === '#000' ? 0 : 1;
        expect(contrast(luminance(background), text)).toBeGreaterThanOrEqual(4.5);
      }),
    );
  });
});

describe('mixing in OKLab', () => {
  it('gives back its ends to one step of a channel', () => {
    fc.assert(
      fc.property(colour, colour, (a, b) => {
        mix(a, b, 0).forEach((value, i) => expect(Math.abs(value - (a[i] ?? 0))).toBeLessThanOrEqual(1));
        mix(a, b, 1).forEach((value, i) => expect(Math.abs(value - (b[i] ?? 0))).toBeLessThanOrEqual(1));
      }),
    );
  });

  it.each<[Rgb, Rgb, number, Rgb]>([
    [[31, 31, 31], [204, 204, 204], 0.1, [46, 46, 46]],
    [[46, 46, 46], [137, 209, 133], 0.5, [91, 123, 89]],
    [[255, 255, 255], [101, 45, 144], 0.75, [137, 99, 173]],
    [[0, 0, 0], [255, 255, 255], 0.3, [46, 46, 46]],
  ])('agrees with Chromium’s color-mix: %j, %j, %f', (a, b, t, mixed) => {
    expect(mix(a, b, t)).toEqual(mixed);
  });
});

describe('reading colours', () => {
  it.each<[string, Rgb | undefined]>([
    ['#cccccc', [204, 204, 204]],
    [' #FfF ', [255, 255, 255]],
    ['#0078d480', [0, 120, 212]],
    ['rgba(204, 204, 204, 0.5)', [204, 204, 204]],
    ['rgb(1 2 3)', [1, 2, 3]],
    ['', undefined],
    ['red', undefined],
    ['#12345', undefined],
  ])('%s', (text, expected) => {
    expect(parseColour(text)).toEqual(expected);
  });
});

describe('scales', () => {
  const palette = { zero: [40, 40, 40], below: [177, 128, 215], above: [137, 209, 133] } as const;

  it('0–1 does not depend on the data; the data range does', () => {
    expect(unitScale().colour(0.5)).toEqual(cividis(0.5));
    const scale = dataScale([[[0.8, 0.9]], [[1, 0.85]]]);
    expect([scale.min, scale.max]).toEqual([0.8, 1]);
    expect(scale.colour(0.8)).toEqual(cividis(0));
  });

  it('a range of nothing falls back to 0–1', () => {
    expect(dataScale([[[0.5, 0.5]]]).max).toBe(1);
    expect(dataScale([]).min).toBe(0);
  });

  it('differences are symmetric around zero with a round end', () => {
    const scale = differenceScale([[[-0.1004, 0.02]]], palette);
    expect([scale.min, scale.max]).toEqual([-0.2, 0.2]);
    expect(scale.colour(0)).toEqual(palette.zero);
    expect(scale.colour(-0.2)).toEqual(palette.below);
    expect(scale.colour(0.5)).toEqual(palette.above);
  });

  it.each([
    [0, 0.05],
    [0.05, 0.05],
    [0.051, 0.1],
    [0.1, 0.1],
    [0.2, 0.2],
    [0.21, 0.5],
    [0.6, 1],
    [3, 5],
  ])('the end above %f is %f', (value, end) => {
    expect(roundUp(value)).toBe(end);
  });
});
