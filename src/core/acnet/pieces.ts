import { inputOf, outputOf, tensorNameOf } from '../graph/node';
import { consumersOf } from '../graph/build';
import type { Graph, GraphNode, NodeOf } from '../graph/graph';
import type { TensorRef } from '../tensor/tensor';
import { findBlocks } from './blocks';
import { fuseBlock, fuseBranch, type Fused } from './kernel';
import type { AcbBlock, Branch } from './types';
import { convWindow, inputSizeOf, plus, resolvedSides } from './window';

/** A graph and its weights. */
export interface WeightedGraph {
  readonly graph: Graph;
  readonly tensors: ReadonlyMap<string, TensorRef>;
}

/** What one convolution computes at inference: a convolution, one with its batch norm, or a block. */
export interface ConvolutionPiece {
  readonly kind: 'convolution';
  /** The (square) convolution's. */
  readonly name: string;
  /** The (square) convolution: its window, and what it reads. */
  readonly conv: NodeOf<'conv2d'>;
  /** The value it reads, zeros around it not counted. */
  readonly inputs: readonly [string];
  /** The value that leaves it. */
  readonly output: string;
  /** Equal for two pieces whose windows read alike. */
  readonly key: string;
  /** Its weights in float64. @throws CheckpointError on a variance that is negative or not a number. */
  weights(): Fused;
}

/** Any other operator. */
export interface NodePiece {
  readonly kind: 'node';
  readonly name: string;
  readonly node: GraphNode;
  readonly inputs: readonly string[];
  readonly output: string;
  /** Equal for two nodes that do the same, but for their weights. */
  readonly key: string;
}

/** A part of a network that is compared as a whole. */
export type Piece = ConvolutionPiece | NodePiece;

/** A network as what is computed at inference, in the graph's order. */
export interface Pieces {
  readonly pieces: readonly Piece[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** Operators that pass their input on at inference. */
const PASSING: ReadonlySet<GraphNode['op']> = new Set(['identity', 'dropout', 'noise']);

/**
 * Takes a network apart: each block is one piece, and so is each convolution with the batch norm that is its only reader.
 * Zeros around an image belong to the window that reads them, and what only passes a value on is left out: so a network
 * and its conversion, and that and its fusion, have the same pieces. What no output depends on is left out too.
 */
export function piecesOf(network: WeightedGraph): Pieces {
  const { graph } = network;
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((value) => [value, node] as const)));
  const source = (value: string): string => {
    const maker = makers.get(value);
    return maker && PASSING.has(maker.op) ? source(inputOf(maker)) : value;
  };
  const inside = new Map<string, ConvolutionPiece | undefined>();
  for (const { members, piece } of convolutionsOf(network, makers, source)) {
    for (const name of members) inside.set(name, undefined);
    inside.set(members.at(-1) ?? piece.name, piece);
  }
  const pieces = graph.nodes.flatMap((node): Piece[] => {
    if (inside.has(node.name)) return [inside.get(node.name)].filter((piece) => piece !== undefined);
    if (node.op === 'input' || PASSING.has(node.op)) return [];
    const { name, op, attributes, inputs, outputs } = node;
    const key = JSON.stringify([op, attributes, outputs.length]);
    return [{ kind: 'node', name, node, inputs: inputs.map(source), output: outputs.at(0) ?? '', key }];
  });
  const outputs = graph.outputs.map(source);
  return { pieces: reaching(pieces, outputs), inputs: graph.inputs, outputs };
}

interface Found {
  /** Names of its nodes; the last one makes its output. */
  readonly members: readonly string[];
  readonly piece: ConvolutionPiece;
}

type Makers = ReadonlyMap<string, GraphNode>;

function convolutionsOf(
  { graph, tensors }: WeightedGraph,
  makers: Makers,
  source: (value: string) => string,
): Found[] {
  const consumers = consumersOf(graph);
  const blocks = findBlocks(graph, tensors);
  const taken = new Set(blocks.flatMap(branchesOf).flatMap(namesOf));
  const alone = (value: string): GraphNode | undefined => {
    const readers = consumers.get(value) ?? [];
    return readers.length === 1 && !graph.outputs.includes(value) ? readers[0] : undefined;
  };
  const found = blocks.map((block): Found => {
    const members = [...branchesOf(block).flatMap(namesOf), block.sum.name];
    const weights = (): Fused => fuseBlock(block, tensors);
    return { members, piece: pieceOf(block.square.conv, outputOf(block.sum), weights) };
  });
  for (const conv of graph.nodes) {
    if (conv.op !== 'conv2d' || taken.has(conv.name)) continue;
    const reader = alone(outputOf(conv));
    const branch: Branch = reader?.op === 'batchNorm' ? { conv, batchNorm: reader } : { conv };
    const output = outputOf(branch.batchNorm ?? conv);
    const weights = (): Fused => fuseBranch(branch, tensors);
    found.push({ members: namesOf(branch), piece: pieceOf(conv, output, weights) });
  }
  return found;

  function pieceOf(conv: NodeOf<'conv2d'>, output: string, weights: () => Fused): ConvolutionPiece {
    const { input, window } = windowOf(conv, graph, makers, source);
    const key = JSON.stringify([window, tensors.get(tensorNameOf(conv, 'kernel'))?.shape]);
    return { kind: 'convolution', name: conv.name, conv, inputs: [input], output, key, weights };
  }
}

function branchesOf({ square, horizontal, vertical }: AcbBlock): Branch[] {
  return [square, horizontal, vertical];
}

function namesOf({ conv, batchNorm }: Branch): string[] {
  return batchNorm ? [conv.name, batchNorm.name] : [conv.name];
}

/** What a convolution reads once the zeros around it are its own, and how: windows that start alike read alike. */
function windowOf(
  conv: NodeOf<'conv2d'>,
  graph: Graph,
  makers: Makers,
  source: (value: string) => string,
): { readonly input: string; readonly window: readonly unknown[] } {
  const { kernelSize, strides, dilations, groups, filters, padding } = conv.attributes;
  let input = source(inputOf(conv));
  let sides = resolvedSides(convWindow(conv), inputSizeOf(conv, graph.shapes));
  for (let maker = makers.get(input); maker?.op === 'zeroPadding' && sides; maker = makers.get(input)) {
    sides = plus(sides, maker.attributes.sides);
    input = source(inputOf(maker));
  }
  // Along an axis of one position dilation has no meaning.
  const apart = dilations.map((dilation, axis) => (kernelSize[axis] === 1 ? 1 : dilation));
  const start = sides ? [sides.top, sides.left] : padding;
  const size = graph.shapes.get(outputOf(conv))?.slice(1);
  return { input, window: [strides, apart, groups, filters, start, size] };
}

function reaching(pieces: readonly Piece[], outputs: readonly string[]): Piece[] {
  const needed = new Set(outputs);
  const kept = [...pieces].reverse().filter((piece) => {
    const made = piece.kind === 'node' ? piece.node.outputs : [piece.output];
    if (!made.some((value) => needed.has(value))) return false;
    piece.inputs.forEach((value) => needed.add(value));
    return true;
  });
  return kept.reverse();
}
