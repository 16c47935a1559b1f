import { item } from '../item';
import type { LiveBranches } from '../../shared/choices';

/** A kernel [positions, in / groups, out], row-major. */
export interface Kernel {
  readonly values: ArrayLike<number>;
  readonly perGroup: number;
  readonly filters: number;
}

/** The convolution that branches take their part of. */
export interface Whole extends Kernel {
  /** √(σ² + ε) of its batch norm, per filter. */
  readonly deviations: ArrayLike<number>;
  /** γ / σ of its batch norm, per filter. */
  readonly scale: ArrayLike<number>;
}

/** A branch as it is before it has a part. */
export interface Drawn {
  /** Random. */
  readonly kernel: Kernel;
  /** Of its output and per filter. */
  readonly variance: ArrayLike<number>;
  readonly epsilon: number;
  /** For each of its own positions, that of the square kernel on which it lands. */
  readonly positions: readonly number[];
  /** The square kernel's position on which both branches land. */
  readonly crossing: number;
}

/** A branch's kernel, and per filter what the branch's γ/σ is of the square's; 0 where it starts at γ = 0. */
export interface Part {
  readonly kernel: Float32Array;
  readonly ratios: readonly number[];
}

/** Filters whose weights, batch norm included, are below this part of their layer's largest have nothing to share. */
const SILENT = 1e-3;

/** `split`: the branch takes this share of the weights on which it lands; at the crossing half of it. */
function splitPart(whole: Whole, drawn: Drawn, share: number): Part {
  const own = landedOn(whole, drawn.positions).map((value, i) => {
    const position = item(drawn.positions, Math.floor(i / (whole.perGroup * whole.filters)));
    return value * share * (position === drawn.crossing ? 0.5 : 1);
  });
  const [sizes, wanted] = [rootMeanSquares({ ...whole, values: own }), rootMeanSquares(whole)];
  const ratios = audible(
    whole,
    sizes.map((size, f) => size / item(wanted, f)),
  );
  // Where there is no part to take the random kernel stays, with γ = 0.
  const kernel = Float32Array.from(own, (value, i) => {
    const ratio = item(ratios, i % whole.filters);
    return ratio === 0 ? item(drawn.kernel.values, i) : value / ratio;
  });
  return { kernel, ratios };
}

/**
 * `compensated`: the random kernel at the size of the square's weights. The standard deviation of its output is this share of
 * that of the square, or less where its weights would otherwise count for more than the square's own.
 */
function randomPart(whole: Whole, { kernel, variance, epsilon }: Drawn, share: number): Part {
  const [drawn, wanted] = [rootMeanSquares(kernel), rootMeanSquares(whole)];
  const factors = wanted.map((size, f) => size / item(drawn, f));
  const ratios = factors.map((factor, f) => {
    const deviation = Math.sqrt(item(variance, f) * factor ** 2 + epsilon);
    return Math.min(1, (share * item(whole.deviations, f)) / deviation);
  });
  const living = audible(whole, ratios);
  const scaled = Float32Array.from(kernel.values, (value, i) => {
    const f = i % whole.filters;
    return item(living, f) === 0 ? value : value * item(factors, f);
  });
  return { kernel: scaled, ratios: living };
}

/** What a branch gets of a convolution. */
export const PARTS: Readonly<Record<LiveBranches, (whole: Whole, drawn: Drawn, share: number) => Part>> = {
  split: splitPart,
  compensated: randomPart,
};

/** Takes from a square kernel what a branch adds to it. */
export function subtractPart(
  kernel: Float64Array,
  { kernel: taken, ratios }: Part,
  positions: readonly number[],
): void {
  const tap = taken.length / positions.length;
  taken.forEach((value, i) => {
    const at = item(positions, Math.floor(i / tap)) * tap + (i % tap);
    kernel[at] = item(kernel, at) - value * item(ratios, i % ratios.length);
  });
}

/** The ratios of filters that have something to share; 0 for all others. */
function audible(whole: Whole, ratios: readonly number[]): number[] {
  const sizes = rootMeanSquares(whole).map((size, f) => size * Math.abs(item(whole.scale, f)));
  const least = SILENT * sizes.reduce((most, size) => Math.max(most, size), 0);
  return ratios.map((ratio, f) => (item(sizes, f) > least && Number.isFinite(ratio) ? ratio : 0));
}

function landedOn({ values, perGroup, filters }: Kernel, positions: readonly number[]): number[] {
  const tap = perGroup * filters;
  return positions.flatMap((position) =>
    Array.from({ length: tap }, (_, i) => item(values, position * tap + i)),
  );
}

/** Of each filter's weights. */
function rootMeanSquares({ values, filters }: Kernel): number[] {
  const sums = new Array<number>(filters).fill(0);
  for (let i = 0; i < values.length; i++) sums[i % filters] = item(sums, i % filters) + item(values, i) ** 2;
  return sums.map((sum) => Math.sqrt((sum * filters) / values.length));
}
