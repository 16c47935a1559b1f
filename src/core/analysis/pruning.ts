import { item } from '../item';
import { tensorNameOf } from '../graph/node';
import type { Checkpoint } from '../checkpoint';
import { createRandom, streamSeed, type Random } from '../random';
import { kernelShape, sizeOf, type Shape } from '../tensor/tensor';
import { groupShare, inGroup } from './position';
import { POSITION_GROUPS, type PositionGroup } from '../../shared/position-groups';

/** A convolution's kernel [h, w, in / groups, out] in memory. */
export interface Kernel {
  readonly shape: Shape;
  readonly values: Float32Array;
}

/**
 * The kernels a pruning check acts on, by tensor name: every two-dimensional convolution larger than 1 × 1, the
 * first one included, each once. Reads them all.
 */
export function prunableKernels({ graph, tensors }: Checkpoint): Map<string, Kernel> {
  const kernels = new Map<string, Kernel>();
  for (const node of graph?.nodes ?? []) {
    if (node.op !== 'conv2d' || Math.min(...node.attributes.kernelSize) < 2) continue;
    const tensor = tensors.get(tensorNameOf(node, 'kernel'));
    if (tensor) kernels.set(tensor.name, { shape: tensor.shape, values: tensor.readFloat32() });
  }
  return kernels;
}

/**
 * Which weights to zero: a random choice among the positions of a group, as many as make `ratio` of all weights
 * of the kernel, rounded to nearest (the paper's figure 5).
 * @returns 1 for each weight to zero; undefined when the group holds fewer than that.
 */
export function pruningMask(
  shape: Shape,
  group: PositionGroup,
  ratio: number,
  random: Random,
): Uint8Array | undefined {
  const [height, width] = kernelShape(shape);
  const total = sizeOf(shape);
  const tap = total / (height * width);
  let wanted = Math.round(ratio * total);
  const share = groupShare(group, [height, width]);
  let candidates = Math.round(share * total);
  if (ratio > share || wanted > candidates) return undefined;
  const mask = new Uint8Array(total);
  // Selection sampling (Knuth, algorithm S): each choice of `wanted` among the candidates is equally likely.
  for (let position = 0; position < height * width; position++) {
    if (!inGroup(group, [height, width], Math.floor(position / width), position % width)) continue;
    for (let i = position * tap; i < (position + 1) * tap; i++) {
      if (random.uniform() * candidates-- < wanted) {
        mask[i] = 1;
        wanted--;
      }
    }
  }
  return mask;
}

/**
 * Kernels with random weights of one position group set to zero, the same ratio in each. The kernels given
 * stay as they are.
 * @returns undefined when the ratio exceeds the group's share of some kernel: there is no such point.
 */
export function pruneWeights(
  weights: ReadonlyMap<string, Kernel>,
  group: PositionGroup,
  ratio: number,
  seed: number,
): Map<string, Float32Array> | undefined {
  const pruned = new Map<string, Float32Array>();
  for (const [name, { shape, values }] of weights) {
    const mask = pruningMask(shape, group, ratio, createRandom(streamSeed(seed, name)));
    if (!mask) return undefined;
    pruned.set(
      name,
      values.map((value, i) => (mask[i] ? 0 : value)),
    );
  }
  return pruned;
}

/** What a group reaches in one kernel size, and how many layers have it. */
export interface KernelSize {
  /** Height and width. */
  readonly kernel: readonly [number, number];
  readonly layers: number;
  /** Share of the kernel that each group holds: the largest ratio there is for these layers. */
  readonly shares: Readonly<Record<PositionGroup, number>>;
}

/** The kernel sizes of a network with each group's share in them, in order of first appearance. */
export function kernelSizes(kernels: ReadonlyMap<string, Pick<Kernel, 'shape'>>): KernelSize[] {
  const layers = new Map<string, { kernel: [number, number]; layers: number }>();
  for (const { shape } of kernels.values()) {
    const [height, width] = kernelShape(shape);
    const key = `${height}x${width}`;
    const known = layers.get(key) ?? { kernel: [height, width], layers: 0 };
    layers.set(key, { ...known, layers: known.layers + 1 });
  }
  return [...layers.values()].map(({ kernel, layers }) => {
    const shares = POSITION_GROUPS.map((group) => [group, groupShare(group, kernel)] as const);
    return { kernel, layers, shares: Object.fromEntries(shares) as Record<PositionGroup, number> };
  });
}

/**
 * Ratios in the order in which they are measured: a coarse grid with both ends first, then the middles of what is
 * between, again and again. Each once.
 */
export function coarseFirst(ratios: readonly number[]): number[] {
  const sorted = [...new Set(ratios)].sort((a, b) => a - b);
  const last = sorted.length - 1;
  const order = new Set<number>();
  const coarsest = 2 ** Math.floor(Math.log2(Math.max((last + 1) / 2, 1)));
  for (let stride = coarsest; stride >= 1; stride /= 2) {
    for (let i = 0; i <= last; i += stride) order.add(item(sorted, i));
    if (stride === coarsest && last >= 0) order.add(item(sorted, last));
  }
  return [...order];
}

/** Where a curve first falls below a level; null where it never does. */
export function firstBelow(
  points: ReadonlyArray<{ readonly ratio: number; readonly mean: number }>,
  level: number,
): number | null {
  return points.find(({ mean }) => mean < level)?.ratio ?? null;
}
