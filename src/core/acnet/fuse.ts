import { inputOf, outputOf, tensorNameOf } from '../graph/node';
import type { Checkpoint } from '../checkpoint';
import { UnsupportedError } from '../errors';
import { consumersOf } from '../graph/build';
import type { Graph, GraphNode, NodeOf } from '../graph/graph';
import { lookupOf } from '../graph/lookup';
import { tensorOf } from '../tensor/tensor';
import { findBlocks } from './blocks';
import { requireFiniteWeights } from './finite';
import { fuseBlock, type Fused } from './kernel';
import { nearBlocks } from './near-blocks';
import { constant, unitVariance, vector } from './norm';
import { rewriting, type Rewriting } from './rewrite';
import type { AcbBlock } from './types';

/** A checkpoint whose blocks became one convolution each, with the blocks' names in graph order. */
export interface Fusion {
  readonly checkpoint: Checkpoint;
  /** Names of the convolutions that blocks became, in graph order. */
  readonly fused: string[];
  /** Those of them that have a bias, which the block's convolution had not: a further tensor in the file. */
  readonly biased: readonly string[];
  /** What looks like a block and is not, with the reason. */
  readonly near: readonly string[];
  readonly warnings: string[];
}

/** What the steps of one fusion share. */
interface Work {
  readonly graph: Graph;
  readonly rewrite: Rewriting;
  readonly consumers: ReadonlyMap<string, readonly GraphNode[]>;
}

/**
 * Turns every block into the one convolution that computes the same at inference. Where the convolution had a
 * batch norm of its own that stays, as an addition of b′ (so the file has the original's layers and keys),
 * unless `fold` asks for convolutions with bias everywhere.
 * @throws UserError on weights that are not finite numbers or a negative variance.
 */
export function fuseAcnet(checkpoint: Checkpoint, { fold }: { readonly fold: boolean }): Fusion {
  const { graph } = checkpoint;
  if (!graph) {
    throw new UnsupportedError('a weights-only file cannot be fused: it has no network', {
      path: checkpoint.path,
    });
  }
  requireFiniteWeights(checkpoint);
  const blocks = findBlocks(graph, checkpoint.tensors);
  const work: Work = { graph, rewrite: rewriting(checkpoint, graph), consumers: consumersOf(graph) };
  // Calls of one block share their weights; the first one's convolution has the layer's name.
  const layers = new Map<string, string>();
  const biased = new Set<string>();
  for (const block of blocks) {
    const { conv } = block.square;
    const layer = layers.get(tensorNameOf(conv, 'kernel')) ?? conv.name;
    layers.set(tensorNameOf(conv, 'kernel'), layer);
    const hasBias = replaceBlock({ block, layer, fused: fuseBlock(block, checkpoint.tensors) }, fold, work);
    if (hasBias && !conv.parameters.bias) biased.add(layer);
  }
  const none = blocks.length === 0 ? ['the network has no asymmetric convolution block'] : [];
  const near = nearBlocks(graph, blocks).map(
    ({ name, reason }) => `${name} looks like one and is none: ${reason}`,
  );
  const fused = [...layers.values()];
  return { checkpoint: work.rewrite.done(), fused, biased: [...biased], near, warnings: [...none, ...near] };
}

/** A block, the name of the layer it becomes and that layer's weights. */
interface Replacement {
  readonly block: AcbBlock;
  readonly layer: string;
  readonly fused: Fused;
}

/** @returns whether the convolution got a bias, b′ */
function replaceBlock(replacement: Replacement, fold: boolean, work: Work): boolean {
  const { block, layer, fused } = replacement;
  const { rewrite } = work;
  const { conv, batchNorm } = block.square;
  const kept = fold || !batchNorm || wasInserted(batchNorm, layer) ? undefined : batchNorm;
  const end = kept ? outputOf(kept) : outputOf(conv);
  const bias = kept || addsNothing(block) ? undefined : fused.bias;
  if (kept) keepNorm(replacement, kept, rewrite);
  else setConvolution(replacement, bias, rewrite);
  const staying = stayingNodes(block, kept, work.graph);
  for (const name of block.nodes) if (!staying.has(name)) rewrite.remove(name);
  rewrite.rewire(outputOf(block.sum), end);
  if (!kept) mergeActivation(replacement, end, work);
  return bias !== undefined;
}

