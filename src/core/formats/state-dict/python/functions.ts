import { pythonString } from '../../../../shared/sinks/python';
import type { GraphNode, NodeOf } from '../../../graph/graph';
import type { Conv2dTransposeAttributes } from '../../../graph/ops/conv2d-transpose';
import type { SliceAttributes } from '../../../graph/ops/slice';
import { extent, type Sides } from '../../../graph/padding';

/** A network, or a part of it, that is not put into words. Its message says why, to follow "because". */
export class NotInWords extends Error {}

/** A value of the generated forward pass. */
export interface Value {
  readonly name: string;
  /** For each axis of PyTorch's tensor, which axis of the graph's value it is. */
  readonly order: readonly number[];
}

/** Images are N × C × H × W in PyTorch; everything else lies as it does in the graph. */
export const IMAGE_ORDER: readonly number[] = [0, 3, 1, 2];

/** The order in which operators of PyTorch want a value of some rank. */
export function usualOrder(rank: number): readonly number[] {
  return rank === 4 ? IMAGE_ORDER : plainOrder(rank);
}

/** The order of a value whose axes lie as in the graph. */
export function plainOrder(rank: number): readonly number[] {
  return Array.from({ length: rank }, (_, axis) => axis);
}

/** Text for a value with its axes in another order. */
export function turned({ name, order }: Value, wanted: readonly number[]): string {
  if (order.join() === wanted.join()) return name;
  return `${name}.permute(${wanted.map((axis) => order.indexOf(axis)).join(', ')})`;
}

/** Sizes of a module's tensors by their keys below it. */
export type Shapes = ReadonlyMap<string, readonly number[]>;

/** A module put into words: what makes it, the tensors that it then has, and in which order of axes it wants its input. */
export interface ModuleWords {
  readonly made: string;
  readonly tensors: Shapes;
  readonly order: readonly number[];
}

/** What batch norms count batches in. Files from before PyTorch 0.4.1 have none, which loading allows. */
export const counter = 'num_batches_tracked';

/** γ and β, one for each channel, as a module has them. */
function affineShapes({ parameters }: GraphNode, channels: number): (readonly [string, readonly number[]])[] {
  const given = [...(parameters.gamma ? ['weight'] : []), ...(parameters.beta ? ['bias'] : [])];
  return given.map((key) => [key, [channels]] as const);
}

/** Says that a module has no γ and β; PyTorch's batch and group norms have both or none. */
function withoutAffine({ parameters, name }: GraphNode): string {
  if (!parameters.gamma !== !parameters.beta) {
    throw new NotInWords(`the norm ${name} has one of γ and β only`);
  }
  return parameters.gamma ? '' : ', affine=False';
}

/** Channels first, as all modules but linear layers and layer norms want them. */
export function channelsFirst(rank: number): readonly number[] {
  return [0, rank - 1, ...plainOrder(rank).slice(1, -1)];
}

/** A norm without tensors as a function of a value; undefined of one that is a module. */
export function normCall(node: GraphNode, channels: number, x: string): string | undefined {
  if (Object.keys(node.parameters).length > 0) return undefined;
  if (node.op === 'groupNorm') {
    return `F.group_norm(${x}, ${node.attributes.groups}, eps=${node.attributes.epsilon})`;
  }
  if (node.op === 'layerNorm') return `F.layer_norm(${x}, (${channels},), eps=${node.attributes.epsilon})`;
  return undefined;
}

/** A norm as a module. @param rank of its input */
export function normModule(
  node: NodeOf<'batchNorm'> | NodeOf<'groupNorm'> | NodeOf<'layerNorm'>,
  channels: number,
  rank: number,
): ModuleWords {
  const shapes = affineShapes(node, channels);
  const order = channelsFirst(rank);
  switch (node.op) {
    case 'batchNorm': {
      const { epsilon, momentum } = node.attributes;
      const share = Number((1 - momentum).toPrecision(12));
      const settings = `eps=${epsilon}, momentum=${share}${withoutAffine(node)}`;
      const statistics = ['running_mean', 'running_var'].map((key) => [key, [channels]] as const);
      return {
        made: `nn.BatchNorm${rank === 4 ? 2 : 1}d(${channels}, ${settings})`,
        tensors: new Map([...shapes, ...statistics]),
        order,
      };
    }
    case 'groupNorm': {
      const { groups, epsilon } = node.attributes;
      const made = `nn.GroupNorm(${groups}, ${channels}, eps=${epsilon}${withoutAffine(node)})`;
      return { made, tensors: new Map(shapes), order };
    }
    case 'layerNorm': {
      const { gamma, beta } = node.parameters;
      if (beta && !gamma) throw new NotInWords(`the norm ${node.name} has one of γ and β only`);
      const none = gamma ? (beta ? '' : ', bias=False') : ', elementwise_affine=False';
      const made = `nn.LayerNorm(${channels}, eps=${node.attributes.epsilon}${none})`;
      return { made, tensors: new Map(shapes), order: plainOrder(rank) };
    }
  }
}

