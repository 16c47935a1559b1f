import { UnsupportedError } from '../../../../errors';
import type { GraphNode, NodeOf } from '../../../../graph/graph';
import { inputOf, outputOf, tensorNameOf, tensorOfRole } from '../../../../graph/node';
import { item } from '../../../../item';
import { IMAGE, plainOrder } from '../../read/order';
import type { Emission } from '../emission';
import { float, int, text, type Setting } from '../node-bytes';

/** The order in which a value is best read where any will do: channels first for images. */
export function easiest(e: Emission, value: string): readonly number[] {
  const rank = e.rank(value);
  return rank === 4 ? IMAGE : plainOrder(rank);
}

type Node = Pick<GraphNode, 'name' | 'inputs' | 'outputs'>;

/** Steps from one value to one of the same shape; each is given the name it reads and the one to make. */
type Step = (input: string, output: string, name: string) => void;

/** Runs steps one behind the other on a value in whatever order it is to be had. */
function inSteps(e: Emission, node: Node, steps: readonly Step[]): void {
  const form = e.any(inputOf(node), easiest(e, inputOf(node)));
  const output = e.resultName(outputOf(node), form.order);
  let value = form.name;
  steps.forEach((step, i) => {
    const isLast = i === steps.length - 1;
    const made = isLast ? output : e.freeName(`${node.name}_${i + 1}`);
    step(value, made, isLast ? node.name : made);
    value = made;
  });
  e.define(outputOf(node), { name: output, order: form.order });
}

/** One operator of one value. */
export function unary(op: string, settings: Readonly<Record<string, Setting>> = {}) {
  return (e: Emission, node: Node): void =>
    inSteps(e, node, [(input, output, name) => e.add(op, [input], [output], settings, name)]);
}

/** Writes an Elu. */
export function elu(e: Emission, node: NodeOf<'elu'>): void {
  unary('Elu', { alpha: float(node.attributes.alpha) })(e, node);
}

/** Writes a LeakyRelu. */
export function leakyRelu(e: Emission, node: NodeOf<'leakyRelu'>): void {
  unary('LeakyRelu', { alpha: float(node.attributes.slope) })(e, node);
}

/** Writes a Clip to 0 … 6. */
export function relu6(e: Emission, node: NodeOf<'relu6'>): void {
  clipped(e, node, 6);
}

/** min(x where it is above a threshold, largest) − slope · max(threshold − x, 0). */
export function boundedRelu(e: Emission, node: NodeOf<'boundedRelu'>): void {
  const { maxValue, negativeSlope, threshold } = node.attributes;
  if (threshold === 0 && negativeSlope === 0) {
    if (maxValue === null) unary('Relu')(e, node);
    else clipped(e, node, maxValue);
    return;
  }
  if (e.opset < 10) {
    throw new UnsupportedError('this operator set has no such ReLU', {
      where: node.name,
      found: `opset ${e.opset}`,
      expected: 'opset 10 or newer',
    });
  }
  const apply = applier(e, node);
  inSteps(e, node, [
    (input, output, name) => {
      const above = apply.with('ThresholdedRelu', { alpha: float(threshold) }, input);
      const bounded = maxValue === null ? above : apply('Min', above, apply.number(maxValue));
      const below = apply('Relu', apply('Sub', apply.number(threshold), input));
      e.add('Sub', [bounded, apply('Mul', below, apply.number(negativeSlope))], [output], {}, name);
    },
  ]);
}

/** Adds operators that stand for one node, and says the names of what they make. */
function applier(e: Emission, node: Node) {
  const step = (what: string): string => e.freeName(`${node.name}_${what}`);
  const withSettings = (
    op: string,
    settings: Readonly<Record<string, Setting>>,
    ...inputs: readonly string[]
  ): string => {
    const made = step(op.toLowerCase());
    e.add(op, inputs, [made], settings);
    return made;
  };
  const apply = (op: string, ...inputs: readonly string[]): string => withSettings(op, {}, ...inputs);
  const number = (value: number): string => e.numbers(step('number'), [], [value]);
  return Object.assign(apply, { with: withSettings, number });
}

