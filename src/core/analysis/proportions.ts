import { item } from '../item';

/** Quantile of the normal distribution for intervals of 95 %. */
const Z = 1.959963984540054;

/** A range in percent or in points of percent. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** 1 where an image counts (the answer is right, say), else 0; one for each image. */
export type Hits = Uint8Array;

/** How many images count. */
export function countHits(hits: Hits): number {
  return hits.reduce((total, hit) => total + hit, 0);
}

/** 95 % interval of a proportion in percent (Wilson's score interval, 1927): never beyond 0 … 100, right near both ends. */
export function wilsonInterval(hits: number, count: number): Interval {
  const share = hits / count;
  const spread = (Z * Z) / count;
  const centre = (share + spread / 2) / (1 + spread);
  const half = (Z * Math.sqrt((share * (1 - share)) / count + spread / (4 * count))) / (1 + spread);
  return { low: 100 * Math.max(centre - half, 0), high: 100 * Math.min(centre + half, 1) };
}

/** The difference of two proportions of the same images. */
export interface PairedDifference extends Interval {
  /** After − before, in points of percent; `low` and `high` are its 95 % interval (Bonett and Price, 2012). */
  readonly points: number;
  /** Images that count after and not before. */
  readonly won: number;
  /** Images that count before and not after. */
  readonly lost: number;
}

/** What has changed, image by image. */
export function pairedDifference(before: Hits, after: Hits): PairedDifference {
  const count = before.length;
  let won = 0;
  let lost = 0;
  for (let i = 0; i < count; i++) {
    const [was, is] = [item(before, i), item(after, i)];
    if (is > was) won++;
    if (is < was) lost++;
  }
  // One image is added to each kind of change: without it no change at all would have an interval of no width.
  const [up, down] = [(won + 1) / (count + 2), (lost + 1) / (count + 2)];
  const half = Z * Math.sqrt((up + down - (up - down) ** 2) / (count + 2));
  return {
    points: (100 * (won - lost)) / count,
    low: 100 * Math.max(up - down - half, -1),
    high: 100 * Math.min(up - down + half, 1),
    won,
    lost,
  };
}

/**
 * McNemar's test in its exact form: how likely a split of won and lost at least as uneven as this one is if each image
 * that changed was as likely to be won as to be lost. Two-sided.
 */
export function mcnemarExact(won: number, lost: number): number {
  const changed = won + lost;
  // In logarithms, since 2^−changed is not a number for many images.
  let term = -changed * Math.LN2;
  let tail = 0;
  for (let i = 0; i <= Math.min(won, lost); i++) {
    tail += Math.exp(term);
    term += Math.log((changed - i) / (i + 1));
  }
  return Math.min(2 * tail, 1);
}

/** p values corrected for being several (Holm, 1979), in the order given. */
export function holm(values: readonly number[]): number[] {
  const corrected = values.map(() => 0);
  const order = [...values.entries()].sort(([, a], [, b]) => a - b);
  let largest = 0;
  order.forEach(([index, value], rank) => {
    largest = Math.max(largest, Math.min(value * (values.length - rank), 1));
    corrected[index] = largest;
  });
  return corrected;
}

/** What one image can add to a difference of differences: right where the other is wrong, and before the opposite. */
const MOST = 2;

/** A difference of two differences over the same images, in points; 95 % interval by the normal distribution. */
export interface Excess extends Interval {
  readonly points: number;
  /** Two-sided, of the same normal distribution: below 0.05 where the interval leaves out zero. */
  readonly p: number;
}

/**
 * By how much more two networks differ on distorted images than on the untouched ones, image by image.
 * @param untouched hits before and after, as of `pairedDifference`
 * @param distorted the same on the distorted images
 */
export function excessDifference(untouched: readonly [Hits, Hits], distorted: readonly [Hits, Hits]): Excess {
  const count = untouched[0].length;
  const change = ([before, after]: readonly [Hits, Hits], i: number): number =>
    item(after, i) - item(before, i);
  const at = (i: number): number => change(distorted, i) - change(untouched, i);
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < count; i++) {
    sum += at(i);
    squares += at(i) ** 2;
  }
  // One image more and one less by all that an image can: without them equal images would have an interval of no width.
  const seen = count + 2;
  const centre = sum / seen;
  const error = Math.sqrt(((squares + 2 * MOST ** 2) / seen - centre ** 2) / seen);
  return {
    points: (100 * sum) / count,
    low: 100 * Math.max(centre - Z * error, -MOST),
    high: 100 * Math.min(centre + Z * error, MOST),
    p: outside(Math.abs(centre) / error),
  };
}

/** How likely a normal variate is at least `z` ≥ 0 from its mean, to either side; relative error below 2e-7. */
function outside(z: number): number {
  // erfc(z / √2) by a Chebyshev fit (Press et al., Numerical Recipes, section 6.2).
  const t = 1 / (1 + z / Math.SQRT2 / 2);
  const sum = FIT.reduceRight((value, coefficient) => value * t + coefficient, 0);
  return t * Math.exp((-z * z) / 2 + sum);
}

/** Of 1, t, t² … */
const FIT = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587,
  -0.82215223, 0.17087277,
];
