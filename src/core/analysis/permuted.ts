/**
 * The null model of a file's own weights: within each kernel slice they are permuted over the positions. That keeps
 * what normal weights lack (heavy tails, filters that do nothing) and leaves nothing of where weights are.
 */
import { item } from '../item';
import { createRandom, streamSeed, type Random } from '../random';
import { kernelShape, type KernelView, type Shape } from '../tensor/tensor';
import type { Matrix } from '../../shared/matrix';

/** Draws for each layer, and together for all layers: what many layers take stays bounded. */
const [LEAST_DRAWS, MOST_DRAWS, ALL_DRAWS] = [500, 2000, 100_000];
/** Shares that the draws of one layer may hold in memory. */
const HELD = 1_000_000;
/** Weights that one draw of a layer permutes: 256 slices of 3×3. */
const PERMUTED = 2304;
const SEED = 1;
const EVEN = 4096;
/** Of files without any pattern, how many have no position outside the band. */
const CONFIDENCE = 0.95;

/** What a position holds by chance. */
export interface Chance {
  /** Mean magnitudes of the permuted weights. */
  readonly permuted: Matrix;
  /**
   * Half the width of the band of chance. In 95 % of permuted files no position of any layer, and of no average over
   * layers, is farther from `permuted`.
   */
  readonly reach: Matrix;
}

/** The same of one layer. */
export interface LayerChance extends Chance {
  /**
   * Standard deviation ÷ mean of one position's sum of |weight|, if weights like those of the layer's slices were drawn for
   * each position independently.
   */
  readonly variation: number;
}

/** How many draws the layers of a file get. @param positions of its largest kernel */
export function drawsFor(layers: number, positions: number): number {
  const most = Math.min(MOST_DRAWS, HELD / positions, ALL_DRAWS / layers);
  return Math.floor(Math.max(LEAST_DRAWS, most));
}

/** Mean and standard deviation of each position over the draws. */
export interface Scatter {
  readonly mean: Matrix;
  readonly deviation: Matrix;
  /** As in `LayerChance`. */
  readonly variation: number;
}

/** One layer's permuted magnitudes. */
export interface Draws extends Scatter {
  /** Of each draw the shares of its largest position, row by row. */
  readonly shares: Float64Array;
}

/** What a slice holds: |weight| ÷ `deviations`, whose permutations leave the layer's expected pattern. */
interface Slices {
  /** Those that are permuted as they are, one after the other. */
  readonly single: Float64Array;
  /** Of all others, at each position: the mean of their sum, and its standard deviation. */
  readonly mean: number;
  readonly spread: number;
  /** As in `LayerChance`. */
  readonly variation: number;
}

/**
 * Permutes a layer's weights within each slice, so many times. The slices with the largest part of the variance are
 * permuted one by one; the sum of the many small others is normal, with their own mean and covariance.
 * @param deviations what untrained weights of such a layer scatter by at each position: 1 everywhere for a convolution. The
 * weights are divided by them before and multiplied after.
 * @returns undefined for a layer of zeros
 */
export function permutedShares(
  view: KernelView,
  shape: Shape,
  deviations: Matrix,
  { name, count }: { readonly name: string; readonly count: number },
): Draws | undefined {
  const scales = Float64Array.from(deviations.flat());
  const slices = slicesOf(view, shape, scales);
  if (slices.mean === 0 && slices.single.length === 0) return undefined;
  const shares = draw(slices, scales, count, createRandom(streamSeed(SEED, name)));
  return { shares, variation: slices.variation, ...moments(shares, deviations) };
}

