import { UnsupportedError } from '../../../../errors';
import type { GraphNode, NodeOf } from '../../../../graph/graph';
import { inputOf, outputOf, tensorNameOf } from '../../../../graph/node';
import { inputsOf, type Inputs } from '../../../../graph/operator';
import { item } from '../../../../item';
import { IMAGE, plainOrder } from '../../read/order';
import type { Emission } from '../emission';
import { END, float, int, ints, type Setting } from '../node-bytes';
import { easiest } from './function';

type Node = Pick<GraphNode, 'name' | 'inputs' | 'outputs'>;

/** Values taken together element by element, all in one order. */
export function combination(op: string) {
  return (e: Emission, node: Node): void => {
    const order = easiest(e, inputOf(node));
    const inputs = node.inputs.map((value) => e.provide(value, order));
    const output = e.resultName(outputOf(node), order);
    if (op === 'Add' || op === 'Mul' || op === 'Sub') folded(e, op, inputsOf(inputs), output, node.name);
    else e.add(op, inputs, [output], {}, node.name);
    e.define(outputOf(node), { name: output, order });
  };
}

/** Operators of two values for any number of them. */
function folded(e: Emission, op: string, inputs: Inputs<string>, output: string, name: string): void {
  const [first, ...rest] = inputs;
  let value = first;
  rest.forEach((input, i) => {
    const isLast = i === rest.length - 1;
    const made = isLast ? output : e.freeName(`${name}_${i + 1}`);
    e.add(op, [value, input], [made], {}, isLast ? name : made);
    value = made;
  });
}

/** Writes a Concat along the axis that it is in the file. */
export function concatenate(e: Emission, node: NodeOf<'concatenate'>): void {
  const order = easiest(e, inputOf(node));
  const { axis } = node.attributes;
  const inputs = node.inputs.map((value) => e.provide(value, order));
  const output = e.resultName(outputOf(node), order);
  const fileAxis = item(order, axis < 0 ? axis + order.length : axis);
  e.add('Concat', inputs, [output], { axis: int(fileAxis) }, node.name);
  e.define(outputOf(node), { name: output, order });
}

/** Writes a Slice along one axis. */
export function slice(e: Emission, node: NodeOf<'slice'>): void {
  const { axis, before, after } = node.attributes;
  const form = e.any(inputOf(node), easiest(e, inputOf(node)));
  const output = e.resultName(outputOf(node), form.order);
  const range = { axes: form.order?.[axis] ?? axis, starts: before, ends: after === 0 ? END : -after };
  if (e.opset < 10) {
    const settings = Object.fromEntries(Object.entries(range).map(([key, value]) => [key, ints([value])]));
    e.add('Slice', [form.name], [output], settings, node.name);
  } else {
    const list = (role: keyof typeof range): string =>
      e.numbers(`${node.name}_${role}`, [1], [range[role]], 'int64');
    e.add('Slice', [form.name, list('starts'), list('ends'), list('axes')], [output], {}, node.name);
  }
  e.define(outputOf(node), { name: output, order: form.order });
}

/** An operator that reads and makes values whose axes lie as ours do. */
function onPlain(e: Emission, node: Node, step: (input: string, output: string) => void): void {
  const input = e.provide(inputOf(node), plainOrder(e.rank(inputOf(node))));
  const order = plainOrder(e.rank(outputOf(node)));
  const output = e.resultName(outputOf(node), order);
  step(input, output);
  e.define(outputOf(node), { name: output, order });
}

/** Writes all dims after the batch as one, in N × H × W × C order. */
export function flatten(e: Emission, node: NodeOf<'flatten'>): void {
  onPlain(e, node, (input, output) => e.add('Flatten', [input], [output], { axis: int(1) }, node.name));
}

/** Writes a Reshape that keeps the batch. */
export function reshape(e: Emission, node: NodeOf<'reshape'>): void {
  const { shape } = node.attributes;
  // 0 takes over the batch.
  const sizes = e.numbers(`${node.name}_shape`, [shape.length + 1], [0, ...shape], 'int64');
  onPlain(e, node, (input, output) => e.add('Reshape', [input, sizes], [output], {}, node.name));
}

