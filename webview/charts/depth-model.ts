/** The skeleton-to-corner ratio of each layer against that of its own reference, and what chance makes of it. Pure. */
import type { SiteResult } from '../../src/contract/results';
import { deviationsOf } from '../../src/shared/chance';
import { groupRatio, onSkeleton, sizeOf } from '../../src/shared/positions';
import type { NullName } from '../../src/shared/positions';
import type { Matrix } from '../../src/shared/matrix';

/** Where a layer's ratio lies against what chance gives; `unknown` for a layer without a ratio. */
export type Standing = 'above' | 'within' | 'below' | 'unknown';

/** One layer. */
export interface DepthPoint {
  readonly name: string;
  readonly matrix: Matrix;
  readonly ratio: number | null;
  /** That of what the layer is compared with. */
  readonly reference: number;
  /** Half the width of the range of chance around it; with that of all other layers it holds in 95 % of cases. */
  readonly spread: number;
  readonly standing: Standing;
}

/** Layers in a row that belong together by their names and shapes. */
export interface Stage {
  /** What the layers' names share; empty where that is nothing. */
  readonly name: string;
  /** The name with the facts that set the stage apart. */
  readonly label: string;
  /** First and last point, inclusive. */
  readonly from: number;
  readonly to: number;
}

/** All layers of one kernel size, in the order of the file. */
export interface DepthModel {
  readonly points: readonly DepthPoint[];
  readonly stages: readonly Stage[];
}

/** What the model is worked out from. */
export interface DepthInput {
  readonly layers: ReadonlyArray<{
    readonly name: string;
    readonly matrix: Matrix;
    /** What the layer is compared with. */
    readonly untrained: Matrix;
    /** Of its weights, as in the result. */
    readonly variation: number;
    readonly site?: SiteResult;
  }>;
  readonly nullName: NullName;
}

/** The ratios of all layers, each beside its reference's. */
export function depthModel({ layers, nullName }: DepthInput): DepthModel {
  const deviations = deviationsOf(layers.length);
  const points = layers.map(({ name, matrix, untrained, variation }): DepthPoint => {
    const ratio = groupRatio(matrix, nullName);
    const reference = groupRatio(untrained, nullName) ?? 1;
    const spread = deviations * ratioDeviation(untrained, nullName, variation);
    return { name, matrix, ratio, reference, spread, standing: standing(ratio, reference, spread) };
  });
  return { points, stages: stages(layers) };
}

function standing(ratio: number | null, reference: number, spread: number): Standing {
  if (ratio === null) return 'unknown';
  if (Math.abs(ratio - reference) <= spread) return 'within';
  return ratio > reference ? 'above' : 'below';
}

/**
 * The ratio's standard deviation by chance. Each position's summed magnitude varies by `variation` of its mean,
 * independently of the others; the ratio's relative variance is, to first order, the sum of those of its two means.
 */
export function ratioDeviation(untrained: Matrix, nullName: NullName, variation: number): number {
  const ratio = groupRatio(untrained, nullName);
  if (ratio === null) return 0;
  const size = sizeOf(untrained);
  const groups = [new Sums(), new Sums()] as const;
  untrained.forEach((cells, row) =>
    cells.forEach((value, column) => {
      groups[onSkeleton(row, column, size, nullName) ? 0 : 1].add(value);
    }),
  );
  return ratio * variation * Math.sqrt(groups[0].share() + groups[1].share());
}

class Sums {
  private sum = 0;
  private squares = 0;
  add(value: number): void {
    this.sum += value;
    this.squares += value * value;
  }
  /** Σm² ÷ (Σm)²: relative variance of a mean of positions, in units of one position's. */
  share(): number {
    return this.sum === 0 ? 0 : this.squares / (this.sum * this.sum);
  }
}

/** Runs of layers with the same number of filters and output size, named by what their names share. */
export function stages(layers: ReadonlyArray<Pick<DepthInput['layers'][number], 'name' | 'site'>>): Stage[] {
  const keyOf = (site?: SiteResult) => (site ? `${site.outChannels} ${site.output?.join('×') ?? ''}` : '');
  const runs: Array<{ from: number; to: number; key: string }> = [];
  layers.forEach(({ site }, index) => {
    const key = keyOf(site);
    const last = runs.at(-1);
    if (last?.key === key) last.to = index;
    else runs.push({ from: index, to: index, key });
  });
  if (runs.length < 2) return [];
  return runs.map(({ from, to }) => {
    const members = layers.slice(from, to + 1);
    const site = members[0]?.site;
    const name = sharedName(members.map((member) => member.name));
    const facts = site
      ? [`${site.outChannels} ch`, ...(site.output?.[0] ? [site.output.join('×')] : [])]
      : [];
    return { from, to, name, label: [...(name === '' ? [] : [name]), ...facts].join(' · ') };
  });
}

/** The common beginning of names, cut at a separator: `layer1` of `layer1.0.conv1`, `layer1.1.conv1`. */
export function sharedName(names: readonly string[]): string {
  const [first = '', ...others] = names;
  if (others.length === 0) return first;
  const parts = first.split(/(?<=[./_])/);
  let shared = '';
  for (const part of parts) {
    if (!others.every((name) => name.startsWith(shared + part))) break;
    shared += part;
  }
  return shared.replace(/[./_]+$/, '');
}

/** Ends and ticks of the vertical axis. */
export interface RatioAxis {
  readonly min: number;
  readonly max: number;
  readonly ticks: readonly number[];
}

/**
 * An axis that holds all references, and all ratios but far outliers, which are drawn at its edge: beyond three interquartile
 * ranges of the middle half.
 */
export function ratioAxis({ points }: Pick<DepthModel, 'points'>): RatioAxis {
  const ratios = points
    .map(({ ratio }) => ratio)
    .filter((ratio): ratio is number => ratio !== null && Number.isFinite(ratio))
    .sort((a, b) => a - b);
  const references = points.map(({ reference }) => reference);
  const q1 = ratios[Math.floor(ratios.length / 4)] ?? 1;
  const q3 = ratios[Math.floor((ratios.length * 3) / 4)] ?? 1;
  const reach = 3 * Math.max(q3 - q1, 0.02);
  const inside = ratios.filter((ratio) => ratio >= q1 - reach && ratio <= q3 + reach);
  const low = Math.min(...references.map((value) => value - 0.05), ...inside);
  const high = Math.max(...references.map((value) => value + 0.05), ...inside);
  const step = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10].find((size) => (high - low) / size <= 5) ?? 20;
  const min = Math.floor((low - step * 0.1) / step) * step;
  const max = Math.ceil((high + step * 0.1) / step) * step;
  const count = Math.round((max - min) / step);
  const ticks = Array.from({ length: count + 1 }, (_, index) => Number((min + index * step).toFixed(4)));
  return { min: ticks[0] ?? min, max: ticks.at(-1) ?? max, ticks };
}

/** How many layers stand where. */
export function standingCounts(points: readonly DepthPoint[]): Record<Standing, number> {
  const counts = { above: 0, within: 0, below: 0, unknown: 0 };
  for (const point of points) counts[point.standing]++;
  return counts;
}
