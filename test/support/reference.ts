import type { GraphNode, NodeOf } from '../../src/core/graph/graph';
import type { Network } from '../../src/engine/backend';
import {
  add,
  batchNormalise,
  convolve,
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
  /** Batch norms use the batch's own (biased) statistics; the moving ones are left alone. */
  readonly training?: boolean;
  /** Weights that replace those of the network, by tensor name: for gradients by central differences. */
  readonly weights?: ReadonlyMap<string, Float64Array>;
}

/**
 * Runs a network in float64 with plain loops: what every executor is held against. Dropout passes on in both modes.
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

function runNode(
  node: GraphNode,
  inputs: readonly Tensor[],
  parameters: Parameters,
  { training = false }: ReferenceOptions,
): Tensor {
  const [x] = inputs;
  switch (node.op) {
    case 'conv2d':
      return convolve(x, role(node, parameters, 'kernel'), parameters.bias, node.attributes);
    case 'batchNorm':
      return runBatchNorm(node, x, parameters, training);
    case 'dense':
      return dense(x, role(node, parameters, 'kernel'), parameters.bias);
    case 'relu':
      return map(x, (v) => Math.max(v, 0));
    case 'sigmoid':
      return map(x, (v) => 1 / (1 + Math.exp(-v)));
    case 'softmax':
      return softmax(x);
    case 'identity':
    case 'dropout':
      return x;
    case 'rescaling':
      return rescale(x, node.attributes.scale, node.attributes.offset);
    case 'add':
      return inputs.reduce(add);
    case 'maxPool':
    case 'averagePool':
      return pool(x, node.op === 'maxPool' ? 'max' : 'average', node.attributes);
    case 'globalMaxPool':
    case 'globalAveragePool':
      return globalPool(x, node.op === 'globalMaxPool' ? 'max' : 'average', node.attributes.keepDims);
    case 'flatten':
      return { shape: [x.shape[0], x.data.length / x.shape[0]], data: x.data };
    case 'zeroPadding':
      return pad(x, node.attributes.sides);
    case 'cropping':
      return crop(x, node.attributes.sides);
    case 'input':
    case 'opaque':
      throw new Error(`${node.name}: ${node.op} has no rule here`);
  }
}

function role(node: GraphNode, parameters: Parameters, name: string): Tensor {
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
