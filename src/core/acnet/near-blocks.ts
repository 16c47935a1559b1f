import { inputOf } from '../graph/node';
import { consumersOf } from '../graph/build';
import type { Graph, GraphNode, NodeOf } from '../graph/graph';
import { lookupOf, type Lookup } from '../graph/lookup';
import type { AcbBlock } from './types';
import { convWindow, inputSizeOf, needsInputSize } from './window';

/** A sum of a square, a horizontal and a vertical convolution that does not compute what an ACB does. */
export interface NearBlock {
  /** The square convolution. */
  readonly name: string;
  readonly reason: string;
}

type Conv = NodeOf<'conv2d'>;

/** Sums that look like ACBs but are not, each with what is in the way. @param blocks those that are. */
export function nearBlocks(graph: Graph, blocks: readonly AcbBlock[]): NearBlock[] {
  const found = new Set(blocks.map(({ sum }) => sum.name));
  const lookup = lookupOf(graph);
  const readers = consumersOf(graph);
  return graph.nodes.flatMap((sum) => {
    if (sum.op !== 'add' || sum.inputs.length !== 3 || found.has(sum.name)) return [];
    const nodes = sum.inputs.flatMap((value) => normsAndMaker(value, lookup));
    const convs = nodes.filter((node) => node.op === 'conv2d');
    const branches = branchesOf(convs);
    if (!branches) return [];
    const isRead = ({ outputs }: GraphNode): boolean =>
      outputs.some((value) => lookup.isOutput(value) || (readers.get(value)?.length ?? 0) > 1);
    const reason = nodes.some(isRead)
      ? 'what a branch makes is read elsewhere too'
      : reasonOf(branches, graph);
    return [{ name: branches.square.name, reason }];
  });
}

/** No branch that looks like a block's has more batch norms one behind the other. */
const MOST_NORMS = 16;

/** The batch norms that make a value, and what is before them. */
function normsAndMaker(value: string, { maker }: Lookup): GraphNode[] {
  const nodes: GraphNode[] = [];
  for (let node = maker(value); node && nodes.length <= MOST_NORMS; node = maker(inputOf(node))) {
    nodes.push(node);
    if (node.op !== 'batchNorm') break;
  }
  return nodes;
}

interface Branches {
  readonly square: Conv;
  readonly horizontal: Conv;
  readonly vertical: Conv;
}

function branchesOf(convs: readonly Conv[]): Branches | undefined {
  const like = (fits: (height: number, width: number) => boolean): Conv | undefined =>
    convs.find(({ attributes }) => fits(...attributes.kernelSize));
  const square = like((h, w) => h > 1 && w > 1);
  const horizontal = like((h, w) => h === 1 && w > 1);
  const vertical = like((h, w) => h > 1 && w === 1);
  return square && horizontal && vertical ? { square, horizontal, vertical } : undefined;
}

function reasonOf({ square, horizontal, vertical }: Branches, graph: Graph): string {
  const { kernelSize: kernel, strides, filters, groups } = square.attributes;
  const others = [horizontal.attributes, vertical.attributes];
  if (horizontal.attributes.kernelSize[1] !== kernel[1] || vertical.attributes.kernelSize[0] !== kernel[0]) {
    const sizes = others.map(({ kernelSize }) => kernelSize.join(' × ')).join(' and ');
    return `its ${sizes} kernels are not as long as the ${kernel.join(' × ')} one`;
  }
  if (others.some((other) => other.filters !== filters || other.groups !== groups)) {
    return 'its branches differ in filters or groups';
  }
  if (needsInputSize(convWindow(square), inputSizeOf(square, graph.shapes))) {
    return 'input size unknown: "same" padding with a stride depends on it; pass --input-size';
  }
  if (others.some((other) => other.strides.join() !== strides.join())) return 'its branches differ in stride';
  return 'its branches see no row or column of the square window, or hold weights that are used elsewhere';
}
