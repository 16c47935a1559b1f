import type { Checkpoint } from '../checkpoint';
import { UnsupportedError } from '../errors';
import type { GraphNode } from '../graph/graph';
import { item } from '../item';
import { createRandom, streamSeed } from '../random';
import { sizeOf, tensorOf, type Shape, type TensorRef } from '../tensor/tensor';

/** A network whose weights are all new. */
export interface Drawn {
  readonly checkpoint: Checkpoint;
  /** Its batch norms, one node a layer: their statistics are those of a new layer until they are measured. */
  readonly norms: readonly string[];
}

/** The law of new weights, for people. */
export const SCRATCH_LAW = 'kernels He normal, biases 0, normalisations γ 1 and β 0';

/** What a new parameter holds everywhere, by its role. PReLU's slope is that of He et al. (2015), as the kernels' law is. */
const CONSTANTS: Readonly<Record<string, number>> = {
  bias: 0,
  gamma: 1,
  beta: 0,
  mean: 0,
  variance: 1,
  alpha: 0.25,
};

/**
 * Draws every weight of a network anew: kernels of convolutions and dense layers He-normal, biases 0, normalisations with
 * γ 1 and β 0, PReLU's slopes 0.25. What a kernel is drawn as depends on the seed and its name only, so two
 * networks that share a layer have the same one. The mean and variance of a `Normalization` layer describe
 * the images and stay.
 * @throws UnsupportedError where the network is unknown, or a layer of it that has weights is.
 */
export function drawWeights(checkpoint: Checkpoint, seed: number): Drawn {
  const { graph, path } = checkpoint;
  if (!graph) throw new UnsupportedError('a weights-only file cannot start from scratch', { path });
  const tensors = new Map(checkpoint.tensors);
  const norms = new Map<string | undefined, string>();
  for (const node of graph.nodes) {
    if (node.op === 'normalization') continue;
    if (node.op === 'opaque' && Object.keys(node.parameters).length > 0) {
      throw new UnsupportedError('the weights of a layer that is not supported cannot be drawn anew', {
        path,
        where: node.name,
        found: node.attributes.type,
      });
    }
    for (const [role, name] of Object.entries(node.parameters)) {
      const before = tensors.get(name);
      if (before) tensors.set(name, drawn(node, role, before, seed));
    }
    if (node.op === 'batchNorm' && !norms.has(node.parameters.mean)) {
      norms.set(node.parameters.mean, node.name);
    }
  }
  return { checkpoint: { ...checkpoint, tensors }, norms: [...norms.values()] };
}

function drawn(node: GraphNode, role: string, { name, shape }: TensorRef, seed: number): TensorRef {
  if (role === 'kernel') return drawnKernel(name, shape, fanIn(node, shape), seed);
  const value = CONSTANTS[role];
  // A new operator's: 0 could be anything but what it begins with.
  if (value === undefined) throw new Error(`no law for the new ${role} of ${node.op}`);
  return tensorOf(name, shape, new Float32Array(sizeOf(shape)).fill(value));
}

/** Products that an output is the sum of. */
function fanIn(node: GraphNode, shape: Shape): number {
  if (node.op !== 'conv2dTranspose') return sizeOf(shape.slice(0, -1));
  // [h, w, out, in]: of the kernel's positions, those a stride apart meet at one output.
  const [height, width] = node.attributes.strides;
  return (item(shape, 0) * item(shape, 1) * item(shape, 3)) / (height * width);
}

/** A kernel by He's law, normal with the variance 2 / fan-in, from a stream of its own. */
export function drawnKernel(name: string, shape: Shape, inputs: number, seed: number): TensorRef {
  const random = createRandom(streamSeed(seed, name));
  const deviation = Math.sqrt(2 / inputs);
  return tensorOf(
    name,
    shape,
    Float32Array.from({ length: sizeOf(shape) }, () => deviation * random.normal()),
  );
}
