import type { Checkpoint } from '../../../src/core/checkpoint';
import { makeGraph } from '../../../src/core/graph/build';
import type { Graph, GraphNode, NodeOf } from '../../../src/core/graph/graph';
import { tensorOf, type TensorRef } from '../../../src/core/tensor/tensor';

/**
 * Puts a second convolution of zeros and a batch norm beside every convolution that is called once, and
 * adds their outputs: the network computes what it did, with layers inserted everywhere.
 */
export function withSideBranches(checkpoint: Checkpoint): Checkpoint {
  const graph = graphOf(checkpoint);
  const tensors = new Map(checkpoint.tensors);
  const renamed = new Map<string, string>();
  const nodes = graph.nodes.flatMap((node): GraphNode[] => {
    const rewired = rewire(node, renamed);
    if (rewired.op !== 'conv2d' || isShared(graph, node)) return [rewired];
    renamed.set(node.outputs[0], `${node.name}_sum`);
    return [rewired, ...sideBranch(rewired, tensors)];
  });
  return rebuilt(
    checkpoint,
    nodes,
    graph.outputs.map((value) => renamed.get(value) ?? value),
    tensors,
  );
}

/** Takes the side branches out again. */
export function withoutSideBranches(checkpoint: Checkpoint): Checkpoint {
  const graph = graphOf(checkpoint);
  const renamed = new Map<string, string>();
  const nodes = graph.nodes.flatMap((node): GraphNode[] => {
    if (node.name.endsWith('_sum')) renamed.set(node.outputs[0], node.inputs[0]);
    return /_(sum|side|side_bn)$/.test(node.name) ? [] : [node];
  });
  const back = (value: string): string => renamed.get(value) ?? value;
  return rebuilt(
    checkpoint,
    nodes.map((node) => rewire(node, renamed)),
    graph.outputs.map(back),
    checkpoint.tensors,
  );
}

function graphOf({ graph }: Checkpoint): Graph {
  if (!graph) throw new Error('no network');
  return graph;
}

function isShared(graph: Graph, { origin }: GraphNode): boolean {
  return graph.nodes.some((other) => other.origin?.layer === origin?.layer && other.origin?.call === 1);
}

function rewire(node: GraphNode, renamed: ReadonlyMap<string, string>): GraphNode {
  return { ...node, inputs: node.inputs.map((value) => renamed.get(value) ?? value) };
}

function sideBranch(conv: NodeOf<'conv2d'>, tensors: Map<string, TensorRef>): GraphNode[] {
  const { name, attributes } = conv;
  const channels = [attributes.filters];
  const make = (path: string, shape: readonly number[], value: number): string => {
    const size = shape.reduce((a, b) => a * b, 1);
    tensors.set(path, tensorOf(path, shape, new Float32Array(size).fill(value)));
    return path;
  };
  const kernel = tensors.get(conv.parameters.kernel)?.shape ?? [];
  const side: NodeOf<'conv2d'> = {
    name: `${name}_side`,
    op: 'conv2d',
    attributes,
    inputs: conv.inputs,
    outputs: [`${name}_side`],
    parameters: { kernel: make(`${name}_side/kernel`, kernel, 0) },
  };
  const norm: NodeOf<'batchNorm'> = {
    name: `${name}_side_bn`,
    op: 'batchNorm',
    attributes: { epsilon: 1e-3, momentum: 0.99 },
    inputs: side.outputs,
    outputs: [`${name}_side_bn`],
    parameters: {
      gamma: make(`${name}_side_bn/gamma`, channels, 1),
      beta: make(`${name}_side_bn/beta`, channels, 0),
      mean: make(`${name}_side_bn/moving_mean`, channels, 0),
      variance: make(`${name}_side_bn/moving_variance`, channels, 1),
    },
  };
  const sum: NodeOf<'add'> = {
    name: `${name}_sum`,
    op: 'add',
    attributes: {},
    inputs: [conv.outputs[0], norm.outputs[0]],
    outputs: [`${name}_sum`],
    parameters: {},
  };
  return [side, norm, sum];
}

function rebuilt(
  checkpoint: Checkpoint,
  nodes: readonly GraphNode[],
  outputs: readonly string[],
  tensors: ReadonlyMap<string, TensorRef>,
): Checkpoint {
  return { ...checkpoint, tensors, graph: makeGraph({ nodes, outputs }, tensors) };
}