function slicesOf({ values, strides, scale }: KernelView, shape: Shape, scales: Float64Array): Slices {
  const [height, width, inputs, filters] = kernelShape(shape);
  const positions = height * width;
  const offsets = Int32Array.from(
    { length: positions },
    (_, i) => Math.floor(i / width) * strides[0] + (i % width) * strides[1],
  );
  const [input, filter] = [
    { count: inputs, stride: strides[2] },
    { count: filters, stride: strides[3] },
  ];
  // As the weights lie: the index with the shorter stride is the inner one.
  const [outer, inner] = input.stride > filter.stride ? [input, filter] : [filter, input];
  const slice = new Float64Array(positions);
  const each = (visit: (mean: number, variance: number) => void): void => {
    for (let i = 0; i < outer.count; i++) {
      for (let j = 0; j < inner.count; j++) {
        const start = i * outer.stride + j * inner.stride;
        const factor = Math.abs(scale?.[outer === filter ? i : j] ?? 1);
        let [sum, squares] = [0, 0];
        for (let p = 0; p < positions; p++) {
          const value = (Math.abs(values[start + (offsets[p] ?? 0)] ?? 0) * factor) / (scales[p] ?? 1);
          slice[p] = value;
          sum += value;
          squares += value * value;
        }
        const mean = sum / positions;
        visit(mean, Math.max(squares / positions - mean * mean, 0));
      }
    }
  };
  let [all, total] = [0, 0];
  each((own, variance) => {
    all += variance;
    total += own;
  });
  const least = (all * positions) / PERMUTED;
  const single: number[] = [];
  let [mean, rest] = [0, 0];
  each((own, variance) => {
    if (variance > least) single.push(...slice);
    else {
      mean += own;
      rest += variance;
    }
  });
  const variation = total > 0 ? Math.sqrt((all * positions) / (positions - 1)) / total : 0;
  return { single: Float64Array.from(single), mean, spread: Math.sqrt(rest), variation };
}

function draw(
  { single, mean, spread }: Slices,
  scales: Float64Array,
  count: number,
  random: Random,
): Float64Array {
  const positions = scales.length;
  const shares = new Float64Array(count * positions);
  const sums = new Float64Array(positions);
  // Positions of one permuted slice have a fixed sum, so those of many are normal with a fixed sum too.
  const factor = spread * Math.sqrt(positions / (positions - 1));
  for (let from = 0; from < shares.length; from += positions) {
    addNormal(sums, mean, factor, random);
    for (let start = 0; start < single.length; start += positions) addShuffled(sums, single, start, random);
    let largest = 0;
    for (let p = 0; p < positions; p++) {
      const sum = Math.max((sums[p] ?? 0) * (scales[p] ?? 1), 0);
      shares[from + p] = sum;
      largest = Math.max(largest, sum);
    }
    for (let p = 0; p < positions; p++) shares[from + p] = (shares[from + p] ?? 0) / largest;
  }
  return shares;
}

function addNormal(sums: Float64Array, mean: number, factor: number, random: Random): void {
  if (factor === 0) {
    sums.fill(mean);
    return;
  }
  let total = 0;
  for (let p = 0; p < sums.length; p++) total += sums[p] = random.normal() * factor;
  const shift = mean - total / sums.length;
  for (let p = 0; p < sums.length; p++) sums[p] = (sums[p] ?? 0) + shift;
}

/**
 * Shuffles a slice in its place (Fisher and Yates): a permutation of a permutation is as random. One random number is
 * taken apart into several indices while enough of it is left that each is equally likely to 1 in `EVEN`.
 */
function addShuffled(sums: Float64Array, slices: Float64Array, start: number, random: Random): void {
  let fraction = 0;
  let left = 0;
  for (let p = sums.length - 1; p >= 0; p--) {
    const bound = p + 1;
    if (left < bound * EVEN) {
      fraction = random.uniform();
      left = 2 ** 32;
    }
    const scaled = fraction * bound;
    const index = Math.trunc(scaled);
    fraction = scaled - index;
    left /= bound;
    const other = start + index;
    const value = slices[other] ?? 0;
    slices[other] = slices[start + p] ?? 0;
    slices[start + p] = value;
    sums[p] = (sums[p] ?? 0) + value;
  }
}

