import { item } from '../item';
import type { GraphNode } from '../graph/graph';
import type { TensorRef } from '../tensor/tensor';
import type { Fused } from './kernel';
import { piecesOf, type ConvolutionPiece, type NodePiece, type Piece, type WeightedGraph } from './pieces';

/** A convolution or block of one network and its counterpart in another. */
export interface PairedConvolution {
  readonly a: ConvolutionPiece;
  readonly b: ConvolutionPiece;
}

/** Two networks piece by piece, or why they cannot be laid beside each other. */
export type Pairing = { readonly pairs: readonly PairedConvolution[] } | { readonly reason: string };

/** Operators that give the same whatever the order of their inputs. */
const COMMUTATIVE: ReadonlySet<GraphNode['op']> = new Set([
  'add',
  'multiply',
  'average',
  'maximum',
  'minimum',
]);

class Unpaired extends Error {}

/**
 * Lays two networks beside each other: pieces of one kind that read paired values are a pair, from the inputs on. Where
 * several could be, the one of the same name is taken, else the nearest by weights. What is not a convolution must have the
 * same weights. If every pair computes the same of the same input, so do the networks: by induction along the graph every
 * value is its counterpart. Which pair was chosen where several could be does not matter to that.
 */
export function pairNetworks(a: WeightedGraph, b: WeightedGraph): Pairing {
  try {
    return { pairs: pair(a, b) };
  } catch (error) {
    if (error instanceof Unpaired) return { reason: error.message };
    throw error;
  }
}

function pair(a: WeightedGraph, b: WeightedGraph): PairedConvolution[] {
  const [first, second] = [piecesOf(a), piecesOf(b)];
  const values = new Map(first.inputs.map((value, i) => [value, second.inputs.at(i) ?? '']));
  const open = new Map<string, Piece[]>();
  for (const piece of second.pieces) {
    const key = signature(piece, (value) => value);
    open.set(key, [...(open.get(key) ?? []), piece]);
  }
  const pairs: PairedConvolution[] = [];
  for (const piece of first.pieces) {
    const candidates = open.get(signature(piece, (value) => values.get(value))) ?? [];
    const other = choose(piece, candidates, a, b);
    if (!other) throw new Unpaired(`${piece.name} has no counterpart`);
    candidates.splice(candidates.indexOf(other), 1);
    if (piece.kind === 'convolution' && other.kind === 'convolution') pairs.push({ a: piece, b: other });
    const made = madeBy(other);
    for (const [i, value] of madeBy(piece).entries()) {
      const counterpart = made.at(i);
      if (counterpart !== undefined) values.set(value, counterpart);
    }
  }
  const ends = first.outputs.findIndex((value, i) => values.get(value) !== second.outputs.at(i));
  if (ends >= 0) throw new Unpaired(`output ${ends + 1} comes from elsewhere`);
  return pairs;
}

function signature(piece: Piece, counterpart: (value: string) => string | undefined): string {
  const inputs = piece.inputs.map((value) => counterpart(value) ?? '');
  const isCommutative = piece.kind === 'node' && COMMUTATIVE.has(piece.node.op);
  return JSON.stringify([piece.kind, piece.key, isCommutative ? inputs.sort() : inputs]);
}

function madeBy(piece: Piece): readonly string[] {
  return piece.kind === 'node' ? piece.node.outputs : [piece.output];
}

function choose(
  piece: Piece,
  candidates: readonly Piece[],
  a: WeightedGraph,
  b: WeightedGraph,
): Piece | undefined {
  if (piece.kind === 'node') return chooseNode(piece, candidates, a, b);
  const convolutions = candidates.filter((each) => each.kind === 'convolution');
  const named = convolutions.find(({ name }) => name === piece.name);
  if (named ?? convolutions.length < 2) return named ?? convolutions.at(0);
  const weights = piece.weights();
  const distances = convolutions.map((each) => distance(weights, each.weights()));
  return convolutions[distances.indexOf(Math.min(...distances))] ?? convolutions[0];
}

/** @throws Unpaired where there is one of its kind that has other weights. */
function chooseNode(
  piece: NodePiece,
  candidates: readonly Piece[],
  a: WeightedGraph,
  b: WeightedGraph,
): Piece | undefined {
  const same = candidates.filter((each) => each.kind === 'node' && sameWeights(piece.node, each.node, a, b));
  if (same.length === 0 && candidates.length > 0) throw new Unpaired(`the weights of ${piece.name} differ`);
  return same.find(({ name }) => name === piece.name) ?? same.at(0);
}

function sameWeights(
  { parameters }: GraphNode,
  other: GraphNode,
  a: WeightedGraph,
  b: WeightedGraph,
): boolean {
  const roles = Object.keys(parameters);
  return (
    roles.length === Object.keys(other.parameters).length &&
    roles.every((role) =>
      sameTensor(a.tensors.get(parameters[role] ?? ''), b.tensors.get(other.parameters[role] ?? '')),
    )
  );
}

function sameTensor(a: TensorRef | undefined, b: TensorRef | undefined): boolean {
  if (!a || !b || a === b) return a === b;
  if (a.shape.join() !== b.shape.join()) return false;
  const [values, others] = [a.readFloat32(), b.readFloat32()];
  return values.every((value, i) => value === others[i]);
}

/** The sum of squares of what two kernels differ by. */
function distance({ kernel }: Fused, other: Fused): number {
  if (kernel.length !== other.kernel.length) return Infinity;
  return kernel.reduce((sum, value, i) => sum + (value - item(other.kernel, i)) ** 2, 0);
}

/** What one convolution computes more than another one of the same window. */
export interface Excess {
  /** [h, w, in / groups, out] */
  readonly shape: readonly number[];
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
  /** Per output channel: no weight differs by more than its last bits as a 32-bit number. */
  readonly isRounding: readonly boolean[];
}

/** Four times the half step to which 32-bit numbers are rounded: K and the batch norm after it are each rounded. */
const ROUNDING = 2 ** -22;
/** The smallest of them above 0. */
const SMALLEST = 2 ** -149;

/**
 * The kernel and bias that compute the difference of a pair's outputs, from weights in float64: run on the pair's input
 * they show that difference without the rounding that two separate sums would add. Undefined where there is none.
 * @throws CheckpointError on a variance that is negative or not a number
 */
export function excessOf({ a, b }: PairedConvolution): Excess | undefined {
  const excess = subtract(a.weights(), b.weights());
  const isNone = [excess.kernel, excess.bias].every((values) => values.every((value) => value === 0));
  return isNone ? undefined : excess;
}

function subtract(own: Fused, other: Fused): Excess {
  const isNear = (value: number, another: number): boolean =>
    Math.abs(value - another) <= ROUNDING * Math.abs(value) + SMALLEST;
  const isRounding = Array.from(own.bias, (value, i) => isNear(value, item(other.bias, i)));
  own.kernel.forEach((value, i) => {
    // The channels lie innermost.
    if (!isNear(value, item(other.kernel, i))) isRounding[i % isRounding.length] = false;
  });
  return {
    shape: own.shape,
    kernel: Float32Array.from(own.kernel, (value, i) => value - item(other.kernel, i)),
    bias: Float32Array.from(own.bias, (value, i) => value - item(other.bias, i)),
    isRounding,
  };
}