/** A block without any batch norm or bias is a convolution without bias. */
function addsNothing({ square, horizontal, vertical }: AcbBlock): boolean {
  return [square, horizontal, vertical].every(({ conv, batchNorm }) => !batchNorm && !conv.parameters.bias);
}

/** A batch norm that a conversion made for a convolution without one carries the conversion's name. */
function wasInserted(batchNorm: NodeOf<'batchNorm'>, layer: string): boolean {
  return batchNorm.name.startsWith(`${layer}_acb_bn`);
}

/** The convolution, its batch norm if kept, and the padding before it that was there for the square branch. */
function stayingNodes(
  { square, nodes }: AcbBlock,
  kept: NodeOf<'batchNorm'> | undefined,
  graph: Graph,
): ReadonlySet<string> {
  const lookup = lookupOf(graph);
  const staying = new Set([square.conv.name]);
  if (kept) staying.add(kept.name);
  let value = inputOf(square.conv);
  for (;;) {
    const maker = lookup.maker(value);
    if (!maker || !nodes.has(maker.name)) return staying;
    staying.add(maker.name);
    value = inputOf(maker);
  }
}

/**
 * K′ into the convolution, b′ into its batch norm, which otherwise divides by 1 and multiplies by 1. Without β
 * the mean carries −b′; with ε above 1 the kernel makes up for the division.
 */
function keepNorm(replacement: Replacement, batchNorm: NodeOf<'batchNorm'>, rewrite: Rewriting): void {
  const { block, fused } = replacement;
  const { epsilon } = batchNorm.attributes;
  const variance = unitVariance(epsilon);
  const divisor = epsilon > 1 ? Math.sqrt(variance + epsilon) : 1;
  const kernel = fused.kernel.map((value) => value * divisor);
  const { gamma, beta } = batchNorm.parameters;
  const [mean, varianceName] = [tensorNameOf(batchNorm, 'mean'), tensorNameOf(batchNorm, 'variance')];
  const zeros = new Float64Array(fused.bias.length);
  const bias = block.square.conv.parameters.bias ? zeros : undefined;
  setConvolution({ ...replacement, fused: { ...fused, kernel } }, bias, rewrite);
  if (gamma) rewrite.setTensor(constant(gamma, zeros.length, 1));
  if (beta) rewrite.setTensor(vector(beta, fused.bias));
  rewrite.setTensor(vector(mean, beta ? zeros : fused.bias.map((value) => -value * divisor)));
  rewrite.setTensor(constant(varianceName, zeros.length, variance));
}

/** The square convolution with new weights; without a `bias` it has none. */
function setConvolution(
  { block, layer, fused: { shape, kernel } }: Replacement,
  bias: Float64Array | undefined,
  rewrite: Rewriting,
): void {
  const { conv } = block.square;
  const { bias: biasName = `${layer}/bias` } = conv.parameters;
  const kernelName = tensorNameOf(conv, 'kernel');
  rewrite.setTensor(tensorOf(kernelName, shape, Float32Array.from(kernel)));
  if (bias) rewrite.setTensor(vector(biasName, bias));
  const parameters: Record<string, string> = bias
    ? { kernel: kernelName, bias: biasName }
    : { kernel: kernelName };
  rewrite.replace(conv.name, {
    ...conv,
    inputs: conv.inputs.map((value) => rewrite.current(value)),
    parameters,
  });
}

/**
 * An activation that a conversion split off goes back into the convolution's layer. An unknown one only if it
 * still is that layer's: what it computes is written nowhere else.
 */
function mergeActivation({ block, layer }: Replacement, end: string, work: Work): void {
  const {
    square: { conv },
    sum,
  } = block;
  const readers = work.consumers.get(outputOf(sum)) ?? [];
  const [activation] = readers;
  const alone = readers.length === 1 && !lookupOf(work.graph).isOutput(outputOf(sum));
  if (!activation || !alone || !conv.origin || !activation.name.startsWith(`${layer}_acb_act`)) return;
  if (activation.op === 'opaque' && activation.origin?.layer !== conv.origin.layer) return;
  work.rewrite.replace(activation.name, {
    ...activation,
    name: work.rewrite.freeNodeName(`${conv.name}/activation`),
    inputs: [end],
    origin: { ...conv.origin, part: 'activation' },
  });
}