/** Positions of one deviation are alike: all their shares give one mean and one standard deviation. */
function moments(shares: Float64Array, deviations: Matrix): Omit<Scatter, 'variation'> {
  const flat = deviations.flat();
  const kinds = [...new Set(flat)];
  const kindOf = flat.map((deviation) => kinds.indexOf(deviation));
  const totals = kinds.map(() => ({ count: 0, sum: 0, squares: 0 }));
  for (let i = 0, p = 0; i < shares.length; i++, p = p + 1 === flat.length ? 0 : p + 1) {
    const total = item(totals, item(kindOf, p));
    const share = shares[i] ?? 0;
    total.count++;
    total.sum += share;
    total.squares += share * share;
  }
  const matrix = (value: (total: (typeof totals)[number]) => number): Matrix => {
    const ofKind = totals.map(value);
    return deviations.map((row) => row.map((deviation) => item(ofKind, kinds.indexOf(deviation))));
  };
  return {
    mean: matrix(({ count, sum }) => sum / count),
    deviation: matrix(({ count, sum, squares }) =>
      Math.sqrt(Math.max(squares / count - (sum / count) ** 2, 0)),
    ),
  };
}

interface Summed {
  readonly shares: Float64Array;
  readonly mean: number[];
  readonly variance: number[];
  readonly like: Matrix;
  layers: number;
}

/** The band of chance of all layers of a file and of their averages, draw by draw. */
export class ChanceBand {
  /** Of each draw, by how many standard deviations the farthest position is off. */
  private readonly farthest: Float64Array;
  private readonly bySize = new Map<string, Summed>();

  constructor(private readonly count: number) {
    this.farthest = new Float64Array(count);
  }

  /** A layer that counts in the average of its size. @param size as in `3x3` */
  add(size: string, { shares, mean, deviation }: Draws): void {
    const sum = this.bySize.get(size) ?? {
      shares: new Float64Array(shares.length),
      ...{ mean: mean.flat().map(() => 0), variance: mean.flat().map(() => 0), like: mean, layers: 0 },
    };
    this.bySize.set(size, sum);
    sum.layers++;
    mean.flat().forEach((value, p) => (sum.mean[p] = (sum.mean[p] ?? 0) + value));
    deviation.flat().forEach((value, p) => (sum.variance[p] = (sum.variance[p] ?? 0) + value * value));
    for (let i = 0; i < shares.length; i++) sum.shares[i] = (sum.shares[i] ?? 0) + (shares[i] ?? 0);
    this.compare(shares, mean.flat(), deviation.flat());
  }

  /** What chance does, once all layers were added. */
  close(): {
    readonly ofLayer: (scatter: Scatter) => LayerChance;
    readonly ofSize: (size: string) => Chance | undefined;
  } {
    for (const { shares, mean, variance } of this.bySize.values())
      this.compare(shares, mean, variance.map(Math.sqrt));
    const critical = item(this.farthest.slice().sort(), Math.ceil(CONFIDENCE * this.count) - 1);
    return {
      ofLayer: ({ mean, deviation, variation }) => ({
        variation,
        permuted: mean,
        reach: deviation.map((row) => row.map((value) => critical * value)),
      }),
      ofSize: (size) => {
        const sum = this.bySize.get(size);
        if (!sum) return undefined;
        const { like, mean, variance, layers } = sum;
        const width = item(like, 0).length;
        const matrix = (value: (p: number) => number): Matrix =>
          like.map((row, i) => row.map((_, j) => value(i * width + j) / layers));
        return {
          permuted: matrix((p) => item(mean, p)),
          reach: matrix((p) => critical * Math.sqrt(item(variance, p))),
        };
      },
    };
  }

  private compare(shares: Float64Array, mean: readonly number[], deviation: readonly number[]): void {
    const positions = mean.length;
    for (let draw = 0; draw < this.count; draw++) {
      let farthest = this.farthest[draw] ?? 0;
      for (let p = 0; p < positions; p++) {
        const scatter = deviation[p] ?? 0;
        if (scatter === 0) continue;
        const off = Math.abs((shares[draw * positions + p] ?? 0) - (mean[p] ?? 0)) / scatter;
        if (off > farthest) farthest = off;
      }
      this.farthest[draw] = farthest;
    }
  }
}
