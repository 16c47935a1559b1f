import type { Checkpoint } from '../../../checkpoint';
import { UnsupportedError } from '../../../errors';
import type { GraphParts } from '../../../graph/build';
import type { Graph, GraphNode, NodeOf } from '../../../graph/graph';
import { inputOf, outputOf, tensorNameOf } from '../../../graph/node';
import type { OpType } from '../../../graph/ops';
import { describeShape } from '../../../graph/ops/image';
import type { ValueShape } from '../../../graph/shape';
import {
  extent,
  NO_PADDING,
  resolvePadding,
  type Padding,
  type Pair,
  type Sides,
} from '../../../graph/padding';

/**
 * A graph with what Keras layers cannot say put otherwise: zeros on chosen sides as "same" where that is the same, else
 * as a layer of their own; what a transposed convolution lacks on chosen sides cut off after it; one group per channel as
 * a depthwise layer.
 * @throws UnsupportedError naming the node for which there is no other way.
 */
export function stockForm(
  { graph, tensors }: Checkpoint & { readonly graph: Graph },
  hardSigmoid: HardSigmoidSlope,
): GraphParts {
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((value) => [value, node] as const)));
  const taken = new Set(graph.nodes.map(({ name }) => name));
  const freeName = (wanted: string): string => {
    let name = wanted;
    for (let i = 2; taken.has(name); i++) name = `${wanted}_${i}`;
    taken.add(name);
    return name;
  };
  const padded = (node: NodeOf<'conv2d'> | NodeOf<'maxPool'>, padding: Padding): GraphNode[] => {
    if (typeof padding === 'string') return [withPadding(node, padding)];
    if (isSame(node, padding, graph)) return [withPadding(node, 'same')];
    const name = freeName(`${node.name}_pad`);
    const pad: NodeOf<'zeroPadding'> = {
      name,
      op: 'zeroPadding',
      attributes: { sides: padding },
      inputs: node.inputs,
      outputs: [name],
      parameters: {},
    };
    return [pad, { ...withPadding(node, 'valid'), inputs: [name] }];
  };
  const nodes = graph.nodes.flatMap((node): GraphNode[] => {
    const own = withoutOrigin(node);
    if (own.op === 'conv2d') return padded(asDepthwise(own, tensors), own.attributes.padding);
    if (own.op === 'conv2dTranspose') return cutBehind(own, freeName);
    if (own.op === 'hardSigmoid') return asHardSigmoid(own, hardSigmoid, freeName);
    if (own.op === 'slice') return asCropping(own, graph, freeName);
    if (own.op === 'averagePool') return [pooled(own, graph)];
    if (own.op !== 'maxPool') return [own];
    const { padding } = own.attributes;
    const isZeroLowest = ABOVE_ZERO.has(makers.get(inputOf(own))?.op ?? 'input');
    if (typeof padding === 'string' || isSame(own, padding, graph) || isZeroLowest)
      return padded(own, padding);
    throw noPadding(own);
  });
  return { nodes, outputs: graph.outputs };
}

/** The slope of what a format calls `hard_sigmoid`: 1/6 since Keras 3, 0.2 before and in TensorFlow.js. */
export type HardSigmoidSlope = 0.2 | 'sixth';

/** A hard sigmoid of another slope than the format's is a line that is cut off at 0 and 1. */
function asHardSigmoid(
  node: NodeOf<'hardSigmoid'>,
  meant: HardSigmoidSlope,
  freeName: (wanted: string) => string,
): GraphNode[] {
  const { slope } = node.attributes;
  if ((slope ?? 'sixth') === meant) return [node];
  const name = freeName(`${node.name}_line`);
  const line: NodeOf<'rescaling'> = {
    name,
    op: 'rescaling',
    attributes: { scale: [slope ?? 1 / 6], offset: [0.5] },
    inputs: node.inputs,
    outputs: [name],
    parameters: {},
  };
  const cut: NodeOf<'boundedRelu'> = {
    ...node,
    op: 'boundedRelu',
    attributes: { maxValue: 1, negativeSlope: 0, threshold: 0 },
    inputs: [name],
  };
  return [line, cut];
}

/** Operators that give no negative number, so that a zero beside is as good as nothing for a maximum. */
const ABOVE_ZERO: ReadonlySet<OpType> = new Set<OpType>([
  'relu',
  'relu6',
  'sigmoid',
  'softmax',
  'softplus',
  'hardSigmoid',
]);

function withoutOrigin(node: GraphNode): GraphNode {
  const { origin: _origin, ...rest } = node;
  return rest;
}

