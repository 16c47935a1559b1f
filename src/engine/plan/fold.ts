import { findBlocks } from '../../core/acnet/blocks';
import type { AcbBlock, Branch } from '../../core/acnet/types';
import { consumersOf } from '../../core/graph/build';
import type { Graph, GraphNode, NodeOf } from '../../core/graph/graph';
import { inOrder, lookupOf } from '../../core/graph/lookup';
import { NO_PADDING, type Sides } from '../../core/graph/padding';

/** Convolutions and batch norms that one convolution computes once statistics are fixed. */
export interface Fold {
  /** The convolution whose window and input the one has. */
  readonly conv: NodeOf<'conv2d'>;
  /** One of a convolution with its batch norm, three of a block. */
  readonly branches: readonly PlacedBranch[];
  /** The convolutions and batch norms, in graph order. */
  readonly members: readonly GraphNode[];
  /** The node whose output the one convolution makes. */
  readonly last: GraphNode;
}

/** A branch, and the zeros around its kernel that make it as large as the fold's. */
export interface PlacedBranch extends Branch {
  readonly sides: Sides;
}

/**
 * What can be folded: every block, and every batch norm right behind a convolution. Nothing is folded whose inner
 * values are among `wanted`.
 */
export function findFolds(graph: Graph, wanted: readonly string[]): Fold[] {
  const hidden = (folds: Fold[]): Fold[] =>
    folds.filter(({ members, last }) =>
      members.every((node) => node === last || !node.outputs.some((value) => wanted.includes(value))),
    );
  const blocks = hidden(findBlocks(graph).map((block) => foldOfBlock(block, graph)));
  const taken = new Set(blocks.flatMap(({ members }) => members));
  return [...blocks, ...hidden(findPairs(graph).filter(({ conv }) => !taken.has(conv)))];
}

function foldOfBlock({ square, horizontal, vertical, sum, row, column }: AcbBlock, graph: Graph): Fold {
  const [height, width] = square.conv.attributes.kernelSize;
  const branches = [
    { ...square, sides: NO_PADDING },
    { ...horizontal, sides: { ...NO_PADDING, top: row, bottom: height - 1 - row } },
    { ...vertical, sides: { ...NO_PADDING, left: column, right: width - 1 - column } },
  ];
  const inside = new Set<GraphNode>(branches.flatMap(({ conv, batchNorm }) => [conv, batchNorm ?? conv]));
  return {
    conv: square.conv,
    branches,
    members: inOrder(inside, graph),
    last: sum,
  };
}

function findPairs(graph: Graph): Fold[] {
  const makers = new Map(graph.nodes.map((node) => [node.outputs[0], node]));
  const consumers = consumersOf(graph);
  return graph.nodes.flatMap((batchNorm) => {
    if (batchNorm.op !== 'batchNorm') return [];
    const [value] = batchNorm.inputs;
    const conv = makers.get(value);
    const isPrivate = consumers.get(value)?.length === 1 && !lookupOf(graph).isOutput(value);
    if (conv?.op !== 'conv2d' || !isPrivate) return [];
    const branches = [{ conv, batchNorm, sides: NO_PADDING }];
    return [{ conv, branches, members: [conv, batchNorm], last: batchNorm }];
  });
}
