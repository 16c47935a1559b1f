import { outputOf } from '../graph/node';
import type { Graph, GraphNode, NodeOf } from '../graph/graph';
import type { Padding, Pair, Sides } from '../graph/padding';
import type { Rewriting } from './rewrite';
import { behindSelector, selectorNode, shortAxis } from './selector';
import {
  branchWindow,
  convWindow,
  cutFor,
  inputSizeOf,
  isNone,
  minus,
  positivePart,
  resolvedSides,
  sameSides,
  type ConvWindow,
  type Direction,
} from './window';

/** A call of a convolution whose branches are to be aligned, and what it reads now. */
export interface Aligning {
  /** The layer's name. */
  readonly name: string;
  readonly conv: NodeOf<'conv2d'>;
  /** All calls of the layer: they get the same branches, so one way of aligning must do for all. */
  readonly calls: ReadonlyArray<NodeOf<'conv2d'>>;
  readonly input: string;
  /** Channels it reads. */
  readonly channels: number;
  /** Shapes of the network before the conversion. */
  readonly shapes: Graph['shapes'];
  readonly rewrite: Rewriting;
}

/** How a branch reads: nodes to put in before it, the value they make, and how the branch slides over that. */
export interface AlignedInput {
  readonly nodes: readonly GraphNode[];
  readonly value: string;
  readonly window: { readonly padding: Padding; readonly strides?: Pair; readonly dilations?: Pair };
}

/** Aligns the branches of one convolution, which may share the padding before them. */
export interface Aligner {
  /** @param stem start of the names of new nodes. @param index row or column on which the branch lands. */
  align(direction: Direction, index: number, stem: string): AlignedInput;
  /** Padding that a branch asked for; goes before both. */
  readonly shared: readonly GraphNode[];
}

/**
 * What branches read so that their windows coincide with the square one on a row or column. Plain padding where that
 * gives the same; else the padded input with the other rows cut away; where the padding depends on an unknown size, a
 * selector.
 */
export function alignerFor(aligning: Aligning): Aligner {
  const { name, conv, calls, input, shapes, rewrite } = aligning;
  const square = convWindow(conv);
  const sizes = sizesOf(calls, shapes);
  const isKnown = sizes.every((size) => resolvedSides(square, size));
  const zeros = isKnown ? resolvedSides(square, inputSizeOf(conv, shapes)) : undefined;
  const made: NodeOf<'zeroPadding'>[] = [];

  const padded = (sides: Sides): string => {
    if (isNone(sides)) return input;
    const pad = made.at(0) ?? sided('zeroPadding', rewrite.freeName(`${name}_acb_pad`), input, sides);
    if (made.length === 0) made.push(pad);
    return outputOf(pad);
  };
  const cropped = (value: string, cut: Sides, stem: string, padding: Padding): AlignedInput => {
    const node = sided('cropping', rewrite.freeName(`${stem}_crop`), value, cut);
    return { nodes: [node], value: outputOf(node), window: { padding } };
  };
  const plain = (padding: Padding): AlignedInput => ({ nodes: [], value: input, window: { padding } });

  return {
    shared: made,
    align(direction, index, stem) {
      const cut = cutFor(square, direction, index);
      if (square.padding === 'valid') return cropped(input, cut, stem, 'valid');
      if (square.padding === 'same') {
        if (sizes.every((size) => startsAlike(square, size, direction, index))) return plain('same');
        return zeros
          ? cropped(padded(zeros), cut, stem, 'valid')
          : selected(aligning, direction, index, stem);
      }
      // Zeros on each side: what is left of them, unless more is cut than they are. The image may be smaller than the
      // cut, so zeros come first then.
      const net = minus(square.padding, cut);
      return sameSides(positivePart(net), net)
        ? plain(net)
        : cropped(padded(square.padding), cut, stem, 'valid');
    },
  };
}

type Size = ReturnType<typeof inputSizeOf>;

const sizesOfLayers = new WeakMap<Aligning['calls'], readonly Size[]>();

/** The different sizes that a layer is called with; looked for once, not for each call. */
function sizesOf(calls: Aligning['calls'], shapes: Graph['shapes']): readonly Size[] {
  const found = sizesOfLayers.get(calls) ?? [
    ...new Map(calls.map((call) => inputSizeOf(call, shapes)).map((size) => [size.join(), size])).values(),
  ];
  sizesOfLayers.set(calls, found);
  return found;
}

/**
 * Do the windows of a branch with "same" padding start where the square ones do on its row? There are as many of them,
 * and along the long axis they are the same, so it is enough to look at the short one.
 */
function startsAlike(
  square: ConvWindow,
  size: readonly [number | null, number | null],
  direction: Direction,
  index: number,
): boolean {
  const axis = shortAxis(direction);
  // The other axis has no say, so any size stands in for an unknown one.
  const known = axis === 0 ? ([size[0], size[1] ?? 1] as const) : ([size[0] ?? 1, size[1]] as const);
  const whole = resolvedSides(square, known);
  const own = resolvedSides(branchWindow(square, direction), known);
  if (!whole || !own) return false;
  const net = minus(whole, cutFor(square, direction, index));
  return axis === 0 ? own.top === net.top : own.left === net.left;
}

function selected(
  { conv, input, channels, rewrite }: Aligning,
  direction: Direction,
  index: number,
  stem: string,
): AlignedInput {
  const square = convWindow(conv);
  const name = rewrite.freeName(`${stem}_sel`);
  const { node, kernel } = selectorNode(name, input, { direction, square, index, channels });
  rewrite.setTensor(kernel);
  return { nodes: [node], value: name, window: behindSelector(square, direction) };
}

function sided<T extends 'zeroPadding' | 'cropping'>(op: T, name: string, input: string, sides: Sides) {
  return { name, op, attributes: { sides }, inputs: [input], outputs: [name], parameters: {} };
}