/** Functions of each element that PyTorch has under a name and without settings. */
const NAMED: Readonly<Partial<Record<GraphNode['op'], string>>> = {
  relu: 'F.relu',
  relu6: 'F.relu6',
  selu: 'F.selu',
  silu: 'F.silu',
  mish: 'F.mish',
  softplus: 'F.softplus',
  softsign: 'F.softsign',
  hardSwish: 'F.hardswish',
  sigmoid: 'torch.sigmoid',
  tanh: 'torch.tanh',
  exponential: 'torch.exp',
};

/** Functions of each element by itself. */
export function pointwise(node: GraphNode, x: string): string | undefined {
  const named = NAMED[node.op];
  if (named !== undefined) return `${named}(${x})`;
  switch (node.op) {
    case 'identity':
    case 'dropout':
    case 'noise':
      return x;
    case 'leakyRelu':
      return `F.leaky_relu(${x}, ${node.attributes.slope})`;
    case 'elu':
      return `F.elu(${x}, ${node.attributes.alpha})`;
    case 'gelu':
      return `F.gelu(${x}, approximate=${pythonString(node.attributes.approximate ? 'tanh' : 'none')})`;
    case 'hardSigmoid': {
      const { slope } = node.attributes;
      return slope === undefined ? `F.hardsigmoid(${x})` : `torch.clamp(${x} * ${slope} + 0.5, 0, 1)`;
    }
    case 'boundedRelu':
      return bounded(node, x);
    default:
      return undefined;
  }
}

function bounded({ attributes }: NodeOf<'boundedRelu'>, x: string): string {
  const { maxValue, negativeSlope, threshold } = attributes;
  if (negativeSlope !== 0 || threshold !== 0)
    throw new NotInWords('a ReLU with a threshold has no short form');
  return maxValue === null ? `F.relu(${x})` : `torch.clamp(${x}, 0, ${maxValue})`;
}

/** Values taken together element by element. */
export function combined(op: GraphNode['op'], names: readonly string[]): string | undefined {
  const nested = (name: string): string => names.reduce((a, b) => `torch.${name}(${a}, ${b})`);
  switch (op) {
    case 'add':
      return names.join(' + ');
    case 'multiply':
      return names.join(' * ');
    case 'subtract':
      return names.join(' - ');
    case 'average':
      return `(${names.join(' + ')}) / ${names.length}`;
    case 'maximum':
    case 'minimum':
      return nested(op);
    default:
      return undefined;
  }
}

/** Numbers that stand in the text of a module. */
const MAX_NUMBERS = 64;

/** x · scale + offset along one axis. */
export function rescaled({ attributes }: NodeOf<'rescaling'>, { name, order }: Value): string {
  const { scale, offset } = attributes;
  const last = order.length - 1;
  const shape = order.map((axis) => (axis === last ? -1 : 1)).join(', ');
  const text = (numbers: readonly number[]): string => {
    if (numbers.length > MAX_NUMBERS)
      throw new NotInWords('it has a long list of numbers among its operators');
    if (numbers.length === 1) return String(numbers[0]);
    return `${name}.new_tensor([${numbers.join(', ')}]).reshape(${shape})`;
  };
  const scaled = scale.every((number) => number === 1) ? name : `${name} * ${text(scale)}`;
  return offset.every((number) => number === 0) ? scaled : `${scaled} + ${text(offset)}`;
}

/** What is added (or, below 0, cut) before and after each axis of PyTorch's tensor, by height and width of the graph's. */
function around({ order }: Value, { top, bottom, left, right }: Sides): (readonly [number, number])[] {
  return order.map((axis) => (axis === 1 ? [top, bottom] : axis === 2 ? [left, right] : [0, 0]));
}

/** Padding as `F.pad` takes it: the last axis first. */
export function padded(value: Value, sides: Sides, fill = ''): string {
  const pairs = around(value, sides);
  const first = pairs.findIndex(([before, after]) => before !== 0 || after !== 0);
  if (first < 0) return value.name;
  const numbers = pairs.slice(first).reverse().flat();
  return `F.pad(${value.name}, (${numbers.join(', ')})${fill})`;
}

