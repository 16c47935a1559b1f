import { item } from '../item';
import { fuseBranch, type Fused } from '../acnet/kernel';
import { affineOf, parameterOf } from '../acnet/norm';
import type { AcbBlock, Branch } from '../acnet/types';
import type { Checkpoint } from '../checkpoint';
import { CheckpointError } from '../errors';
import type { Pair } from '../graph/padding';
import { branchesOf, kernelLayers, readLayer, type KernelLayers } from './kernel-layers';
import type { SparseMatrix } from '../../shared/matrix';

/** One branch of an ACB, after its batch norm and where it lands on the square kernel. */
export interface BranchSlice {
  readonly name: 'square' | 'horizontal' | 'vertical';
  /** Height and width of its own kernel. */
  readonly kernel: Pair;
  readonly slice: SparseMatrix;
  /** γ/σ of the chosen filter; null without a batch norm. */
  readonly scale: number | null;
  /** Mean |γ/σ| over the filters; null without a batch norm. */
  readonly meanScale: number | null;
  /** Its part of Σ|weight| after batch norm over the three branches, 0 … 1. */
  readonly share: number;
  /** Filters with |γ| < 0.01. */
  readonly dead: number;
}

/** One kernel from near: every filter's magnitudes, and one signed slice. Filters and inputs count from 0. */
export interface KernelSlices {
  readonly layer: string;
  readonly kernel: Pair;
  readonly filters: number;
  /** Input channels that each filter reads: those of its group. */
  readonly inputs: number;
  /** The chosen filter; the one of the largest norm unless asked for. */
  readonly filter: number;
  /** The chosen input; the one of the largest norm in the filter unless asked for. */
  readonly input: number;
  /** Σ|w| over the inputs after batch-norm and branch fusion: [filters, k_h, k_w] flat. */
  readonly magnitudes: readonly number[];
  /** √Σw² of each filter after fusion. */
  readonly norms: readonly number[];
  /** Filters of a plain convolution whose batch norm has |γ| < 0.01; of a block, those for which all three have. */
  readonly dead: readonly number[];
  /** Least and largest fused weight. */
  readonly range: Pair;
  /** The fused kernel's signed slice: k_h × k_w. */
  readonly slice: SparseMatrix;
  /** Of a block. Their slices add up to `slice`. */
  readonly branches?: readonly BranchSlice[];
}

/** Below this |γ| a filter does next to nothing. */
const DEAD = 0.01;

interface Wanted {
  readonly filter?: number | undefined;
  readonly input?: number | undefined;
}

interface Loaded {
  readonly kernel: Fused;
  readonly dead: readonly number[];
  readonly block?: AcbBlock;
}

/**
 * One layer's kernels from near, by the layer's name as in `kernelMagnitudes`.
 * @throws CheckpointError if there is no such layer, filter or input, or a weight is not a finite number.
 */
export function kernelSlices(opened: Checkpoint, layer: string, wanted: Wanted = {}): KernelSlices {
  const found = kernelLayers(opened);
  const { checkpoint } = found;
  const { kernel, dead, block } = loadLayer(found, layer);
  const [height, width, inputs, filters] = kernel.shape;
  const norms = filterNorms(kernel);
  const filter = chosen(wanted.filter, norms, 'filter', layer, checkpoint.path);
  const input = chosen(wanted.input, inputNorms(kernel, filter), 'input', layer, checkpoint.path);
  return {
    layer,
    kernel: [height, width],
    filters,
    inputs,
    filter,
    input,
    magnitudes: filterMagnitudes(kernel),
    norms,
    dead,
    range: rangeOf(kernel.kernel),
    slice: sliceOf(kernel, filter, input),
    ...(block && { branches: branchSlices(block, checkpoint, filter, input) }),
  };
}

function loadLayer({ checkpoint, layers }: KernelLayers, name: string): Loaded {
  const layer = layers.find((found) => found.name === name);
  if (!layer) {
    const { path } = checkpoint;
    throw new CheckpointError('there is no layer of that name with k×k kernels', { path, found: name });
  }
  const { fused: kernel } = readLayer(layer, checkpoint);
  const { site } = layer;
  if (!site) return { kernel, dead: [] };
  const deadOf = branchesOf(site).map((branch) => new Set(deadFilters(branch, checkpoint.tensors)));
  const dead = [...(deadOf.at(0) ?? [])].filter((filter) => deadOf.every((set) => set.has(filter)));
  return { kernel, dead, ...(site.block && { block: site.block }) };
}