function clipped(e: Emission, node: Node, most: number): void {
  if (e.opset < 11) {
    unary('Clip', { min: float(0), max: float(most) })(e, node);
    return;
  }
  const bounds = [0, most].map((value, i) =>
    e.numbers(`${node.name}_${i === 0 ? 'min' : 'max'}`, [], [value]),
  );
  inSteps(e, node, [(input, output, name) => e.add('Clip', [input, ...bounds], [output], {}, name)]);
}

/** x · f(x) with an f of one operator. */
function gated(e: Emission, node: Node, op: string, settings: Readonly<Record<string, Setting>> = {}): void {
  inSteps(e, node, [
    (input, output, name) => {
      const gate = e.freeName(`${node.name}_gate`);
      e.add(op, [input], [gate], settings);
      e.add('Mul', [input, gate], [output], {}, name);
    },
  ]);
}

/** Writes x · sigmoid(x). */
export function silu(e: Emission, node: NodeOf<'silu'>): void {
  gated(e, node, 'Sigmoid');
}

/** Writes a HardSigmoid; the slope of Keras 2 stays what it is. */
export function hardSigmoid(e: Emission, node: NodeOf<'hardSigmoid'>): void {
  const { slope = 1 / 6 } = node.attributes;
  unary('HardSigmoid', { alpha: float(slope), beta: float(0.5) })(e, node);
}

/** Writes a HardSwish, or its formula where the opset has none. */
export function hardSwish(e: Emission, node: NodeOf<'hardSwish'>): void {
  if (e.opset >= 14) unary('HardSwish')(e, node);
  else gated(e, node, 'HardSigmoid', { alpha: float(1 / 6), beta: float(0.5) });
}

/** Writes a Mish, or its formula where the opset has none. */
export function mish(e: Emission, node: NodeOf<'mish'>): void {
  if (e.opset >= 18) {
    unary('Mish')(e, node);
    return;
  }
  inSteps(e, node, [
    (input, output, name) => {
      const [soft, gate] = [e.freeName(`${node.name}_softplus`), e.freeName(`${node.name}_tanh`)];
      e.add('Softplus', [input], [soft]);
      e.add('Tanh', [soft], [gate]);
      e.add('Mul', [input, gate], [output], {}, name);
    },
  ]);
}

/** x / 2 · (1 + erf(x / √2)), or with the hyperbolic tangent in its place. */
export function gelu(e: Emission, node: NodeOf<'gelu'>): void {
  const { approximate } = node.attributes;
  if (e.opset >= 20) {
    unary('Gelu', { approximate: text(approximate ? 'tanh' : 'none') })(e, node);
    return;
  }
  const apply = applier(e, node);
  const cubic = (x: string): string => {
    const square = apply('Mul', x, x);
    return apply('Mul', x, apply('Add', apply('Mul', square, apply.number(0.044715)), apply.number(1)));
  };
  inSteps(e, node, [
    (input, output, name) => {
      const inner = approximate
        ? apply('Tanh', apply('Mul', cubic(input), apply.number(Math.sqrt(2 / Math.PI))))
        : apply('Erf', apply('Mul', input, apply.number(Math.SQRT1_2)));
      const half = apply('Mul', input, apply.number(0.5));
      e.add('Mul', [half, apply('Add', inner, apply.number(1))], [output], {}, name);
    },
  ]);
}

/** Writes a Dropout in the form of the opset. */
export function dropout(e: Emission, node: NodeOf<'dropout'>): void {
  const { rate } = node.attributes;
  if (e.opset < 12) {
    unary('Dropout', { ratio: float(rate) })(e, node);
    return;
  }
  const ratio = e.numbers(`${node.name}_ratio`, [], [rate]);
  inSteps(e, node, [(input, output, name) => e.add('Dropout', [input, ratio], [output], {}, name)]);
}

