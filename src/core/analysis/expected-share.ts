/**
 * What a kernel position of untrained weights holds of the largest position, on average: a mean of ratios. The ratio of
 * the means is another number: the largest of nine sums lies above their mean, the more so the fewer weights are summed.
 */

/** Up to so many weights a sum's density is convolved; above, its Edgeworth series is closer than 1e-4. */
const CONVOLVED = 32;
const STEP = 0.02;
/** Standard deviations on either side that are integrated over. */
const REACH = 8;
const POINTS = 400;

const MEAN = Math.sqrt(2 / Math.PI);
const DEVIATION = Math.sqrt(1 - 2 / Math.PI);
const SKEWNESS = (Math.SQRT2 * (4 - Math.PI)) / (Math.PI - 2) ** 1.5;
const EXCESS = (8 * (Math.PI - 3)) / (Math.PI - 2) ** 2;

/** Positions alike: how many, and the standard deviation of their weights. */
export interface Alike {
  readonly count: number;
  readonly deviation: number;
}

/**
 * Of each kind of position the mean of (its sum of |w|) ÷ (the largest sum of all), for independent normal weights.
 * @param weights summed at each position: input channels × filters
 */
export function expectedShares(weights: number, kinds: readonly Alike[]): number[] {
  const sum = sumOf(weights);
  const largest = Math.max(...kinds.map(({ deviation }) => deviation));
  const from = Math.max(largest * (sum.mean - REACH * sum.spread), 0);
  const step = (largest * (sum.mean + REACH * sum.spread) - from) / POINTS;
  const shares = kinds.map(() => 0);
  let total = 0;
  for (let point = 1; point <= POINTS; point++) {
    const at = from + point * step;
    const found = kinds.map(({ count, deviation }) => ({ count, ...sum.at(at / deviation), deviation }));
    // The largest of all is `at`, and of kind k: `ofKind[k]`; the others are below.
    const below = (kind: number, but?: number): number =>
      found.reduce(
        (product, { count, share }, i) => product * share ** (count - Number(i === kind) - Number(i === but)),
        1,
      );
    found.forEach(({ count, density, deviation }, kind) => {
      if (density < 1e-12) return;
      const here = (density / deviation) * step;
      total += count * here * below(kind);
      shares.forEach((_, i) => {
        const { part, deviation: own, count: alike } = found[i] ?? NOTHING;
        const others = count - Number(i === kind);
        const asLargest = i === kind ? here * below(kind) : 0;
        const asOther = alike > 0 && others > 0 ? (here * others * below(kind, i) * own * part) / at : 0;
        shares[i] = (shares[i] ?? 0) + asLargest + asOther;
      });
    });
  }
  return shares.map((share) => share / total);
}

/** At a sum: its density, the probability of less, and the mean of what is less times that probability. */
interface At {
  readonly density: number;
  readonly share: number;
  readonly part: number;
}
const NOTHING = { density: 0, share: 0, part: 0, deviation: 1, count: 0 };

/** The distribution of the sum of so many |w|, w normal with standard deviation 1. */
interface SumOf {
  readonly mean: number;
  readonly spread: number;
  at(sum: number): At;
}

function sumOf(weights: number): SumOf {
  const [mean, spread] = [weights * MEAN, Math.sqrt(weights) * DEVIATION];
  if (weights <= CONVOLVED)
    return { mean, spread, at: tabulated(convolved(weights), (weights / 2) * STEP, STEP) };
  const step = (2 * REACH * spread) / 2048;
  const from = mean - REACH * spread;
  const density = Float64Array.from({ length: 2049 }, (_, i) => {
    const x = -REACH + (i * step) / spread;
    const skew = (SKEWNESS / Math.sqrt(weights) / 6) * (x ** 3 - 3 * x);
    const excess = (EXCESS / weights / 24) * (x ** 4 - 6 * x ** 2 + 3);
    const square = (SKEWNESS ** 2 / weights / 72) * (x ** 6 - 15 * x ** 4 + 45 * x ** 2 - 15);
    return Math.max(Math.exp((-x * x) / 2) * (1 + skew + excess + square), 0);
  });
  return { mean, spread, at: tabulated(density, from, step) };
}

/** Densities of the sums of 1, 2 … weights at (i + weights / 2) · STEP, as far as they were asked for. */
const known: Float64Array[] = [];

function convolved(weights: number): Float64Array {
  const one = (known[0] ??= Float64Array.from({ length: Math.ceil(REACH / STEP) }, (_, i) =>
    Math.exp(-(((i + 0.5) * STEP) ** 2) / 2),
  ));
  for (let n = known.length; n < weights; n++) {
    const before = known[n - 1] ?? one;
    const length = Math.ceil(((n + 1) * MEAN + (REACH + 1) * Math.sqrt(n + 1)) / STEP);
    const next = new Float64Array(length);
    before.forEach((value, i) => {
      const end = Math.min(one.length, length - i);
      for (let j = 0; j < end; j++) next[i + j] = (next[i + j] ?? 0) + value * (one[j] ?? 0) * STEP;
    });
    known.push(next);
  }
  return known[weights - 1] ?? one;
}

/** Densities, in any unit, at from, from + step … with their integrals; between them linear. */
function tabulated(densities: Float64Array, from: number, step: number): (sum: number) => At {
  const [shares, parts] = [new Float64Array(densities.length), new Float64Array(densities.length)];
  const total = densities.reduce((sum, value) => sum + value, 0);
  let [share, part] = [0, 0];
  densities.forEach((value, i) => {
    const mass = value / total;
    // Half of a cell lies below its middle.
    shares[i] = share + mass / 2;
    parts[i] = part + (mass / 2) * (from + i * step);
    share += mass;
    part += mass * (from + i * step);
  });
  return (sum) => {
    const place = (sum - from) / step;
    if (place >= densities.length - 1) return { density: 0, share: 1, part };
    if (place < 0) return { density: 0, share: 0, part: 0 };
    const index = Math.floor(place);
    const between = (values: Float64Array): number => {
      const [low = 0, high = 0] = [values[index], values[index + 1]];
      return low + (place - index) * (high - low);
    };
    return { density: between(densities) / total / step, share: between(shares), part: between(parts) };
  };
}
