import { requireFinite } from '../acnet/finite';
import { fuseBlock, fuseBranch, kernelOf, stackBlock } from '../acnet/kernel';
import { affineOf } from '../acnet/norm';
import { withConvolutions } from '../acnet/loose';
import { findSites } from '../acnet/sites';
import type { AcbBlock, Branch, Site } from '../acnet/types';
import type { Checkpoint } from '../checkpoint';
import type { Pair } from '../graph/padding';
import { isFloat } from '../tensor/dtype';
import type { Shape, TensorRef } from '../tensor/tensor';
import { nullModels, type Matrix, type NullModels } from './null-model';

/** One layer's part of the magnitude matrix: its summed absolute kernels divided by their largest. */
export interface LayerMagnitudes {
  readonly name: string;
  readonly kernel: Pair;
  /** Kernels as stored; an ACB's three placed and added without their batch norms. */
  readonly raw: Matrix;
  /** After batch-norm and branch fusion; `raw` where there is no batch norm. */
  readonly fused: Matrix;
}

/** The magnitude matrix of all layers of one kernel size. */
export interface SizeMagnitudes {
  readonly layers: number;
  readonly raw: Matrix;
  readonly fused: Matrix;
  readonly nullModel: NullModels;
  /** Which null the network is to be held against. */
  readonly suggestedNull: keyof NullModels;
}

export interface KernelMagnitudes {
  /** By size, as in `3x3`. */
  readonly sizes: Readonly<Record<string, SizeMagnitudes>>;
  readonly layers: readonly LayerMagnitudes[];
}

const NULL_SEEDS = [1, 2, 3, 4, 5];

/** Kernels beyond this are no image kernels: a rank-4 weight of something else. */
const LARGEST_KERNEL = 31;

/** Keras 3 numbers a layer's weights in files of weights alone; of a convolution the kernel is the first. */
const UNNAMED = /\/vars\/0$/;
const KERNEL_NAME = /(?:(?:^|\/)kernel(?::0)?|\/vars\/0)$/;

/** Mean |weight| of the 1-D branches over the square one's, below which a block is held against plain kernels. */
const LEAST_BRANCH_SHARE = 0.5;

interface Measured extends LayerMagnitudes {
  readonly shape: Shape;
  readonly nullHint: keyof NullModels;
}

/**
 * The paper's average kernel magnitude matrix (equations 9 and 10) for every kernel size of the file, per
 * layer and on average, with its null models. Without a graph, rank-4 tensors named `kernel` are taken as
 * [h, w, in, out]. Reads every such kernel.
 * @throws CheckpointError on weights that are no finite numbers.
 */
export function kernelMagnitudes(checkpoint: Checkpoint): KernelMagnitudes {
  const known = withConvolutions(checkpoint, true);
  const measured = known.graph ? ofNetwork(known) : ofTensors(checkpoint);
  const bySize = new Map<string, Measured[]>();
  for (const layer of measured) {
    const size = layer.kernel.join('x');
    bySize.set(size, [...(bySize.get(size) ?? []), layer]);
  }
  const sizes = [...bySize].map(([size, layers]) => [size, average(layers)] as const);
  return {
    sizes: Object.fromEntries(sizes),
    layers: measured.map(({ name, kernel, raw, fused }) => ({ name, kernel, raw, fused })),
  };
}

/** Equation 9: the sum of |F| over input channels and filters, by kernel position. @param shape [h, w, in, out] */
export function magnitudes(values: ArrayLike<number>, [height, width, perGroup, filters]: Shape): Matrix {
  const tap = perGroup * filters;
  return Array.from({ length: height }, (_, row) =>
    Array.from({ length: width }, (__, column) => {
      const start = (row * width + column) * tap;
      let sum = 0;
      for (let i = start; i < start + tap; i++) sum += Math.abs(values[i]);
      return sum;
    }),
  );
}

/** A matrix divided by its largest element; zeros stay zeros. */
export function normalised(matrix: Matrix): Matrix {
  const largest = Math.max(...matrix.flat());
  return largest > 0 ? matrix.map((row) => row.map((value) => value / largest)) : matrix;
}

function ofNetwork(checkpoint: Checkpoint): Measured[] {
  const seen = new Set<string>();
  return findSites(checkpoint)
    .filter(({ kernel }) => Math.min(...kernel) > 1)
    .filter(({ conv }) => {
      const repeated = seen.has(conv.parameters.kernel);
      seen.add(conv.parameters.kernel);
      return !repeated;
    })
    .map((site) => ofSite(site, checkpoint));
}

