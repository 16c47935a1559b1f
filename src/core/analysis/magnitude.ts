import { item } from '../item';
import { requireFinite } from '../acnet/finite';
import { fuseBranch } from '../acnet/kernel';
import { affineOf } from '../acnet/norm';
import type { AcbBlock, Branch } from '../acnet/types';
import type { Checkpoint } from '../checkpoint';
import type { Pair } from '../graph/padding';
import { isFloat } from '../tensor/dtype';
import { kernelShape, rowMajor, type KernelView, type Shape } from '../tensor/tensor';
import { kernelLayers, readLayer, type KernelLayer, type LayerKernels } from './kernel-layers';
import { deviations, layerNulls, nullModels, type LayerNulls, type NullModels } from './null-model';
import {
  ChanceBand,
  drawsFor,
  permutedShares,
  type Chance,
  type Draws,
  type LayerChance,
  type Scatter,
} from './permuted';
import { addTo } from '../../shared/groups';
import type { Matrix } from '../../shared/matrix';

/** One layer's part of the magnitude matrix: its summed absolute kernels divided by their largest. */
export interface LayerMagnitudes {
  readonly name: string;
  readonly kernel: Pair;
  /** Kernels as stored; an ACB's three placed and added without their batch norms. */
  readonly raw: Matrix;
  /** After batch-norm and branch fusion; `raw` where there is no batch norm. */
  readonly fused: Matrix;
  /** Of a layer of this size: the fewer weights, the lower, since the largest position stands out by chance. */
  readonly nullModel: NullModels;
  readonly chance: ByWeights<LayerChance>;
}

/** Something of both. */
export interface ByWeights<T> {
  readonly raw: T;
  readonly fused: T;
}

/** The magnitude matrix of all layers of one kernel size. */
export interface SizeMagnitudes {
  readonly layers: number;
  readonly raw: Matrix;
  readonly fused: Matrix;
  readonly nullModel: NullModels;
  /** Which null the network is to be compared with. */
  readonly suggestedNull: keyof NullModels;
}

/** Mean magnitudes of a checkpoint's kernels, by size and by layer. */
export interface KernelMagnitudes {
  /** By size, as in `3x3`. */
  readonly sizes: Readonly<Record<string, SizeMagnitudes & { readonly chance: ByWeights<Chance> }>>;
  readonly layers: readonly LayerMagnitudes[];
}

/** Mean |weight| of the 1-D branches over the square one's, below which a block is compared with plain kernels. */
const LEAST_BRANCH_SHARE = 0.5;

/** A layer's part, and what its average is compared with. */
export interface MeasuredLayer extends Omit<LayerMagnitudes, 'nullModel' | 'chance'> {
  /** Of the kernel: [h, w, in / groups, out]. */
  readonly shape: Shape;
  readonly nullHint: keyof NullModels;
}

/**
 * The paper's average kernel magnitude matrix (equations 9 and 10) for every kernel size of the file, per
 * layer and on average, with its null models. Reads every such kernel (see `kernelLayers`).
 * @throws CheckpointError on weights that are not finite numbers.
 */
export function kernelMagnitudes(opened: Checkpoint): KernelMagnitudes {
  const { checkpoint, layers } = kernelLayers(opened);
  const positions = Math.max(1, ...layers.map(({ kernel: [height, width] }) => height * width));
  const count = drawsFor(layers.length, positions);
  const bands = { raw: new ChanceBand(count), fused: new ChanceBand(count) };
  const measured = layers.map((layer) => {
    const { views, ...found } = measureViews(layer, checkpoint);
    return { ...found, scatter: permute(found, views, bands, count) };
  });
  const chance = { raw: bands.raw.close(), fused: bands.fused.close() };
  const ofLayer = layerNulls();
  const sizes = Object.entries(magnitudesBySize(measured, ofLayer)).map(([size, found]) => {
    const { permuted, reach } = nothing(found.raw);
    const none = { permuted, reach };
    const of = (weights: keyof typeof chance): Chance => chance[weights].ofSize(size) ?? none;
    return [size, { ...found, chance: { raw: of('raw'), fused: of('fused') } }];
  });
  return {
    sizes: Object.fromEntries(sizes) as KernelMagnitudes['sizes'],
    layers: measured.map(({ name, kernel, raw, fused, shape, scatter }) => ({
      ...{ name, kernel, raw, fused },
      nullModel: ofLayer(kernel, shape),
      chance: scatter
        ? { raw: chance.raw.ofLayer(scatter.raw), fused: chance.fused.ofLayer(scatter.fused) }
        : { raw: nothing(raw), fused: nothing(raw) },
    })),
  };
}