/** All that a transposed convolution's kernel reaches, and a layer that cuts off the sides. */
function cutBehind(node: NodeOf<'conv2dTranspose'>, freeName: (wanted: string) => string): GraphNode[] {
  const { padding, outputPadding, kernelSize, strides, dilations } = node.attributes;
  if (typeof padding === 'string') return [node];
  const added = outputPadding ?? [0, 0];
  const { top, left } = padding;
  // What is added lies at the same end as what is cut there.
  const bottom = Math.max(0, padding.bottom - added[0]);
  const right = Math.max(0, padding.right - added[1]);
  const rest: Pair = [Math.max(0, added[0] - padding.bottom), Math.max(0, added[1] - padding.right)];
  const isLeast = ([0, 1] as const).every(
    (axis) => rest[axis] === 0 && extent(kernelSize[axis], dilations[axis]) >= strides[axis],
  );
  const whole = freeName(`${node.name}_whole`);
  const cut: NodeOf<'cropping'> = {
    name: freeName(`${node.name}_cut`),
    op: 'cropping',
    attributes: { sides: { top, bottom, left, right } },
    inputs: [whole],
    outputs: node.outputs,
    parameters: {},
  };
  const attributes = { ...node.attributes, padding: 'valid', outputPadding: isLeast ? null : rest } as const;
  return [{ ...node, attributes, outputs: [whole] }, cut];
}

/**
 * Keras has layers that cut only rows and columns of images: other axes are made such.
 * @throws UnsupportedError for values of more axes
 */
function asCropping(node: NodeOf<'slice'>, graph: Graph, freeName: (wanted: string) => string): GraphNode[] {
  const { axis, before, after } = node.attributes;
  const shape = graph.shapes.get(inputOf(node)) ?? [];
  const crop = (
    inputs: readonly string[],
    output: string,
    name: string,
    isRow: boolean,
  ): NodeOf<'cropping'> => {
    const sides = isRow
      ? { ...NO_PADDING, top: before, bottom: after }
      : { ...NO_PADDING, left: before, right: after };
    return { name, op: 'cropping', attributes: { sides }, inputs, outputs: [output], parameters: {} };
  };
  const output = outputOf(node);
  if (shape.length === 4 && axis < 3) return [crop(node.inputs, output, node.name, axis === 1)];
  const [made, cut] = [freeName(`${node.name}_image`), freeName(`${node.name}_cut`)];
  const turn = shape.length === 4;
  const sizes = (dims: ValueShape): number[] => dims.slice(1).map((dim) => dim ?? -1);
  const image = sizes([...shape, ...new Array<number>(4 - Math.min(shape.length, 4)).fill(1)]);
  const result = sizes(graph.shapes.get(output) ?? []);
  if (shape.length > 4 || image.filter((dim) => dim === -1).length > 1) {
    throw new UnsupportedError('Keras has no layer that takes a part of such a value', {
      where: node.name,
      found: describeShape(shape),
    });
  }
  const step = (
    name: string,
    from: string,
    to: string,
    shape: readonly number[],
    order: readonly number[],
  ): GraphNode =>
    turn
      ? { name, op: 'permute', attributes: { order }, inputs: [from], outputs: [to], parameters: {} }
      : { name, op: 'reshape', attributes: { shape }, inputs: [from], outputs: [to], parameters: {} };
  return [
    step(made, inputOf(node), made, image, [3, 1, 2]),
    crop([made], cut, cut, turn || axis === 1),
    step(node.name, cut, output, result, [2, 3, 1]),
  ];
}

type Windowed = NodeOf<'conv2d'> | NodeOf<'maxPool'> | NodeOf<'averagePool'>;

function withPadding<T extends Windowed>(node: T, padding: Padding): T {
  return { ...node, attributes: { ...node.attributes, padding } };
}

function asDepthwise(node: NodeOf<'conv2d'>, tensors: Checkpoint['tensors']): NodeOf<'conv2d'> {
  const { groups, filters, strides, dilations } = node.attributes;
  const perGroup = tensors.get(tensorNameOf(node, 'kernel'))?.shape[2];
  // TensorFlow's depthwise convolution has one stride for both axes, and none together with a dilation.
  const isPlain = strides[0] === strides[1] && (strides[0] === 1 || Math.max(...dilations) === 1);
  if (groups === 1 || perGroup !== 1 || filters % groups !== 0 || !isPlain) return node;
  return { ...node, attributes: { ...node.attributes, depthwise: true } };
}

function pooled(node: NodeOf<'averagePool'>, graph: Graph): NodeOf<'averagePool'> {
  const { padding } = node.attributes;
  if (typeof padding === 'string') return node;
  // Neither counts what lies outside.
  if (isSame(node, padding, graph)) return withPadding(node, 'same');
  throw noPadding(node);
}

/** Are zeros on each side those of "same"? With stride 1 whatever the size is. */
function isSame(node: Windowed, sides: Sides, graph: Graph): boolean {
  const { attributes } = node;
  const [kernel, dilation]: readonly [Pair, Pair] =
    'kernelSize' in attributes
      ? [attributes.kernelSize, attributes.dilations]
      : [attributes.poolSize, [1, 1]];
  const stride = attributes.strides;
  const shape = graph.shapes.get(inputOf(node));
  const size = [0, 1].map((axis) => shape?.[axis + 1] ?? (stride[axis] === 1 ? 1 : undefined));
  const [height, width] = size;
  if (height === undefined || width === undefined) return false;
  const same = resolvePadding('same', [height, width], { kernel, stride, dilation });
  return (['top', 'bottom', 'left', 'right'] as const).every((side) => same[side] === sides[side]);
}

function noPadding({ name, op }: GraphNode): UnsupportedError {
  return new UnsupportedError('Keras has no pooling with this padding', {
    where: name,
    found: op,
    expected: 'zeros as "same" has them',
  });
}