function deadFilters({ batchNorm }: Branch, tensors: Checkpoint['tensors']): number[] {
  const gamma = batchNorm ? parameterOf(batchNorm, 'gamma', tensors) : undefined;
  return [...(gamma ?? [])].flatMap((value, filter) => (Math.abs(value) < DEAD ? [filter] : []));
}

function chosen(
  wanted: number | undefined,
  norms: readonly number[],
  what: string,
  layer: string,
  path: string | undefined,
): number {
  if (wanted === undefined) return norms.indexOf(Math.max(...norms));
  if (wanted < norms.length) return wanted;
  throw new CheckpointError(`there is no such ${what}`, {
    path,
    where: layer,
    found: String(wanted),
    expected: `0 to ${norms.length - 1}`,
  });
}

/** √Σw² over positions and inputs. */
function filterNorms({ shape, kernel }: Fused): number[] {
  const [, , , filters] = shape;
  const squares = new Float64Array(filters);
  kernel.forEach((value, i) => {
    squares[i % filters] = (squares[i % filters] ?? 0) + value * value;
  });
  return Array.from(squares, Math.sqrt);
}

/** The same over the positions of one filter. */
function inputNorms({ shape, kernel }: Fused, filter: number): number[] {
  const [height, width, inputs, filters] = shape;
  return Array.from({ length: inputs }, (_, input) => {
    let sum = 0;
    for (let tap = 0; tap < height * width; tap++)
      sum += item(kernel, (tap * inputs + input) * filters + filter) ** 2;
    return Math.sqrt(sum);
  });
}

function filterMagnitudes({ shape, kernel }: Fused): number[] {
  const [height, width, inputs, filters] = shape;
  const taps = height * width;
  const sums = new Float64Array(filters * taps);
  kernel.forEach((value, i) => {
    const tap = Math.floor(i / (inputs * filters));
    const at = (i % filters) * taps + tap;
    sums[at] = (sums[at] ?? 0) + Math.abs(value);
  });
  return Array.from(sums, (sum) => Number(sum.toPrecision(5)));
}

function rangeOf(values: Float64Array): Pair {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

function sliceOf({ shape, kernel }: Fused, filter: number, input: number): SparseMatrix {
  const [height, width, inputs, filters] = shape;
  return Array.from({ length: height }, (_, row) =>
    Array.from({ length: width }, (__, column) =>
      item(kernel, ((row * width + column) * inputs + input) * filters + filter),
    ),
  );
}

function branchSlices(
  block: AcbBlock,
  { tensors }: Checkpoint,
  filter: number,
  input: number,
): readonly BranchSlice[] {
  const branches = (['square', 'horizontal', 'vertical'] as const).map((name) => {
    const fused = fuseBranch(block[name], tensors);
    return { name, fused, sum: fused.kernel.reduce((sum, value) => sum + Math.abs(value), 0) };
  });
  const total = branches.reduce((all, { sum }) => all + sum, 0);
  return branches.map(({ name, fused, sum }) => {
    const { batchNorm } = block[name];
    const scales = batchNorm ? affineOf(batchNorm, tensors).scale : undefined;
    const [height, width] = fused.shape;
    return {
      name,
      kernel: [height, width],
      slice: placed(name, sliceOf(fused, filter, input), block),
      scale: scales ? item(scales, filter) : null,
      meanScale: scales ? scales.reduce((all, value) => all + Math.abs(value), 0) / scales.length : null,
      share: total > 0 ? sum / total : 0,
      dead: deadFilters(block[name], tensors).length,
    };
  });
}

/** The branch's slice on the square kernel's grid. */
function placed(name: BranchSlice['name'], slice: SparseMatrix, block: AcbBlock): SparseMatrix {
  const [height, width] = block.square.conv.attributes.kernelSize;
  return Array.from({ length: height }, (_, row) =>
    Array.from({ length: width }, (__, column) => {
      const at = (i: number, j: number): number | null => item(item(slice, i), j);
      if (name === 'square') return at(row, column);
      if (name === 'horizontal') return row === block.row ? at(0, column) : null;
      return column === block.column ? at(row, 0) : null;
    }),
  );
}