/**
 * Equations 9 and 10 of the fused kernels only, without null models and chance.
 * @throws CheckpointError on weights that are not finite numbers.
 */
export function fusedMagnitudes(opened: Checkpoint): {
  /** By size, as in `3x3`. */
  readonly sizes: Readonly<Record<string, Matrix>>;
  readonly layers: readonly MeasuredLayer[];
} {
  const { checkpoint, layers } = kernelLayers(opened);
  const measured = layers.map((layer) => measureLayer(layer, checkpoint));
  const averages = Object.entries(magnitudesBySize(measured, layerNulls()));
  return {
    sizes: Object.fromEntries(averages.map(([size, { fused }]) => [size, fused])),
    layers: measured,
  };
}

/** Of layers of zeros. */
function nothing(like: Matrix): LayerChance {
  const zeros = like.map((row) => row.map(() => 0));
  return { permuted: zeros, reach: zeros, variation: 0 };
}

/** Adds a layer's draws to the bands; they are not kept. A layer of zeros, raw or fused, is in no average and has none. */
function permute(
  { name, kernel, shape, nullHint }: MeasuredLayer,
  views: ByWeights<KernelView>,
  bands: ByWeights<ChanceBand>,
  count: number,
): ByWeights<Scatter> | undefined {
  const drawn = (view: KernelView): Draws | undefined =>
    permutedShares(view, shape, deviations(kernel, nullHint), { name, count });
  const raw = drawn(views.raw);
  const fused = views.fused === views.raw ? raw : drawn(views.fused);
  if (!raw || !fused) return undefined;
  const size = kernel.join('x');
  bands.raw.add(size, raw);
  bands.fused.add(size, fused);
  const scatterOf = ({ mean, deviation, variation }: Draws): Scatter => ({ mean, deviation, variation });
  return { raw: scatterOf(raw), fused: scatterOf(fused) };
}

/** Equation 10 over layers, by kernel size. */
export function magnitudesBySize(
  measured: readonly MeasuredLayer[],
  ofLayer: LayerNulls,
): Record<string, SizeMagnitudes> {
  const bySize = new Map<string, MeasuredLayer[]>();
  for (const layer of measured) {
    addTo(bySize, layer.kernel.join('x'), layer);
  }
  return Object.fromEntries([...bySize].map(([size, layers]) => [size, average(layers, ofLayer)] as const));
}

/** Equation 9 of one layer. @throws CheckpointError on weights that are not finite numbers. */
export function measureLayer(layer: KernelLayer, checkpoint: Checkpoint): MeasuredLayer {
  return summedLayer(layer, checkpoint) ?? measureKernels(layer, readLayer(layer, checkpoint), checkpoint);
}

/** The same with the weights themselves. */
function measureViews(
  layer: KernelLayer,
  checkpoint: Checkpoint,
): MeasuredLayer & { readonly views: ByWeights<KernelView> } {
  const summed = summedLayer(layer, checkpoint);
  const stored = summed && checkpoint.tensors.get(layer.tensor)?.readAsStored?.();
  if (summed && stored) {
    const { absorbs } = layer.site ?? {};
    const scale = absorbs && affineOf(absorbs, checkpoint.tensors).scale;
    return { ...summed, views: { raw: stored, fused: scale ? { ...stored, scale } : stored } };
  }
  const { raw, fused } = readLayer(layer, checkpoint);
  const view = rowMajor(raw.kernel, raw.shape);
  return {
    ...measureKernels(layer, { raw, fused }, checkpoint),
    views: { raw: view, fused: fused === raw ? view : rowMajor(fused.kernel, fused.shape) },
  };
}

/** The same of a layer that was read already. */
export function measureKernels(
  layer: KernelLayer,
  { raw, fused }: LayerKernels,
  { tensors }: Checkpoint,
): MeasuredLayer {
  const { name, kernel, shape, site, tensor } = layer;
  const stored = normalised(magnitudes(raw.kernel, raw.shape));
  return {
    name,
    kernel,
    raw: stored,
    fused: fused === raw ? stored : normalised(magnitudes(fused.kernel, fused.shape)),
    shape,
    nullHint: site?.block ? nullOfBlock(site.block, site.kernel, tensors) : nullOfName(tensor),
  };
}