/** Writes a Gemm, or a MatMul and an Add for more than two axes. */
export function dense(e: Emission, node: NodeOf<'dense'>): void {
  const { bias } = node.parameters;
  const kernel = tensorNameOf(node, 'kernel');
  if (e.rank(inputOf(node)) === 2) {
    const tensor = e.weights.get(kernel);
    const isTurned = tensor !== undefined && 'layout' in tensor && tensor.layout === 'oi';
    const matrix = e.weight(kernel, isTurned ? 'oi' : 'plain');
    // Before version 11 the third input is not optional.
    const offset = bias ? [e.weight(bias)] : e.opset < 11 ? [e.numbers(`${node.name}_offset`, [1], [0])] : [];
    const settings: Readonly<Record<string, Setting>> = isTurned ? { transB: int(1) } : {};
    onPlain(e, node, (input, output) =>
      e.add('Gemm', [input, matrix, ...offset], [output], settings, node.name),
    );
    return;
  }
  const matrix = e.weight(kernel);
  onPlain(e, node, (input, output) => {
    const product = bias ? e.freeName(`${node.name}_product`) : output;
    e.add('MatMul', [input, matrix], [product], {}, bias ? product : node.name);
    if (bias) e.add('Add', [product, e.weight(bias)], [output], {}, node.name);
  });
}

/** Writes a LayerNormalization. @throws UnsupportedError before operator set 17 */
export function layerNorm(e: Emission, node: NodeOf<'layerNorm'>): void {
  if (e.opset < 17) {
    throw new UnsupportedError('this operator set has no layer normalisation', {
      where: node.name,
      found: `opset ${e.opset}`,
      expected: 'opset 17 or newer',
    });
  }
  const { gamma, beta } = node.parameters;
  const channels = e.shape(inputOf(node))?.at(-1) ?? 0;
  const scale = gamma
    ? e.weight(gamma)
    : e.numbers(`${node.name}/gamma`, [channels], new Array<number>(channels).fill(1));
  const settings = { axis: int(-1), epsilon: float(node.attributes.epsilon) };
  onPlain(e, node, (input, output) =>
    e.add(
      'LayerNormalization',
      [input, scale, ...(beta ? [e.weight(beta)] : [])],
      [output],
      settings,
      node.name,
    ),
  );
}

/** Each group of channels as one channel of an instance normalisation, then γ and β by channel. */
export function groupNorm(e: Emission, node: NodeOf<'groupNorm'>): void {
  const { groups, epsilon } = node.attributes;
  const { gamma, beta } = node.parameters;
  const input = e.provide(inputOf(node), IMAGE);
  const output = e.resultName(outputOf(node), IMAGE);
  const step = (what: string): string => e.freeName(`${node.name}_${what}`);
  const [split, sizes, normalised, whole] = [step('split'), step('sizes'), step('normalised'), step('whole')];
  const fill = (role: string, value: number): string =>
    e.numbers(step(role), [groups], new Array<number>(groups).fill(value));
  e.add('Reshape', [input, e.numbers(step('shape'), [3], [0, groups, -1], 'int64')], [split]);
  e.add('InstanceNormalization', [split, fill('ones', 1), fill('zeros', 0)], [normalised], {
    epsilon: float(epsilon),
  });
  e.add('Shape', [input], [sizes]);
  const steps = [
    ...(gamma ? [{ op: 'Mul', tensor: gamma }] : []),
    ...(beta ? [{ op: 'Add', tensor: beta }] : []),
  ];
  e.add(
    'Reshape',
    [normalised, sizes],
    [steps.length > 0 ? whole : output],
    {},
    steps.length > 0 ? whole : node.name,
  );
  let value = whole;
  steps.forEach(({ op, tensor }, i) => {
    const isLast = i === steps.length - 1;
    const made = isLast ? output : step(op.toLowerCase());
    const numbers = e.weight(tensor, 'plain', [1, e.weights.get(tensor)?.shape[0] ?? 0, 1, 1]);
    e.add(op, [value, numbers], [made], {}, isLast ? node.name : made);
    value = made;
  });
  e.define(outputOf(node), { name: output, order: IMAGE });
}

/** Refuses an operator that has no counterpart. */
export function unknown(_e: Emission, node: GraphNode): void {
  throw new UnsupportedError('this cannot be written as ONNX', {
    where: node.name,
    found: node.op === 'opaque' ? node.attributes.type : node.op,
  });
}
