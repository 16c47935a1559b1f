import { item } from '../item';
import type { Globs } from '../acnet/glob';
import { isUnmeasured, parameterOf } from '../acnet/norm';
import type { Checkpoint } from '../checkpoint';
import { UserError } from '../errors';
import type { Pair } from '../graph/padding';
import type { Shape } from '../tensor/tensor';
import {
  kernelLayers,
  readLayer,
  type KernelLayer,
  type KernelLayers,
  type LayerKernels,
} from './kernel-layers';
import {
  magnitudesBySize,
  measureKernels,
  measureLayer,
  type MeasuredLayer,
  type SizeMagnitudes,
} from './magnitude';
import { matchKernels, type KernelPair, type LoneKernel, type MatchRule } from './match-kernels';
import { layerNulls, type NullModels } from './null-model';
import type { Matrix } from '../../shared/matrix';
import { NULL_NAMES } from '../../shared/positions';

/** What became of one kernel W → W′, over all its weights. */
export interface KernelChange {
  /** ‖W′ − W‖ / ‖W‖; null where W is zero and W′ is not. */
  readonly relative: number | null;
  /** ⟨W, W′⟩ / (‖W‖·‖W′‖); null where one of them is zero. */
  readonly cosine: number | null;
  /** max |W′ − W|. */
  readonly maxAbs: number;
  /** Whether no weight differs by more than 32-bit numbers are rounded: 2⁻²² of the largest weight. */
  readonly identical: boolean;
  /** Mean |W| at each position. */
  readonly before: Matrix;
  readonly after: Matrix;
  /** After − before. */
  readonly difference: Matrix;
}

/** A kernel that both files have. */
export interface ComparedKernel {
  /** Its layer's names in the two files. */
  readonly name: string;
  readonly nameAfter: string;
  readonly kernel: Pair;
  /** [h, w, in / groups, out] */
  readonly shape: Shape;
  readonly matchedBy: MatchRule;
  /** Whether it is a block in exactly one of the files: then both measures are of the fused kernels. */
  readonly throughFused: boolean;
  readonly raw: KernelChange;
  /** After batch-norm and branch fusion. */
  readonly fused: KernelChange;
}

/** A kernel that one of the files lacks. */
export interface UnmatchedKernel {
  readonly name: string;
  readonly kernel: Pair;
  readonly shape: Shape;
  /** Why what looks like its partner is not. */
  readonly reason?: string;
}

/**
 * What a file's kernels are: `acnet`, some are blocks; `fused`, batch norms are as a fusion leaves them; `folded`, there
 * are biases where the other file has batch norms. The last two do not say what they were before.
 */
export type KernelsKind = 'plain' | 'acnet' | 'fused' | 'folded';

/** Average magnitudes of one kernel size in both files. */
export interface ComparedSize {
  readonly before: SizeMagnitudes;
  readonly after: SizeMagnitudes;
  /** Where the two are compared with different nulls: how these differ, which needs no training. */
  readonly fusing?: FusingAlone;
}

/** The part of a difference that comes only from building and fusing blocks. */
export interface FusingAlone {
  readonly from: keyof NullModels;
  readonly to: keyof NullModels;
  /** Untrained `to` − untrained `from`. */
  readonly alone: Matrix;
  /** After − before − alone. */
  readonly remainder: { readonly raw: Matrix; readonly fused: Matrix };
}

/** How the kernels of two files differ, those that belong together and those of one file only. */
export interface KernelComparison {
  readonly kinds: { readonly before: KernelsKind; readonly after: KernelsKind };
  /**
   * Present where only one file says which batch norms belong to its kernels: then plain convolutions of both are measured as
   * they are stored, since a fused kernel would differ from the other's only by its batch norm.
   */
  readonly asStored?: true;
  /** In the order of the first file. */
  readonly matched: readonly ComparedKernel[];
  readonly onlyBefore: readonly UnmatchedKernel[];
  readonly onlyAfter: readonly UnmatchedKernel[];
  /** Sizes that both files have, as in `3x3`. */
  readonly sizes: Readonly<Record<string, ComparedSize>>;
}

