import { inputOf, outputOf } from '../graph/node';
import { consumersOf } from '../graph/build';
import type { Graph, GraphNode, NodeOf } from '../graph/graph';
import { lookupOf } from '../graph/lookup';
import { NO_PADDING, type Pair, type Sides } from '../graph/padding';
import type { Dim } from '../graph/shape';
import type { TensorRef } from '../tensor/tensor';
import { behindSelector, selectedIndex, shortAxis } from './selector';
import { isSameLayer, ownersOf } from './shared';
import type { AcbBlock, Branch } from './types';
import {
  branchWindow,
  convWindow,
  cutFor,
  isNone,
  minus,
  plus,
  resolvedSides,
  sameSides,
  sameStart,
  type Direction,
} from './window';
import { addTo } from '../../shared/groups';

type Tensors = ReadonlyMap<string, TensorRef>;

/** A branch with the padding and cropping nodes before it. */
interface Traced extends Branch {
  /** From the convolution's input upwards: each value and the node that made it, if it pads or crops. */
  readonly path: readonly Step[];
}

interface Step {
  readonly value: string;
  /** The padding, cropping or selector that makes `value`; absent at the top. */
  readonly maker?: NodeOf<'zeroPadding'> | NodeOf<'cropping'> | NodeOf<'conv2d'>;
}

/** Lookups over one graph. */
interface Context {
  readonly graph: Graph;
  readonly tensors: Tensors;
  readonly makers: ReadonlyMap<string, GraphNode>;
  readonly consumers: ReadonlyMap<string, readonly GraphNode[]>;
}

/**
 * Every ACB of a graph, recognised only by its structure: a sum of exactly three convolutions k_h×k_w, 1×k_w and k_h×1, each
 * with a batch norm or none, on one input, whose windows coincide on one row and one column.
 * @param tensors where the kernels of row selectors are read; without them a block that has some is not recognised.
 */
export function findBlocks(graph: Graph, tensors: Tensors = new Map()): AcbBlock[] {
  const context: Context = {
    graph,
    tensors,
    makers: new Map(graph.nodes.flatMap((node) => node.outputs.map((value) => [value, node] as const))),
    consumers: consumersOf(graph),
  };
  const blocks = graph.nodes.flatMap((node) => (node.op === 'add' ? (blockOf(node, context) ?? []) : []));
  return wholeBlocks(blocks, graph);
}

/**
 * Blocks that hold their weights for themselves. Several calls of one block are fine: then every call of each of its
 * layers is in one of them, in the same place.
 */
function wholeBlocks(blocks: readonly AcbBlock[], graph: Graph): AcbBlock[] {
  const owners = ownersOf(graph);
  const calls = new Map<string, AcbBlock[]>();
  for (const block of blocks) {
    const { kernel } = block.square.conv.parameters;
    addTo(calls, kernel, block);
  }
  const isWhole = (group: readonly AcbBlock[]): boolean => {
    const places = group.map(layersOf);
    return (places.at(0) ?? []).every((layer, i) => {
      const nodes = places.map((place) => place.at(i));
      const users = Object.values(layer?.parameters ?? {}).map((name) => owners.get(name) ?? []);
      return (
        nodes.every((node) => (node && layer ? isSameLayer(node, layer) : node === layer)) &&
        users.every(({ length }) => length === group.length)
      );
    });
  };
  const lands = (group: readonly AcbBlock[]): boolean =>
    group.every(({ row, column }) => row === group.at(0)?.row && column === group.at(0)?.column);
  const whole = new Set([...calls.values()].filter((group) => isWhole(group) && lands(group)).flat());
  return blocks.filter((block) => whole.has(block));
}

function layersOf({ square, horizontal, vertical }: AcbBlock): (GraphNode | undefined)[] {
  return [square, horizontal, vertical].flatMap(({ conv, batchNorm }) => [conv, batchNorm]);
}

function blockOf(sum: NodeOf<'add'>, context: Context): AcbBlock | undefined {
  if (sum.inputs.length !== 3) return undefined;
  const traced = sum.inputs.map((value) => trace(value, context));
  const square = traced.find((branch) => branch && isKernel(branch, (h, w) => h > 1 && w > 1));
  if (!square) return undefined;
  const [height, width] = square.conv.attributes.kernelSize;
  const horizontal = traced.find((branch) => branch && isKernel(branch, (h, w) => h === 1 && w === width));
  const vertical = traced.find((branch) => branch && isKernel(branch, (h, w) => h === height && w === 1));
  if (!horizontal || !vertical) return undefined;
  const input = commonInput(square, horizontal, vertical);
  if (input === undefined) return undefined;
  const row = landingOf(square, horizontal, 'horizontal', input, context);
  const column = landingOf(square, vertical, 'vertical', input, context);
  if (row === undefined || column === undefined) return undefined;
  const nodes = nodesOf(sum, [square, horizontal, vertical], input, context);
  return {
    square: branchOf(square),
    horizontal: branchOf(horizontal),
    vertical: branchOf(vertical),
    sum,
    row,
    column,
    nodes,
    input,
  };
}

