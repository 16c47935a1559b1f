import type { GraphNode, NodeOf } from '../../src/core/graph/graph';
import type { OpType } from '../../src/core/graph/ops';
import type { Network } from '../../src/engine/backend';
import {
  boundedRelu,
  combine,
  concatenate,
  FUNCTIONS,
  gelu,
  groupNormalise,
  resize,
  sliced,
  transpose,
} from './reference-elementwise';
import {
  batchNormalise,
  convolve,
  convolveTransposed,
  crop,
  dense,
  globalPool,
  map,
  pad,
  pool,
  rescale,
  softmax,
  type Tensor,
} from './reference-ops';

export { tensor, type Tensor } from './reference-ops';

export interface ReferenceOptions {
  /** Batch norms use the batch's own (biased) statistics; the moving ones do not change. */
  readonly training?: boolean;
  /** Weights that replace those of the network, by tensor name: for gradients by central differences. */
  readonly weights?: ReadonlyMap<string, Float64Array>;
}

/**
 * Runs a network in float64 with plain loops: what every executor is compared with. Dropout and noise pass on in both modes.
 * @param inputs one tensor per network input, batch first, NHWC.
 * @returns every value of the graph by name.
 */
export function runReference(
  network: Network,
  inputs: readonly Tensor[],
  options: ReferenceOptions = {},
): Map<string, Tensor> {
  const values = new Map<string, Tensor>();
  const { graph } = network;
  for (const node of graph.nodes) {
    const result =
      node.op === 'input'
        ? inputs[graph.inputs.indexOf(node.outputs[0])]
        : runNode(
            node,
            node.inputs.map((name) => needed(values, name)),
            parametersOf(node, network, options),
            options,
          );
    if (!result) throw new Error(`no input given for ${node.name}`);
    values.set(node.outputs[0], result);
  }
  return values;
}

/** The network's outputs, in order. */
export function referenceOutputs(
  network: Network,
  inputs: readonly Tensor[],
  options: ReferenceOptions = {},
): Tensor[] {
  const values = runReference(network, inputs, options);
  return network.graph.outputs.map((name) => needed(values, name));
}

type Parameters = Readonly<Record<string, Tensor | undefined>>;

function needed(values: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const value = values.get(name);
  if (!value) throw new Error(`no value ${name}`);
  return value;
}

function parametersOf(node: GraphNode, { tensors }: Network, { weights }: ReferenceOptions): Parameters {
  const entries = Object.entries(node.parameters).map(([role, name]) => {
    const ref = tensors.get(name);
    if (!ref) throw new Error(`no tensor ${name}`);
    const data = weights?.get(name) ?? Float64Array.from(ref.readFloat32());
    return [role, { shape: [...ref.shape], data }] as const;
  });
  return Object.fromEntries(entries);
}

/** What a rule sees of one node. */
interface Step<T extends OpType> {
  readonly node: NodeOf<T>;
  readonly inputs: readonly Tensor[];
  readonly parameters: Parameters;
  readonly training: boolean;
}

type Rules = { readonly [T in OpType]: (step: Step<T>) => Tensor };

