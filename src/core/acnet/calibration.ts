import { inputOf, tensorNameOf } from '../graph/node';
import type { Checkpoint } from '../checkpoint';
import { UserError } from '../errors';
import { makeGraph } from '../graph/build';
import type { NodeOf } from '../graph/graph';
import type { TensorRef } from '../tensor/tensor';
import { affineOf, isUnmeasured, setAffine, vector } from './norm';

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
    const mean = tensorNameOf(node, 'mean');
    if (isUnmeasured(node, checkpoint.tensors)) {
      extended.set(mean, setAffine(node, affineOf(node, checkpoint.tensors), measured, tensors));
    } else setStatistics(node, measured, tensors);
  }
  return withNormParameters(checkpoint, tensors, extended);
}

/** Gives batch norms statistics and leaves γ and β as they are: what they compute changes. @param moments by batch norm */
export function withStatistics(
  checkpoint: Checkpoint,
  moments: ReadonlyMap<string, ChannelMoments>,
): Checkpoint {
  const tensors = new Map(checkpoint.tensors);
  for (const node of checkpoint.graph?.nodes ?? []) {
    const measured = node.op === 'batchNorm' ? moments.get(node.name) : undefined;
    if (node.op === 'batchNorm' && measured) setStatistics(node, measured, tensors);
  }
  return { ...checkpoint, tensors };
}

function setStatistics(
  node: NodeOf<'batchNorm'>,
  { mean, variance }: ChannelMoments,
  tensors: Map<string, TensorRef>,
): void {
  tensors.set(tensorNameOf(node, 'mean'), vector(tensorNameOf(node, 'mean'), mean));
  tensors.set(tensorNameOf(node, 'variance'), vector(tensorNameOf(node, 'variance'), variance));
}

/**
 * A network with other tensors, whose batch norms have other parameters.
 * @param parameters by the name of the layer's mean, which all its calls share
 */
export function withNormParameters(
  checkpoint: Checkpoint,
  tensors: ReadonlyMap<string, TensorRef>,
  parameters: ReadonlyMap<string, Readonly<Record<string, string>>>,
): Checkpoint {
  const { graph } = checkpoint;
  if (!graph) return { ...checkpoint, tensors };
  const nodes = graph.nodes.map((node) => {
    const changed = node.op === 'batchNorm' ? parameters.get(tensorNameOf(node, 'mean')) : undefined;
    return changed ? { ...node, parameters: changed } : node;
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