/** How far a comparison is, in kernels. */
export interface ComparisonStep {
  readonly done: number;
  readonly total: number;
}

/** Float32 numbers that were computed two ways differ by so much of the largest. */
const ROUNDING = 2 ** -22;

/** What the steps of one comparison share. */
interface Work {
  readonly before: Checkpoint;
  readonly after: Checkpoint;
  readonly asStored: boolean;
  readonly measuredBefore: MeasuredLayer[];
  readonly measuredAfter: MeasuredLayer[];
}

/**
 * Compares the k×k kernels of two checkpoints, one after the other: of each file one kernel is in memory at a time.
 * @param layers names in either file; every kernel when absent.
 * @returns steps for whoever wants to look at a clock or a cancel button between kernels, and the result
 * @throws CheckpointError on weights that are not finite numbers
 * @throws UserError if there is no kernel in both
 */
export function* compareKernels(
  before: Checkpoint,
  after: Checkpoint,
  layers?: Globs,
): Generator<ComparisonStep, KernelComparison> {
  const [own, other] = [kernelLayers(before), kernelLayers(after)];
  const { pairs, onlyBefore, onlyAfter } = chosen(
    matchKernels(
      { layers: own.layers, ordered: isOrdered(before) },
      { layers: other.layers, ordered: isOrdered(after) },
    ),
    layers,
  );
  if (pairs.length === 0) throw nothingInCommon([before, after], [own.layers, other.layers], layers);
  const asStored = hasNorms(own) !== hasNorms(other) && isLoose(own) !== isLoose(other);
  const work: Work = {
    ...{ before: own.checkpoint, after: other.checkpoint, asStored },
    ...{ measuredBefore: [], measuredAfter: [] },
  };
  const total = pairs.length + onlyBefore.length + onlyAfter.length;
  let done = 0;
  const step = (): ComparisonStep => ({ done: ++done, total });
  const matched: ComparedKernel[] = [];
  for (const found of pairs) {
    matched.push(comparePair(found, work));
    yield step();
  }
  for (const { layer } of onlyBefore) {
    work.measuredBefore.push(measured(layer, work.before, work));
    yield step();
  }
  for (const { layer } of onlyAfter) {
    work.measuredAfter.push(measured(layer, work.after, work));
    yield step();
  }
  const kinds = { before: kindOf(pairs, 'before', work), after: kindOf(pairs, 'after', work) };
  return {
    kinds,
    ...(asStored && { asStored }),
    matched,
    onlyBefore: onlyBefore.map(unmatched),
    onlyAfter: onlyAfter.map(unmatched),
    sizes: comparedSizes(work, kinds),
  };
}

/** A network's order, or that in which PyTorch saves modules. Other weights-only files are sorted by name. */
function isOrdered({ graph, format }: Checkpoint): boolean {
  return graph !== undefined || format === 'pytorch';
}

/** Whether a file has only weights, and no names that tell what belongs to what. */
function isLoose({ checkpoint }: KernelLayers): boolean {
  return checkpoint.graph === undefined;
}

function hasNorms({ layers }: KernelLayers): boolean {
  return layers.some(({ site }) => site?.absorbs !== undefined);
}

/** Reads a layer as it can be compared. */
function read(layer: KernelLayer, checkpoint: Checkpoint, { asStored }: Work): LayerKernels {
  const kernels = readLayer(layer, checkpoint);
  return asStored && !layer.site?.block ? { raw: kernels.raw, fused: kernels.raw } : kernels;
}

function measured(layer: KernelLayer, checkpoint: Checkpoint, { asStored }: Work): MeasuredLayer {
  const found = measureLayer(layer, checkpoint);
  return asStored && !layer.site?.block ? { ...found, fused: found.raw } : found;
}

