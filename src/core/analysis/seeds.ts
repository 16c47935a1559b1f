import { item } from '../item';

/** A mean over runs that differ in their seed alone, with its uncertainty. */
export interface SeedMean {
  readonly mean: number;
  /** The sample standard deviation of one run. */
  readonly deviation: number;
  /** The mean's 95 % interval by Student's t. */
  readonly low: number;
  readonly high: number;
}

/** The mean of at least two runs. */
export function seedMean(values: readonly number[]): SeedMean {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / (count - 1));
  const half = halfWidth(deviation, count);
  return { mean, deviation, low: mean - half, high: mean + half };
}

function halfWidth(deviation: number, count: number): number {
  return (studentQuantile(0.975, count - 1) * deviation) / Math.sqrt(count);
}

/** More seeds than this are not suggested. */
const MOST_SEEDS = 10_000;

/**
 * How many seeds give the mean an interval of `half` on both sides. What a pilot of few runs shows of the standard deviation
 * is uncertain, so its upper bound is taken: the true one is below it with 80 % confidence (Browne 1995).
 * @returns undefined where it would be more than 10,000
 */
export function seedsNeeded(pilot: readonly number[], half: number): number | undefined {
  const { deviation } = seedMean(pilot);
  const freedom = pilot.length - 1;
  const bound = deviation * Math.sqrt(freedom / chiSquareQuantile(0.2, freedom));
  const fits = (count: number): boolean => halfWidth(bound, count) <= half;
  if (!fits(MOST_SEEDS)) return undefined;
  let [few, enough] = [2, MOST_SEEDS];
  while (enough - few > 1) {
    const middle = Math.floor((few + enough) / 2);
    if (fits(middle)) enough = middle;
    else few = middle;
  }
  return enough;
}

/** Quantile of Student's t for whole degrees of freedom. @param p above ½ */
export function studentQuantile(p: number, freedom: number): number {
  return solved((t) => (1 + withinStudent(t, freedom)) / 2 - p);
}

/** The probability that |t| is smaller (Abramowitz and Stegun, 26.7.3 and 26.7.4). */
function withinStudent(t: number, freedom: number): number {
  const angle = Math.atan(t / Math.sqrt(freedom));
  const square = Math.cos(angle) ** 2;
  const odd = freedom % 2;
  let sum = 0;
  let term = odd ? Math.cos(angle) : 1;
  for (let k = odd ? 2 : 1; k < freedom; k += 2) {
    sum += term;
    term *= (square * k) / (k + 1);
  }
  return odd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
}

/** Quantile of χ² for whole degrees of freedom. */
export function chiSquareQuantile(p: number, freedom: number): number {
  return solved((x) => chiSquare(x, freedom) - p);
}

/** The probability of a smaller χ²: the power series of the incomplete gamma function (Abramowitz and Stegun, 6.5.29). */
function chiSquare(x: number, freedom: number): number {
  let log = (freedom / 2) * Math.log(x / 2) - x / 2;
  // Γ(ν/2 + 1), from Γ(1) = 1 or Γ(½) = √π.
  if (freedom % 2) log -= Math.log(Math.PI) / 2;
  for (let k = freedom; k > 0; k -= 2) log -= Math.log(k / 2);
  let sum = 0;
  let term = 1;
  for (let n = freedom + 2; term > sum * 1e-17; n += 2) {
    sum += term;
    term *= x / n;
  }
  return Math.exp(log) * sum;
}

/** Where a rising function crosses 0, above 0. */
function solved(rising: (x: number) => number): number {
  let range: [number, number] = [0, 1];
  while (rising(item(range, 1)) < 0) range = [range[1], range[1] * 2];
  for (let i = 0; i < 100; i++) {
    const middle = (range[0] + range[1]) / 2;
    range = rising(middle) < 0 ? [middle, range[1]] : [range[0], middle];
  }
  return range[1];
}
