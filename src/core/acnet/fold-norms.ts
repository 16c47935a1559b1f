import type { Checkpoint } from '../checkpoint';
import { makeGraph } from '../graph/build';
import type { GraphNode } from '../graph/graph';
import { tensorNameOf } from '../graph/node';
import { item } from '../item';
import { tensorOf } from '../tensor/tensor';
import { affineOf, vector } from './norm';

/**
 * The network that batch norms were inserted into, with the weights under which it computes what the one with the batch
 * norms does: each is multiplied into its convolution, whose bias takes what it adds.
 * @param trained made of `plain` by `insertNorms`, with any weights
 * @param layers the convolutions that have an inserted batch norm
 */
export function foldNorms(trained: Checkpoint, plain: Checkpoint, layers: readonly string[]): Checkpoint {
  if (!trained.graph || !plain.graph) return plain;
  const tensors = new Map(plain.tensors);
  for (const name of tensors.keys()) {
    const values = trained.tensors.get(name);
    if (values) tensors.set(name, values);
  }
  const kernels = new Map<string, string>();
  for (const node of plain.graph.nodes) {
    if (node.op !== 'conv2d' || !layers.includes(node.name)) continue;
    const norm = trained.graph.nodes.find((other) => other.inputs.includes(node.outputs[0] ?? ''));
    const kernel = tensors.get(tensorNameOf(node, 'kernel'));
    if (norm?.op !== 'batchNorm' || !kernel) continue;
    const { scale, shift } = affineOf(norm, trained.tensors);
    const bias = node.parameters.bias ?? `${node.name}/bias`;
    const values = kernel.readFloat32().map((value, i) => value * item(scale, i % scale.length));
    tensors.set(kernel.name, tensorOf(kernel.name, kernel.shape, values));
    tensors.set(bias, vector(bias, shift));
    kernels.set(kernel.name, bias);
  }
  const nodes = plain.graph.nodes.map((node): GraphNode => {
    const bias = node.op === 'conv2d' ? kernels.get(tensorNameOf(node, 'kernel')) : undefined;
    return bias === undefined ? node : { ...node, parameters: { ...node.parameters, bias } };
  });
  return { ...plain, tensors, graph: makeGraph({ nodes, outputs: plain.graph.outputs }, tensors) };
}
