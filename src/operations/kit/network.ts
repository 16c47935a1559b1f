import type { Checkpoint } from '../../core/checkpoint';
import { CheckpointError, UnsupportedError } from '../../core/errors';
import { makeGraph } from '../../core/graph/build';
import type { Graph, GraphNode } from '../../core/graph/graph';
import { tensorOf, type TensorRef } from '../../core/tensor/tensor';
import type { Backend, Network, Weights } from '../../engine/backend';
import type { InputSize } from '../../engine/data/resize';

/**
 * The network of a checkpoint, to be run.
 * @throws CheckpointError for a weights-only file.
 */
export function graphOf(checkpoint: Checkpoint, purpose: string): Graph {
  const { graph, path, weights } = checkpoint;
  if (graph) return graph;
  if (weights) {
    const { problem, architecture } = weights;
    throw new CheckpointError(
      `this file has weights by name but no network that is recognised, so it cannot be ${purpose}`,
      {
        path,
        found: problem ?? architecture.reason,
        expected:
          "an ONNX export of the network, given with --architecture or beside the file under its name; or a CIFAR ResNet or VGG, Cifar-quick, or torchvision's ResNet, VGG or MobileNetV2",
      },
    );
  }
  throw weightsAlone(checkpoint, purpose);
}

/** Of a Keras file that has no network: what it is instead. */
export function weightsAlone({ path, noNetwork }: Checkpoint, purpose: string): CheckpointError {
  return new CheckpointError(`this file has weights but no network, so it cannot be ${purpose}`, {
    path,
    found: noNetwork,
    expected: 'a whole functional or sequential model, as from model.save("model.keras")',
  });
}

/** What a network without a convolution that can be read has instead. */
export function noConvolution({ graph }: Checkpoint): string {
  const types = (graph?.nodes ?? []).flatMap((node) => (node.op === 'opaque' ? [node.attributes.type] : []));
  return types.length > 0
    ? `none that can be read; not supported are ${[...new Set(types)].slice(0, 8).join(', ')}`
    : 'no convolutions';
}

/** The network with sizes that its file leaves open set to those of the data. */
export function networkFor(
  { tensors }: Pick<Checkpoint, 'tensors'>,
  graph: Graph,
  { height, width }: Pick<InputSize, 'height' | 'width'>,
): Network {
  const nodes = graph.nodes.map((node): GraphNode => {
    if (node.op !== 'input' || node.attributes.shape.length !== 4) return node;
    const [batch, h, w, channels] = node.attributes.shape;
    return { ...node, attributes: { shape: [batch, h ?? height, w ?? width, channels] } };
  });
  return { tensors, graph: makeGraph({ nodes, outputs: graph.outputs }, tensors) };
}

/** @throws UnsupportedError naming the operators that stop the network. */
export function requireSupported(backend: Backend, network: Network, path: string): void {
  const unsupported = backend.unsupported(network);
  if (unsupported.length === 0) return;
  throw new UnsupportedError('the network has operators that cannot be run here', {
    path,
    found: unsupported.join(', '),
  });
}

/** The checkpoint with other values for some of its tensors. */
export function withWeights(checkpoint: Checkpoint, weights: Weights): Checkpoint {
  const tensors = new Map<string, TensorRef>(checkpoint.tensors);
  for (const [name, values] of weights) {
    const tensor = tensors.get(name);
    if (tensor) tensors.set(name, tensorOf(name, tensor.shape, values));
  }
  return { ...checkpoint, tensors };
}
