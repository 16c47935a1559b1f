import type { Graph, GraphNode, NodeOf } from '../../graph/graph';
import { inputOf, outputOf } from '../../graph/node';
import { lookupOf, type Lookup } from '../../graph/lookup';
import { NO_PADDING, type Sides } from '../../graph/padding';
import { join, type BlockNote } from './units';

/** A block of the network that is to be written, by the names that a conversion gives. */
export interface NamedBlock {
  /** The convolution's name, and what the reference code's keys begin with. */
  readonly name: string;
  /** The batch norm behind its square convolution. */
  readonly norm?: NodeOf<'batchNorm'>;
  readonly row: number;
  readonly column: number;
}

/** Suffix of a node's name to the part of the reference code's keys. */
const PARTS: Readonly<Record<string, string>> = {
  hor: 'hor_conv',
  ver: 'ver_conv',
  hor_bn: 'hor_bn',
  ver_bn: 'ver_bn',
};

/** Blocks of a network by the name of the square convolution. */
export function namedBlocks(graph: Graph): ReadonlyMap<string, NamedBlock> {
  const { nodes } = graph;
  const { node: named, maker: makerOf } = lookupOf(graph);
  const verticals = firstOf(nodes, (node) => (isVertical(node) ? sideOf(node.name)?.block : undefined));
  const norms = firstOf(nodes, (node) => (node.op === 'batchNorm' ? node.inputs[0] : undefined));
  const blocks = new Map<string, NamedBlock>();
  for (const node of nodes) {
    const name = /^(.*)_acb_hor(_\d+)?$/.exec(node.name)?.[1];
    const square = name === undefined ? undefined : named(name);
    const vertical = verticals.get(name ?? '');
    if (node.op !== 'conv2d' || square?.op !== 'conv2d' || vertical?.op !== 'conv2d') continue;
    const norm = norms.get(outputOf(square));
    const whole = zerosBefore(square, makerOf);
    const rows = whole.top - zerosBefore(node, makerOf).top;
    const columns = whole.left - zerosBefore(vertical, makerOf).left;
    blocks.set(square.name, {
      name: square.name,
      ...(norm?.op === 'batchNorm' ? { norm } : {}),
      row: rows / square.attributes.dilations[0],
      column: columns / square.attributes.dilations[1],
    });
  }
  return blocks;
}

/** The first node with each key; those without are left out. */
function firstOf(
  nodes: readonly GraphNode[],
  keyOf: (node: GraphNode) => string | undefined,
): ReadonlyMap<string, GraphNode> {
  const first = new Map<string, GraphNode>();
  for (const node of nodes) {
    const key = keyOf(node);
    if (key !== undefined && !first.has(key)) first.set(key, node);
  }
  return first;
}

function isVertical({ name, op }: GraphNode): boolean {
  return op === 'conv2d' && sideOf(name)?.part === 'ver_conv';
}

/** Which part of which block a node's name says it is. */
export function sideOf(node: string): { readonly block: string; readonly part: string } | undefined {
  const [, block, suffix = ''] = /^(.*)_acb_((?:hor|ver)(?:_bn)?)(?:_\d+)?$/.exec(node) ?? [];
  const part = PARTS[suffix];
  return block === undefined || part === undefined ? undefined : { block, part };
}

/** Zeros around a convolution's input, those of padding and (negative) cropping before it included. */
function zerosBefore(conv: NodeOf<'conv2d'>, makerOf: Lookup['maker']): Sides {
  const { padding } = conv.attributes;
  let total = typeof padding === 'string' ? NO_PADDING : padding;
  for (let maker = makerOf(inputOf(conv)); maker; maker = makerOf(inputOf(maker))) {
    if (maker.op !== 'zeroPadding' && maker.op !== 'cropping') break;
    const sign = maker.op === 'cropping' ? -1 : 1;
    const { top, left } = maker.attributes.sides;
    total = { ...total, top: total.top + sign * top, left: total.left + sign * left };
  }
  return total;
}

/**
 * What is noted of a block.
 * @param note what was noted before
 * @param isAssumed whether nothing says where it lands
 */
export function noteOf(
  { norm, row, column }: NamedBlock,
  note: BlockNote | undefined,
  isAssumed: boolean,
): BlockNote {
  const absorbed = norm && !/_acb_bn(_\d+)?$/.test(norm.name) ? norm.name : null;
  const own = note?.norm ?? absorbed;
  return isAssumed ? { norm: own } : { norm: own, place: [row, column] };
}

/** The parts of a block that a fusion leaves nothing of. */
export function lostParts(block: string): string[] {
  return ['hor_conv', 'hor_bn', 'ver_conv', 'ver_bn', 'fused_conv'].map((part) => join(block, part));
}