const RULES: Rules = {
  conv2d: ({ node, inputs: [x], parameters }) =>
    convolve(x, role(node, parameters, 'kernel'), parameters.bias, node.attributes),
  conv2dTranspose: ({ node, inputs: [x], parameters }) =>
    convolveTransposed(x, role(node, parameters, 'kernel'), parameters.bias, node.attributes),
  batchNorm: ({ node, inputs: [x], parameters, training }) => runBatchNorm(node, x, parameters, training),
  dense: ({ node, inputs: [x], parameters }) => dense(x, role(node, parameters, 'kernel'), parameters.bias),
  relu: ({ inputs: [x] }) => map(x, (v) => Math.max(v, 0)),
  sigmoid: ({ inputs: [x] }) => map(x, (v) => 1 / (1 + Math.exp(-v))),
  softmax: ({ inputs: [x] }) => softmax(x),
  logSoftmax: ({ inputs: [x] }) => map(softmax(x), Math.log),
  identity: ({ inputs: [x] }) => x,
  dropout: ({ inputs: [x] }) => x,
  noise: ({ inputs: [x] }) => x,
  rescaling: ({ node, inputs: [x] }) => rescale(x, node.attributes.scale, node.attributes.offset),
  ...elementwise(),
  hardSigmoid: ({ node, inputs: [x] }) => {
    const { slope = 1 / 6 } = node.attributes;
    return map(x, (v) => Math.min(Math.max(slope * v + 0.5, 0), 1));
  },
  add: ({ inputs }) => inputs.reduce((a, b) => combine(a, b, (x, y) => x + y)),
  multiply: ({ inputs }) => inputs.reduce((a, b) => combine(a, b, (x, y) => x * y)),
  subtract: ({ inputs }) => inputs.reduce((a, b) => combine(a, b, (x, y) => x - y)),
  maximum: ({ inputs }) => inputs.reduce((a, b) => combine(a, b, Math.max)),
  minimum: ({ inputs }) => inputs.reduce((a, b) => combine(a, b, Math.min)),
  average: ({ inputs }) =>
    map(
      inputs.reduce((a, b) => combine(a, b, (x, y) => x + y)),
      (v) => v / inputs.length,
    ),
  leakyRelu: ({ node, inputs: [x] }) => map(x, (v) => (v > 0 ? v : node.attributes.slope * v)),
  prelu: ({ node, inputs: [x], parameters }) =>
    combine(x, role(node, parameters, 'alpha'), (v, alpha) => (v > 0 ? v : alpha * v)),
  boundedRelu: ({ node, inputs: [x] }) => map(x, (v) => boundedRelu(v, node.attributes)),
  elu: ({ node, inputs: [x] }) => map(x, (v) => (v > 0 ? v : node.attributes.alpha * Math.expm1(v))),
  gelu: ({ node, inputs: [x] }) => map(x, (v) => gelu(v, node.attributes.approximate)),
  concatenate: ({ node, inputs }) => concatenate(inputs, node.attributes.axis),
  slice: ({ node, inputs: [x] }) => {
    const { axis, before, after } = node.attributes;
    return sliced(x, axis, before, x.shape[axis] - after);
  },
  reshape: ({ node, inputs: [x] }) => {
    const { shape } = node.attributes;
    const known = shape.reduce((a, b) => (b === -1 ? a : a * b), x.shape[0]);
    return { shape: [x.shape[0], ...shape.map((n) => (n === -1 ? x.data.length / known : n))], data: x.data };
  },
  permute: ({ node, inputs: [x] }) => transpose(x, [0, ...node.attributes.order]),
  upsampling: ({ node, inputs: [x] }) => {
    const { factors } = node.attributes;
    return resize(x, [x.shape[1] * factors[0], x.shape[2] * factors[1]], node.attributes);
  },
  resizing: ({ node, inputs: [x] }) => resize(x, node.attributes.size, node.attributes),
  normalization: ({ node, inputs: [x], parameters }) => {
    const deviation = map(role(node, parameters, 'variance'), (v) => Math.max(Math.sqrt(v), 1e-7));
    const centred = combine(x, role(node, parameters, 'mean'), (a, b) => a - b);
    return combine(centred, deviation, (a, b) => a / b);
  },
  layerNorm: ({ node, inputs: [x], parameters: { gamma, beta } }) =>
    groupNormalise(x, { ...node.attributes, groups: 1, everywhere: false }, gamma, beta),
  groupNorm: ({ node, inputs: [x], parameters: { gamma, beta } }) =>
    groupNormalise(x, { ...node.attributes, everywhere: true }, gamma, beta),
  maxPool: ({ node, inputs: [x] }) => pool(x, 'max', node.attributes),
  averagePool: ({ node, inputs: [x] }) => pool(x, 'average', node.attributes),
  globalMaxPool: ({ node, inputs: [x] }) => globalPool(x, 'max', node.attributes.keepDims),
  globalAveragePool: ({ node, inputs: [x] }) => globalPool(x, 'average', node.attributes.keepDims),
  flatten: ({ inputs: [x] }) => ({ shape: [x.shape[0], x.data.length / x.shape[0]], data: x.data }),
  zeroPadding: ({ node, inputs: [x] }) => pad(x, node.attributes.sides),
  cropping: ({ node, inputs: [x] }) => crop(x, node.attributes.sides),
  input: ({ node }) => refuse(node),
  opaque: ({ node }) => refuse(node),
};

type FunctionName = keyof typeof FUNCTIONS;

function elementwise(): { readonly [T in FunctionName]: (step: Step<T>) => Tensor } {
  const entries = Object.entries(FUNCTIONS).map(([name, f]) => [
    name,
    ({ inputs: [x] }: { inputs: readonly Tensor[] }) => map(x, f),
  ]);
  return Object.fromEntries(entries) as { readonly [T in FunctionName]: (step: Step<T>) => Tensor };
}

function runNode<T extends OpType>(
  node: NodeOf<T>,
  inputs: readonly Tensor[],
  parameters: Parameters,
  { training = false }: ReferenceOptions,
): Tensor {
  return RULES[node.op]({ node, inputs, parameters, training });
}

function refuse(node: { readonly name: string; readonly op: string }): never {
  throw new Error(`${node.name}: ${node.op} has no rule here`);
}

function role(node: { readonly name: string }, parameters: Parameters, name: string): Tensor {
  const value = parameters[name];
  if (!value) throw new Error(`${node.name}: no ${name}`);
  return value;
}

function runBatchNorm(
  node: NodeOf<'batchNorm'>,
  x: Tensor,
  parameters: Parameters,
  training: boolean,
): Tensor {
  const moving = {
    mean: role(node, parameters, 'mean').data,
    variance: role(node, parameters, 'variance').data,
  };
  return batchNormalise(x, {
    statistics: training ? undefined : moving,
    gamma: parameters.gamma?.data,
    beta: parameters.beta?.data,
    epsilon: node.attributes.epsilon,
  });
}