function isKernel(branch: Branch, fits: (height: number, width: number) => boolean): boolean {
  return fits(...branch.conv.attributes.kernelSize);
}

function branchOf({ conv, batchNorm }: Traced): Branch {
  return batchNorm ? { conv, batchNorm } : { conv };
}

/** Follows a summand back to its convolution and through the padding before it. */
function trace(value: string, context: Context): Traced | undefined {
  const end = privateMaker(value, context);
  const batchNorm = end?.op === 'batchNorm' ? end : undefined;
  const conv = batchNorm ? privateMaker(inputOf(batchNorm), context) : end;
  if (conv?.op !== 'conv2d') return undefined;
  const path = pathTo(conv, context);
  return batchNorm ? { conv, batchNorm, path } : { conv, path };
}

/** Paddings and croppings one behind the other before a branch; conversions make two. */
const LONGEST_PATH = 16;

function pathTo(conv: NodeOf<'conv2d'>, { makers }: Context): Step[] {
  const path: Step[] = [];
  let value = inputOf(conv);
  for (;;) {
    const maker = makers.get(value);
    const selects = maker?.op === 'conv2d' && path.length === 0 && mayBeSelector(maker);
    const shifts = (maker?.op === 'zeroPadding' || maker?.op === 'cropping') && path.length < LONGEST_PATH;
    if (!maker || !(shifts || selects)) return [...path, { value }];
    path.push({ value, maker });
    value = inputOf(maker);
    if (selects) return [...path, { value }];
  }
}

function mayBeSelector({ attributes: { kernelSize, groups, filters } }: NodeOf<'conv2d'>): boolean {
  return Math.min(...kernelSize) === 1 && groups === filters;
}

/** The node that makes a value which is read once and is not an output of the network. */
function privateMaker(value: string, { makers, consumers, graph }: Context): GraphNode | undefined {
  const readers = consumers.get(value) ?? [];
  return readers.length === 1 && !lookupOf(graph).isOutput(value) ? makers.get(value) : undefined;
}

/** The value nearest to the square convolution from which all three read. */
function commonInput(square: Traced, ...others: readonly Traced[]): string | undefined {
  return square.path
    .map(({ value }) => value)
    .find((value) => others.every(({ path }) => path.some((step) => step.value === value)));
}

/**
 * Row (or column) of the square kernel on which a branch lands: the one for which the branch sees exactly
 * the window's slice there. Undefined when there is none.
 */
function landingOf(
  square: Traced,
  branch: Traced,
  direction: Direction,
  input: string,
  context: Context,
): number | undefined {
  const { graph } = context;
  const window = convWindow(square.conv);
  const selector = branch.path.at(0)?.maker;
  if (selector?.op === 'conv2d') return selectedLanding(square, branch, selector, direction, context);
  if (!slidesAlike(square.conv, branch.conv, direction)) return undefined;
  // Along its long axis a "same" branch on the same value is padded as the square is, whatever the size.
  const any = arePaddedAlike(square, branch) ? 1 - shortAxis(direction) : undefined;
  const whole = sidesFrom(square, input, graph, any);
  const part = sidesFrom(branch, input, graph, any);
  if (!whole || !part) return undefined;
  const axis = direction === 'horizontal' ? 0 : 1;
  const coincides = isSized(branch.conv, graph) ? sameStart : sameSides;
  for (let index = 0; index < window.kernel[axis]; index++) {
    if (coincides(part, minus(whole, cutFor(window, direction, index)))) return index;
  }
  return undefined;
}

function arePaddedAlike(square: Traced, branch: Traced): boolean {
  const starts = new Set([square, branch].map(({ path }) => path.at(0)?.value));
  return isSame(square.conv) && isSame(branch.conv) && starts.size === 1;
}

