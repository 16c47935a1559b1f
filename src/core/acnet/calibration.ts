import { inputOf, tensorNameOf } from '../graph/node';
import { item } from '../item';
import type { Checkpoint } from '../checkpoint';
import { UserError } from '../errors';
import { makeGraph } from '../graph/build';
import type { NodeOf } from '../graph/graph';
import type { TensorRef } from '../tensor/tensor';
import { affineOf, isUnmeasured, vector } from './norm';

/** First two moments of a value per channel, over data. */
export interface ChannelMoments {
  readonly mean: ArrayLike<number>;
  /** Biased. */
  readonly variance: ArrayLike<number>;
}

/**
 * Which values must be measured for batch norms with placeholder statistics: the input of each one and of its other
 * calls, in graph order.
 * All can be measured in one pass of a network with branches at `zero`, since no placeholder there changes what others see.
 */
export function calibrationValues(
  { graph }: Checkpoint,
  fresh: readonly string[],
): { batchNorm: string; value: string }[] {
  const norms = (graph?.nodes ?? []).filter((node) => node.op === 'batchNorm');
  const wanted = new Set(fresh);
  const asked = norms.filter(({ name }) => wanted.has(name));
  return norms.flatMap((node) =>
    asked
      .filter(({ parameters }) => parameters.mean === tensorNameOf(node, 'mean'))
      .map(({ name }) => ({ batchNorm: name, value: inputOf(node) })),
  );
}

/**
 * Gives batch norms the statistics of data. One that only shifted (an inserted or a fused one) keeps its
 * function: γ' = a·√(v + ε), β' = shift + a·μ for its scale a. All others get plain statistics; with γ = 0 that
 * changes nothing either.
 * @param moments by batch norm.
 */
export function applyCalibration(
  checkpoint: Checkpoint,
  moments: ReadonlyMap<string, ChannelMoments>,
): Checkpoint {
  const { graph } = checkpoint;
  if (!graph) return checkpoint;
  const tensors = new Map(checkpoint.tensors);
  const extended = new Map<string, Readonly<Record<string, string>>>();
  for (const node of graph.nodes) {
    const measured = node.op === 'batchNorm' ? moments.get(node.name) : undefined;
    if (node.op !== 'batchNorm' || !measured) continue;
    requireChannels(node, measured, checkpoint.tensors);
    const keeps = isUnmeasured(node, checkpoint.tensors);
    if (keeps) extended.set(tensorNameOf(node, 'mean'), keepFunction(node, measured, tensors));
    tensors.set(tensorNameOf(node, 'mean'), vector(tensorNameOf(node, 'mean'), measured.mean));
    tensors.set(tensorNameOf(node, 'variance'), vector(tensorNameOf(node, 'variance'), measured.variance));
  }
  const nodes = graph.nodes.map((node) => {
    const parameters = node.op === 'batchNorm' ? extended.get(tensorNameOf(node, 'mean')) : undefined;
    return parameters ? { ...node, parameters } : node;
  });
  return { ...checkpoint, tensors, graph: makeGraph({ nodes, outputs: graph.outputs }, tensors) };
}

function requireChannels(
  node: NodeOf<'batchNorm'>,
  { mean, variance }: ChannelMoments,
  tensors: ReadonlyMap<string, TensorRef>,
): void {
  const channels = tensors.get(tensorNameOf(node, 'mean'))?.shape[0];
  if (mean.length !== channels || variance.length !== channels) {
    throw new UserError('measured statistics do not fit the batch norm', {
      where: node.name,
      found: `${mean.length} channels`,
      expected: `${channels} channels`,
    });
  }
}

/**
 * γ and β for new statistics under which the batch norm computes what it did; they are added where absent.
 * @returns its parameters
 */
function keepFunction(
  node: NodeOf<'batchNorm'>,
  { mean, variance }: ChannelMoments,
  tensors: Map<string, TensorRef>,
): Readonly<Record<string, string>> {
  const { scale, shift } = affineOf(node, tensors);
  const { epsilon } = node.attributes;
  const { gamma = `${node.name}/gamma`, beta = `${node.name}/beta` } = node.parameters;
  // Statistics are stored in float32: γ and β are made for what is stored.
  const stored = { mean: Float32Array.from(mean), variance: Float32Array.from(variance) };
  const scales = scale.map((a, i) => a * Math.sqrt(item(stored.variance, i) + epsilon));
  const shifts = shift.map((b, i) => b + item(scale, i) * item(stored.mean, i));
  tensors.set(gamma, vector(gamma, scales));
  tensors.set(beta, vector(beta, shifts));
  return { ...node.parameters, gamma, beta };
}