function chosen(matches: ReturnType<typeof matchKernels>, layers: Globs | undefined): typeof matches {
  if (!layers) return matches;
  const named = ({ layer }: LoneKernel): boolean => layers.any(layer.name);
  return {
    pairs: matches.pairs.filter(({ before, after }) => layers.any(before.name) || layers.any(after.name)),
    onlyBefore: matches.onlyBefore.filter(named),
    onlyAfter: matches.onlyAfter.filter(named),
  };
}

function nothingInCommon(
  [before, after]: readonly [Checkpoint, Checkpoint],
  [own, other]: readonly [readonly KernelLayer[], readonly KernelLayer[]],
  layers: Globs | undefined,
): UserError {
  const counts = `${own.length} and ${other.length} k×k kernels`;
  if (layers && own.length + other.length > 0) {
    const found = layers.patterns.join(', ');
    return new UserError('no kernel that both checkpoints have bears such a name', {
      path: before.path,
      where: `against ${after.path}`,
      found,
      expected:
        own
          .slice(0, 8)
          .map(({ name }) => name)
          .join(', ') || undefined,
    });
  }
  return new UserError('the two checkpoints have no k×k kernel in common, by name, spelling or order', {
    path: before.path,
    where: `against ${after.path}`,
    found: counts,
  });
}

function comparePair({ before, after, matchedBy }: KernelPair, work: Work): ComparedKernel {
  const [own, other] = [read(before, work.before, work), read(after, work.after, work)];
  work.measuredBefore.push(measureKernels(before, own, work.before));
  work.measuredAfter.push(measureKernels(after, other, work.after));
  const throughFused = (before.site?.block === undefined) !== (after.site?.block === undefined);
  const fused = changeOf(own, other, 'fused');
  const plain = own.fused === own.raw && other.fused === other.raw;
  return {
    ...{ name: before.name, nameAfter: after.name, kernel: before.kernel, shape: before.shape },
    ...{ matchedBy, throughFused },
    raw: throughFused || plain ? fused : changeOf(own, other, 'raw'),
    fused,
  };
}

function changeOf(before: LayerKernels, after: LayerKernels, weights: 'raw' | 'fused'): KernelChange {
  const [a, b] = [before[weights].kernel, after[weights].kernel];
  const { shape } = before[weights];
  const [height, width, inputs, filters] = shape;
  const tap = inputs * filters;
  const sums = { own: 0, other: 0, product: 0, difference: 0, maxAbs: 0, largest: 0 };
  const [means, otherMeans] = [new Float64Array(height * width), new Float64Array(height * width)];
  for (let i = 0; i < a.length; i++) {
    const [v, w] = [a[i] ?? 0, b[i] ?? 0];
    sums.own += v * v;
    sums.other += w * w;
    sums.product += v * w;
    sums.difference += (w - v) * (w - v);
    sums.maxAbs = Math.max(sums.maxAbs, Math.abs(w - v));
    sums.largest = Math.max(sums.largest, Math.abs(v), Math.abs(w));
    const position = Math.floor(i / tap);
    means[position] = (means[position] ?? 0) + Math.abs(v) / tap;
    otherMeans[position] = (otherMeans[position] ?? 0) + Math.abs(w) / tap;
  }
  const [matrix, matrixAfter] = [rowsOf(means, width), rowsOf(otherMeans, width)];
  return {
    relative: quotient(Math.sqrt(sums.difference), Math.sqrt(sums.own)),
    cosine: sums.own > 0 && sums.other > 0 ? cosineOf(sums) : null,
    maxAbs: sums.maxAbs,
    identical: sums.maxAbs <= ROUNDING * sums.largest,
    before: matrix,
    after: matrixAfter,
    difference: subtracted(matrixAfter, matrix),
  };
}

/** Rounding may carry the quotient of equal vectors past 1. */
function cosineOf({ own, other, product }: { own: number; other: number; product: number }): number {
  return Math.min(1, Math.max(-1, product / Math.sqrt(own) / Math.sqrt(other)));
}