function ofSite(site: Site, checkpoint: Checkpoint): Measured {
  const { tensors, path } = checkpoint;
  const { conv, block, absorbs } = site;
  const summed = block ? undefined : summedSite(site, checkpoint);
  if (summed) return summed;
  const branches = block ? [block.square, block.horizontal, block.vertical] : [{ conv, batchNorm: absorbs }];
  const names = branches.flatMap((branch) => [
    ...Object.values(branch.conv.parameters),
    ...Object.values(branch.batchNorm?.parameters ?? {}),
  ]);
  for (const name of names) {
    const tensor = tensors.get(name);
    if (tensor) requireFinite(tensor, tensor.readFloat32(), path);
  }
  const stored = block ? stackBlock(block, tensors) : kernelOf(conv, tensors);
  const fused = block ? fuseBlock(block, tensors) : fuseBranch({ conv, batchNorm: absorbs }, tensors);
  return {
    name: site.name,
    kernel: site.kernel,
    raw: normalised(magnitudes(stored.kernel, stored.shape)),
    fused: normalised(magnitudes(fused.kernel, fused.shape)),
    shape: stored.shape,
    nullHint: block ? nullOfBlock(block, site.kernel, tensors) : nullOfName(conv.parameters.kernel),
  };
}

/**
 * A plain convolution whose kernel can be summed as it lies in the file: BN fusion scales whole filters, so sums by
 * position and filter are enough.
 * @returns undefined where it cannot, or where a weight is no finite number, which a closer look will name
 */
function summedSite(
  { name, kernel, conv, absorbs }: Site,
  { tensors, path }: Checkpoint,
): Measured | undefined {
  const tensor = tensors.get(conv.parameters.kernel);
  if (!tensor?.absoluteSums || !isFloat(tensor.dtype)) return undefined;
  const sums = tensor.absoluteSums();
  if (!sums.every(Number.isFinite)) return undefined;
  for (const parameter of [conv.parameters.bias, ...Object.values(absorbs?.parameters ?? {})]) {
    const vector = tensors.get(parameter);
    if (vector) requireFinite(vector, vector.readFloat32(), path);
  }
  const filters = tensor.shape[3];
  const shape = [...kernel, 1, filters];
  const scale = absorbs && affineOf(absorbs, tensors).scale;
  return {
    name,
    kernel,
    raw: normalised(magnitudes(sums, shape)),
    fused: normalised(magnitudes(scale ? sums.map((sum, i) => sum * scale[i % filters]) : sums, shape)),
    shape: tensor.shape,
    nullHint: nullOfName(conv.parameters.kernel),
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
  for (let i = 0; i < values.length; i++) sum += Math.abs(values[i]);
  return sum / values.length;
}

/** A fused file does not say what it was; the names of known producers do. */
function nullOfName(tensor: string): keyof NullModels {
  return /fused_conv|_fused\b|_acsquare_/.test(tensor) ? 'skeleton' : 'plain';
}

function ofTensors({ tensors, path }: Checkpoint): Measured[] {
  const kernels = [...tensors.values()].filter(looksLikeKernel);
  // Such files are in alphabetical order: conv2d_10 before conv2d_2.
  if (kernels.some(({ name }) => UNNAMED.test(name))) {
    kernels.sort((a, b) => ownerOf(a.name).localeCompare(ownerOf(b.name), 'en', { numeric: true }));
  }
  return kernels.map((tensor) => {
    const values = tensor.readFloat32();
    requireFinite(tensor, values, path);
    const raw = normalised(magnitudes(values, tensor.shape));
    return {
      name: ownerOf(tensor.name),
      kernel: [tensor.shape[0], tensor.shape[1]],
      raw,
      fused: raw,
      shape: tensor.shape,
      nullHint: nullOfName(tensor.name),
    };
  });
}

/** Whether a tensor of a file without a network is a convolution kernel [h, w, in, out]. */
export function looksLikeKernel({ name, shape, dtype }: TensorRef): boolean {
  const [height, width] = shape;
  const fits = (size: number): boolean => size > 1 && size <= LARGEST_KERNEL;
  return shape.length === 4 && isFloat(dtype) && KERNEL_NAME.test(name) && fits(height) && fits(width);
}

/** The layer of such a tensor: `block/conv1/conv1/kernel:0` belongs to `block/conv1/conv1`, `layers/a/vars/0` to `layers/a`. */
export function ownerOf(tensor: string): string {
  return tensor.replace(KERNEL_NAME, '') || tensor;
}

/** A layer of zeros has no largest position to be divided by: it says nothing of where weights are. */
function average(all: readonly Measured[]): SizeMagnitudes {
  const { kernel } = all[0];
  const alive = all.filter(({ raw, fused }) => [raw, fused].every((matrix) => matrix.flat().some(Boolean)));
  const layers = alive.length > 0 ? alive : all;
  const shapes = layers.map(({ shape }) => shape);
  return {
    layers: layers.length,
    raw: mean(layers.map(({ raw }) => raw)),
    fused: mean(layers.map(({ fused }) => fused)),
    nullModel: nullModels(kernel, shapes, NULL_SEEDS),
    suggestedNull: mostFrequent(layers.map(({ nullHint }) => nullHint)),
  };
}

/** Equation 10. */
function mean(matrices: readonly Matrix[]): Matrix {
  return matrices[0].map((row, i) =>
    row.map((_, j) => matrices.reduce((sum, matrix) => sum + matrix[i][j], 0) / matrices.length),
  );
}

function mostFrequent(hints: readonly (keyof NullModels)[]): keyof NullModels {
  const count = (hint: keyof NullModels): number => hints.filter((other) => other === hint).length;
  return hints.reduce((best, hint) => (count(hint) > count(best) ? hint : best));
}
