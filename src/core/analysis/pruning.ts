import type { Checkpoint } from '../checkpoint';
import { createRandom, streamSeed, type Random } from '../random';
import { sizeOf, type Shape } from '../tensor/tensor';
import { groupShare, inGroup, type PositionGroup } from './position';

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
    const tensor = tensors.get(node.parameters.kernel);
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
  const [height, width] = shape;
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