function quotient(change: number, size: number): number | null {
  if (size > 0) return change / size;
  return change === 0 ? 0 : null;
}

function rowsOf(values: Float64Array, width: number): number[][] {
  return Array.from({ length: values.length / width }, (_, row) =>
    Array.from(values.subarray(row * width, (row + 1) * width)),
  );
}

function subtracted(a: Matrix, b: Matrix): number[][] {
  return a.map((row, i) => row.map((value, j) => value - item(item(b, i), j)));
}

function unmatched({ layer: { name, kernel, shape }, reason }: LoneKernel): UnmatchedKernel {
  return { name, kernel, shape, ...(reason !== undefined && { reason }) };
}

/** Judged by the kernels that both files have. */
function kindOf(pairs: readonly KernelPair[], side: 'before' | 'after', work: Work): KernelsKind {
  const otherSide = side === 'before' ? 'after' : 'before';
  const count = (is: (layer: KernelLayer, other: KernelLayer) => boolean): number =>
    pairs.filter((found) => is(found[side], found[otherSide])).length;
  if (count(({ site }) => site?.block !== undefined) > 0) return 'acnet';
  const half = pairs.length / 2;
  if (count((layer) => isFused(layer, work[side])) > half) return 'fused';
  return count(isFolded) > half ? 'folded' : 'plain';
}

/** A batch norm that divides by 1, multiplies by 1 and takes off nothing: what a fusion leaves of a block's. */
function isFused({ site }: KernelLayer, { tensors }: Checkpoint): boolean {
  const norm = site?.absorbs;
  if (!norm || !isUnmeasured(norm, tensors)) return false;
  const all = (role: string, value: number): boolean =>
    parameterOf(norm, role, tensors)?.every((v) => v === value) ?? true;
  return all('gamma', 1) && (all('mean', 0) || !norm.parameters.beta);
}

function isFolded({ site }: KernelLayer, other: KernelLayer): boolean {
  return site !== undefined && !site.absorbs && !!site.conv.parameters.bias && !!other.site?.absorbs;
}

function comparedSizes(
  { measuredBefore, measuredAfter }: Work,
  kinds: KernelComparison['kinds'],
): Record<string, ComparedSize> {
  const ofLayer = layerNulls();
  const before = magnitudesBySize(measuredBefore, ofLayer);
  const after = magnitudesBySize(measuredAfter, ofLayer);
  return Object.fromEntries(
    Object.entries(before).flatMap(([size, own]) => {
      const other = Object.hasOwn(after, size) ? after[size] : undefined;
      return other
        ? [[size, comparedSize(heldAgainst(own, kinds.before), heldAgainst(other, kinds.after))]]
        : [];
    }),
  );
}

/** A fused file does not say what its blocks were, or whether they had begun to do anything: its numbers do. */
function heldAgainst(size: SizeMagnitudes, kind: KernelsKind): SizeMagnitudes {
  if (kind === 'plain' || kind === 'acnet') return size;
  const distance = (name: keyof NullModels): number =>
    subtracted(size.fused, size.nullModel[name])
      .flat()
      .reduce((sum, value) => sum + Math.abs(value), 0);
  const suggestedNull = NULL_NAMES.reduce((best, name) => (distance(name) < distance(best) ? name : best));
  return { ...size, suggestedNull };
}

function comparedSize(before: SizeMagnitudes, after: SizeMagnitudes): ComparedSize {
  const [from, to] = [before.suggestedNull, after.suggestedNull];
  if (from === to) return { before, after };
  const alone = subtracted(after.nullModel[to], before.nullModel[from]);
  const remainder = {
    raw: subtracted(subtracted(after.raw, before.raw), alone),
    fused: subtracted(subtracted(after.fused, before.fused), alone),
  };
  return { before, after, fusing: { from, to, alone, remainder } };
}
