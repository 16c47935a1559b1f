/** Red, green, blue from 0 to 255. */
export type Rgb = readonly [number, number, number];

/** A colour in the light and in the dark theme. */
export interface Themed {
  readonly light: Rgb;
  readonly dark: Rgb;
}

/**
 * The scale cividis at t in 0–1: readable with every kind of colour vision. Polynomial of `interpolateCividis` in
 * d3-scale-chromatic, after Nuñez, Anderton and Renslow (2018).
 */
export function cividis(t: number): Rgb {
  const x = Math.min(Math.max(t, 0), 1);
  return rounded([
    -4.54 - x * (35.34 - x * (2381.73 - x * (6402.7 - x * (7024.72 - x * 2710.57)))),
    32.49 + x * (170.73 + x * (52.82 - x * (131.46 - x * (176.58 - x * 67.37)))),
    81.24 + x * (442.36 - x * (2482.43 - x * (6167.24 - x * (6614.94 - x * 2475.67)))),
  ]);
}

const ZERO: Themed = { light: [235, 235, 235], dark: [48, 48, 48] };
const BELOW: Themed = { light: [101, 45, 144], dark: [177, 128, 215] };
const ABOVE: Themed = { light: [56, 138, 52], dark: [137, 209, 133] };

/** Colour of a signed difference: purple below zero, green above, mixed in Oklab by |value| / extent. */
export function diverging(value: number, extent: number): Themed {
  const share = Math.min(Math.abs(value) / extent, 1);
  const end = value < 0 ? BELOW : ABOVE;
  return { light: mix(ZERO.light, end.light, share), dark: mix(ZERO.dark, end.dark, share) };
}

/** Black or white, whichever reads better: contrast of at least 4.58 : 1 on any colour. */
export function inkOn(colour: Rgb): string {
  return luminance(colour) > 0.179 ? '#000' : '#fff';
}

/** `#rrggbb`. */
export function hex(colour: Rgb): string {
  return `#${colour.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

/** Relative luminance as WCAG defines it. */
function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map(toLinear);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function toLinear(part: number): number {
  const value = part / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function fromLinear(value: number): number {
  return 255 * (value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055);
}

function rounded([r, g, b]: Rgb): Rgb {
  const fit = (value: number) => Math.round(Math.min(Math.max(value, 0), 255));
  return [fit(r), fit(g), fit(b)];
}

/** As CSS `color-mix(in oklab, a, b share)`; matrices by Björn Ottosson (2020). */
function mix(a: Rgb, b: Rgb, share: number): Rgb {
  const [first, second] = [toOklab(a), toOklab(b)];
  const [l, m, s] = first.map((value, i) => value + (second[i] - value) * share);
  return fromOklab([l, m, s]);
}

function toOklab(colour: Rgb): Rgb {
  const [r, g, b] = colour.map(toLinear);
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function fromOklab([light, a, b]: Rgb): Rgb {
  const l = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (light - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return rounded([
    fromLinear(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    fromLinear(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    fromLinear(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ]);
}