/** Python source that cuts rows and columns from a value. */
export function cropped(value: Value, sides: Sides): string {
  const slices = around(value, sides).map(([before, after], axis) =>
    before === 0 && after === 0 ? ':' : `${before}:${value.name}.shape[${axis}] - ${after}`,
  );
  return `${value.name}[${slices.join(', ')}]`;
}

/** A part along one axis. */
export function slicedAlong({ name, order }: Value, { axis, before, after }: SliceAttributes): string {
  const slices = order.map((own, i) => {
    if (own !== axis) return ':';
    return after === 0 ? `${before}:` : `${before}:${name}.shape[${i}] - ${after}`;
  });
  return `${name}[${slices.join(', ')}]`;
}

/** What PyTorch's transposed convolution lacks on all sides, and has more at the bottom and on the right. */
export function transposedEnds({
  kernelSize,
  strides,
  dilations,
  padding,
  outputPadding,
}: Conv2dTransposeAttributes): { readonly zeros: readonly number[]; readonly more: readonly number[] } {
  const axes = [0, 1] as const;
  const rest = axes.map((axis) => extent(kernelSize[axis], dilations[axis]) - strides[axis]);
  const isSame = padding === 'same' && outputPadding === null;
  const isEven =
    typeof padding !== 'object' || (padding.top === padding.bottom && padding.left === padding.right);
  if (
    (padding === 'same' && !isSame) ||
    !isEven ||
    (isSame && rest.some((size) => size < 0 || size % 2 !== 0))
  )
    throw new NotInWords('a transposed convolution lacks more on one side than on the other');
  const sides = typeof padding === 'object' ? [padding.top, padding.left] : [0, 0];
  return {
    zeros: isSame ? rest.map((size) => size / 2) : sides,
    more: outputPadding ?? (padding === 'valid' ? rest.map((size) => Math.max(0, -size)) : [0, 0]),
  };
}

/** An image in another size. @param image channels first */
export function resized(node: NodeOf<'upsampling'> | NodeOf<'resizing'>, image: Value): string {
  const { method, aligned } = node.attributes;
  const to =
    node.op === 'upsampling'
      ? `scale_factor=(${node.attributes.factors.join(', ')})`
      : `size=(${node.attributes.size.join(', ')})`;
  // PyTorch's own "nearest" does not take centres.
  const how =
    method === 'nearest'
      ? 'mode="nearest-exact"'
      : `mode="bilinear", align_corners=${aligned ? 'True' : 'False'}`;
  return `F.interpolate(${image.name}, ${to}, ${how})`;
}

/** Max and average pooling of an image. */
export function pooled(node: NodeOf<'maxPool'> | NodeOf<'averagePool'>, image: Value): string {
  const { poolSize, strides, padding } = node.attributes;
  if (padding === 'same') throw new NotInWords('the zeros around a pooling depend on the image');
  const sides = padding === 'valid' ? { top: 0, bottom: 0, left: 0, right: 0 } : padding;
  const isMax = node.op === 'maxPool';
  if (isMax && Math.max(...poolSize) === 1 && Object.values(sides).every((side) => side === 0))
    return `${image.name}[:, :, ::${strides[0]}, ::${strides[1]}]`;
  const window = `(${poolSize.join(', ')}), (${strides.join(', ')})`;
  const edges = edgesOf(node.attributes, sides);
  if (edges !== undefined) {
    return isMax
      ? `F.max_pool2d(${image.name}, ${window}, ${edges})`
      : `F.avg_pool2d(${image.name}, ${window}, ${edges}, count_include_pad=False)`;
  }
  if (!isMax) throw new NotInWords('an average pooling has more zeros on one side than on the other');
  return `F.max_pool2d(${padded(image, sides, ', value=float("-inf")')}, ${window})`;
}

/** Zeros around an image as PyTorch's poolings take them; undefined where they do not. */
function edgesOf(
  { poolSize, strides }: NodeOf<'maxPool'>['attributes'],
  { top, bottom, left, right }: Sides,
): string | undefined {
  // PyTorch pads by half the window at most.
  const isEven = top === bottom && left === right;
  if (isEven && top * 2 <= poolSize[0] && left * 2 <= poolSize[1]) return `(${top}, ${left})`;
  // Windows that begin inside and end over the edge, of which the part inside counts.
  const isOver = (zeros: number, i: 0 | 1): boolean => zeros === strides[i] - 1 && poolSize[i] > zeros;
  return top + left === 0 && isOver(bottom, 0) && isOver(right, 1) ? '0, ceil_mode=True' : undefined;
}