/** Equation 9: the sum of |F| over input channels and filters, by kernel position. @param shape [h, w, in, out] */
export function magnitudes(values: ArrayLike<number>, shape: Shape): Matrix {
  const [height, width, perGroup, filters] = kernelShape(shape);
  const tap = perGroup * filters;
  return Array.from({ length: height }, (_, row) =>
    Array.from({ length: width }, (__, column) => {
      const start = (row * width + column) * tap;
      let sum = 0;
      for (let i = start; i < start + tap; i++) sum += Math.abs(values[i] ?? 0);
      return sum;
    }),
  );
}

/** A matrix divided by its largest element; zeros stay zeros. */
export function normalised(matrix: Matrix): Matrix {
  const largest = Math.max(...matrix.flat());
  return largest > 0 ? matrix.map((row) => row.map((value) => value / largest)) : matrix;
}

/**
 * A plain convolution whose kernel can be summed as it lies in the file: BN fusion scales whole filters, so sums by
 * position and filter are enough.
 * @returns undefined where it cannot, or where a weight is not a finite number, which a closer look will name
 */
function summedLayer(
  { name, kernel, tensor: kernelName, site }: KernelLayer,
  { tensors, path }: Checkpoint,
): MeasuredLayer | undefined {
  const tensor = tensors.get(kernelName);
  if (!site || site.block || !tensor?.absoluteSums || !isFloat(tensor.dtype)) return undefined;
  const sums = tensor.absoluteSums();
  if (!sums.every(Number.isFinite)) return undefined;
  const { conv, absorbs } = site;
  for (const parameter of [conv.parameters.bias, ...Object.values(absorbs?.parameters ?? {})]) {
    const vector = tensors.get(parameter ?? '');
    if (vector) requireFinite(vector, vector.readFloat32(), path);
  }
  const filters = item(tensor.shape, 3);
  const shape = [...kernel, 1, filters];
  const scale = absorbs && affineOf(absorbs, tensors).scale;
  return {
    name,
    kernel,
    raw: normalised(magnitudes(sums, shape)),
    fused: normalised(magnitudes(scale ? sums.map((sum, i) => sum * item(scale, i % filters)) : sums, shape)),
    shape: tensor.shape,
    nullHint: nullOfName(kernelName),
  };
}

/**
 * An untrained block's 1-D weights are √3 times the square kernel's after batch norm, since each branch comes out
 * with variance 1. A block whose branches are far below that started as a plain convolution (γ = 0).
 */
function nullOfBlock(
  { row, column, square, horizontal, vertical }: AcbBlock,
  [height, width]: Pair,
  tensors: Checkpoint['tensors'],
): keyof NullModels {
  const size = (branch: Branch): number => meanSize(fuseBranch(branch, tensors).kernel);
  const share = (size(horizontal) + size(vertical)) / 2 / size(square);
  if (share < LEAST_BRANCH_SHARE) return 'plain';
  return row === height - 1 && column === width - 1 ? 'border' : 'skeleton';
}

function meanSize(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += Math.abs(values[i] ?? 0);
  return sum / values.length;
}

/** A fused file does not say what it was; the names of known producers do. */
function nullOfName(tensor: string): keyof NullModels {
  return /fused_conv|_fused\b|_acsquare_/.test(tensor) ? 'skeleton' : 'plain';
}

/** A layer of zeros has no largest position to be divided by: it says nothing of where weights are. */
function average(all: readonly MeasuredLayer[], ofLayer: LayerNulls): SizeMagnitudes {
  const { kernel } = item(all, 0);
  const alive = all.filter(({ raw, fused }) => [raw, fused].every((matrix) => matrix.flat().some(Boolean)));
  const layers = alive.length > 0 ? alive : all;
  const shapes = layers.map(({ shape }) => shape);
  return {
    layers: layers.length,
    raw: mean(layers.map(({ raw }) => raw)),
    fused: mean(layers.map(({ fused }) => fused)),
    nullModel: nullModels(kernel, shapes, ofLayer),
    suggestedNull: mostFrequent(layers.map(({ nullHint }) => nullHint)),
  };
}

/** Equation 10. */
function mean(matrices: readonly Matrix[]): Matrix {
  const at = (i: number, j: number): number =>
    matrices.reduce((sum, matrix) => sum + item(item(matrix, i), j), 0) / matrices.length;
  return item(matrices, 0).map((row, i) => row.map((_, j) => at(i, j)));
}

function mostFrequent(hints: readonly (keyof NullModels)[]): keyof NullModels {
  const counts = new Map<keyof NullModels, number>();
  for (const hint of hints) counts.set(hint, (counts.get(hint) ?? 0) + 1);
  return [...counts].reduce((best, other) => (other[1] > best[1] ? other : best))[0];
}