/** Over our last axis. Before version 13 it is over all axes from one on, so that one must be last. */
export function softmax(
  type: 'Softmax' | 'LogSoftmax',
): (e: Emission, node: NodeOf<'softmax' | 'logSoftmax'>) => void {
  return (e, node) => {
    const value = inputOf(node);
    const rank = e.rank(value);
    const form =
      e.opset < 13
        ? { name: e.provide(value, plainOrder(rank)), order: plainOrder(rank) }
        : e.any(value, easiest(e, value));
    const axis = item(form.order ?? plainOrder(rank), rank - 1);
    const output = e.resultName(outputOf(node), form.order);
    e.add(type, [form.name], [output], { axis: int(axis) }, node.name);
    e.define(outputOf(node), { name: output, order: form.order });
  };
}

/** Dims of numbers by channel, to be combined with a value in an order. */
function channelDims(count: number, order: readonly number[]): number[] {
  return order.map((_, axis) => (axis === order[order.length - 1] ? count : 1));
}

function numbersFor(
  e: Emission,
  node: Node,
  role: string,
  values: readonly number[],
  order: readonly number[],
): string {
  const dims = values.length === 1 ? [] : channelDims(values.length, order);
  return e.numbers(`${node.name}_${role}`, dims, values);
}

/** x · scale + offset. */
export function rescaling(e: Emission, node: NodeOf<'rescaling'>): void {
  const { scale, offset } = node.attributes;
  const order = e.any(inputOf(node), easiest(e, inputOf(node))).order ?? [];
  const steps: Step[] = [];
  const with_ = (op: string, role: string, values: readonly number[]): void => {
    const numbers = numbersFor(e, node, role, values, order);
    steps.push((input, output, name) => e.add(op, [input, numbers], [output], {}, name));
  };
  const isPlain = offset.every((value) => value === 0);
  if (isPlain || scale.some((value) => value !== 1)) with_('Mul', 'scale', scale);
  if (!isPlain) with_('Add', 'offset', offset);
  inSteps(e, node, steps);
}

/** (x − mean) / √variance, with the numbers of a data set. */
export function normalization(e: Emission, node: NodeOf<'normalization'>): void {
  const order = e.any(inputOf(node), easiest(e, inputOf(node))).order ?? [];
  const read = (role: string): number[] => [...(tensorOfRole(node, role, e.weights)?.readFloat32() ?? [])];
  const mean = numbersFor(e, node, 'mean', read('mean'), order);
  // Keras never divides by less.
  const roots = read('variance').map((value) => Math.max(Math.sqrt(value), 1e-7));
  const deviation = numbersFor(e, node, 'deviation', roots, order);
  inSteps(e, node, [
    (input, output) => e.add('Sub', [input, mean], [output]),
    (input, output, name) => e.add('Div', [input, deviation], [output], {}, name),
  ]);
}

/** Slopes by channel or position: ours lie as our axes do. */
export function prelu(e: Emission, node: NodeOf<'prelu'>): void {
  const alpha = tensorNameOf(node, 'alpha');
  const slopes = e.weights.get(alpha)?.shape ?? [];
  const isChannels = slopes.slice(0, -1).every((size) => size === 1);
  // Slopes that differ by position are as our axes are; a vector can be turned to where the channels are.
  const order = isChannels ? easiest(e, inputOf(node)) : plainOrder(e.rank(inputOf(node)));
  const dims = isChannels ? channelDims(item(slopes, slopes.length - 1), order).slice(1) : slopes;
  const output = e.resultName(outputOf(node), order);
  const slope = e.weight(alpha, 'plain', dims);
  e.add('PRelu', [e.provide(inputOf(node), order), slope], [output], {}, node.name);
  e.define(outputOf(node), { name: output, order });
}