/** The row that a selector before a branch picks, if selector and branch together slide as the square does. */
function selectedLanding(
  square: Traced,
  branch: Traced,
  selector: NodeOf<'conv2d'>,
  direction: Direction,
  { tensors }: Context,
): number | undefined {
  const window = convWindow(square.conv);
  const short = shortAxis(direction);
  const rest = behindSelector(window, direction);
  const { attributes: picks } = selector;
  const { attributes: slides } = branch.conv;
  const fits =
    inputOf(selector) === inputOf(square.conv) &&
    [window.padding, picks.padding, slides.padding].every((padding) => padding === 'same') &&
    picks.kernelSize[short] === window.kernel[short] &&
    picks.strides[short] === window.stride[short] &&
    picks.strides[1 - short] === 1 &&
    picks.dilations[short] === window.dilation[short] &&
    samePair(slides.kernelSize, branchWindow(window, direction).kernel) &&
    samePair(slides.strides, rest.strides) &&
    slides.dilations[1 - short] === window.dilation[1 - short] &&
    slides.filters === square.conv.attributes.filters &&
    slides.groups === square.conv.attributes.groups;
  return fits ? selectedIndex(selector, direction, tensors) : undefined;
}

/**
 * With a known size the summands are known to be equally large; windows that start alike then read alike,
 * whatever zeros lie behind the last one.
 */
function isSized(conv: NodeOf<'conv2d'>, graph: Graph): boolean {
  const shape = graph.shapes.get(outputOf(conv));
  return !!shape && shape[1] !== null && shape[2] !== null;
}

function slidesAlike(square: NodeOf<'conv2d'>, branch: NodeOf<'conv2d'>, direction: Direction): boolean {
  const a = square.attributes;
  const b = branch.attributes;
  // Along an axis of one position dilation has no meaning.
  const long = direction === 'horizontal' ? 1 : 0;
  return (
    a.filters === b.filters &&
    a.groups === b.groups &&
    a.strides[0] === b.strides[0] &&
    a.strides[1] === b.strides[1] &&
    a.dilations[long] === b.dilations[long] &&
    samePair(b.kernelSize, branchWindow(convWindow(square), direction).kernel)
  );
}

function isSame({ attributes }: NodeOf<'conv2d'>): boolean {
  return attributes.padding === 'same';
}

function samePair(a: Pair, b: Pair): boolean {
  return a[0] === b[0] && a[1] === b[1];
}

/**
 * Zeros (or, negative, cuts) around `input` as the convolution sees it. Undefined when unknown, or when zeros
 * follow a cut on one side: they then replace pixels and are not a plain shift.
 * @param any axis whose size does not matter
 */
function sidesFrom({ conv, path }: Traced, input: string, graph: Graph, any?: number): Sides | undefined {
  const end = path.findIndex(({ value }) => value === input);
  let total: Sides = NO_PADDING;
  let cut: Sides = NO_PADDING;
  for (const { maker } of path.slice(0, end).reverse()) {
    if (!maker || maker.op === 'conv2d') return undefined;
    const { sides } = maker.attributes;
    if (maker.op === 'cropping') cut = plus(cut, sides);
    else if (overlap(cut, sides)) return undefined;
    total = maker.op === 'cropping' ? minus(total, sides) : plus(total, sides);
  }
  const shape = graph.shapes.get(inputOf(conv));
  const size = (axis: number): Dim => shape?.[axis + 1] ?? (any === axis ? 1 : null);
  const own = resolvedSides(convWindow(conv), [size(0), size(1)]);
  return own && !overlap(cut, own) ? plus(total, own) : undefined;
}

function overlap(a: Sides, b: Sides): boolean {
  const both = {
    top: a.top * b.top,
    bottom: a.bottom * b.bottom,
    left: a.left * b.left,
    right: a.right * b.right,
  };
  return !isNone(both);
}

/** The block's nodes; padding before a branch belongs to it only if nobody else reads it. */
function nodesOf(
  sum: NodeOf<'add'>,
  branches: readonly Traced[],
  input: string,
  { graph, consumers }: Context,
): ReadonlySet<string> {
  const inside = new Set([sum.name]);
  for (const { conv, batchNorm } of branches) {
    inside.add(conv.name);
    if (batchNorm) inside.add(batchNorm.name);
  }
  const before = branches.flatMap(({ path }) =>
    path
      .slice(
        0,
        path.findIndex(({ value }) => value === input),
      )
      .flatMap(({ maker }) => maker ?? []),
  );
  // A shared padding comes last in the paths: go round until nothing is added.
  for (let grown = true; grown;) {
    const more = before.filter(
      (node) =>
        !inside.has(node.name) &&
        !lookupOf(graph).isOutput(outputOf(node)) &&
        (consumers.get(outputOf(node)) ?? []).every((reader) => inside.has(reader.name)),
    );
    more.forEach(({ name }) => inside.add(name));
    grown = more.length > 0;
  }
  const { place } = lookupOf(graph);
  return new Set([...inside].sort((a, b) => place(a) - place(b)));
}
