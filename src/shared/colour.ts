/** Colour scales and the ink that is read on them. Pure; colours are sRGB, channels 0–255. */

/** A colour in sRGB, each channel 0–255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/**
 * The scale cividis at t in 0–1: readable with every kind of colour vision. Polynomial of `interpolateCividis` in
 * d3-scale-chromatic, after Nuñez, Anderton and Renslow (2018).
 */
export function cividis(t: number): Rgb {
  const x = Math.min(1, Math.max(0, t));
  return [
    channel(-4.54 - x * (35.34 - x * (2381.73 - x * (6402.7 - x * (7024.72 - x * 2710.57))))),
    channel(32.49 + x * (170.73 + x * (52.82 - x * (131.46 - x * (176.58 - x * 67.37))))),
    channel(81.24 + x * (442.36 - x * (2482.43 - x * (6167.24 - x * (6614.94 - x * 2475.67))))),
  ];
}

/** What the scale of signed differences is mixed from: its middle and its ends. */
export interface Palette {
  readonly zero: Rgb;
  readonly below: Rgb;
  readonly above: Rgb;
}

/** Colour of a signed difference, mixed by |value| ÷ extent. */
export function diverging(value: number, extent: number, { zero, below, above }: Palette): Rgb {
  return mix(zero, value < 0 ? below : above, Math.min(1, Math.abs(value) / extent));
}

/** Mixes in OKLab, as CSS's `color-mix(in oklab, a, b t)`. */
export function mix(a: Rgb, b: Rgb, t: number): Rgb {
  const from = toOklab(a);
  const to = toOklab(b);
  return fromOklab([
    from[0] + (to[0] - from[0]) * t,
    from[1] + (to[1] - from[1]) * t,
    from[2] + (to[2] - from[2]) * t,
  ]);
}

/** WCAG relative luminance, 0–1. */
export function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map(linear) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Black or white, whichever reads better: both do alike at a luminance of 0.179. */
export function inkOn(colour: Rgb): '#000' | '#fff' {
  return luminance(colour) > 0.179 ? '#000' : '#fff';
}

/** `#rrggbb`. */
export function hex(colour: Rgb): string {
  return `#${colour.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

/** Fitted into a channel. */
export function channel(value: number): number {
  return Math.min(255, Math.max(0, Math.round(value)));
}

function linear(value: number): number {
  const v = value / 255;
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
}

function gamma(value: number): number {
  return channel(255 * (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055));
}

type Lab = readonly [number, number, number];

/** Björn Ottosson's OKLab (2020), the matrices of CSS Color 4. */
function toOklab(colour: Rgb): Lab {
  const [r, g, b] = colour.map(linear) as [number, number, number];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function fromOklab([lightness, a, b]: Lab): Rgb {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    gamma(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    gamma(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    gamma(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}
