import type { Checkpoint } from '../../../src/core/checkpoint';
import type { JsonObject } from '../../../src/core/encodings/json';
import { legacyModel, opened, type Weights } from './support';

/** What a graph says, whatever its nodes came from. */
export function essence({ graph, tensors }: Checkpoint) {
  const nodes = graph?.nodes.map(({ name, op, attributes, inputs, outputs, parameters }) => {
    return { name, op, attributes, inputs, outputs, parameters };
  });
  const values = [...tensors].map(([name, tensor]) => [name, tensor.shape, tensor.readFloat32()] as const);
  return { nodes, outputs: graph?.outputs, values: values.sort(([a], [b]) => (a < b ? -1 : 1)) };
}

const dtype = {
  module: 'keras',
  class_name: 'DTypePolicy',
  config: { name: 'float32' },
  registered_name: null,
};

/** A Sequential of Keras 2 on 8 × 8 × 3 images. */
export function sequential(...layers: readonly JsonObject[]): JsonObject {
  const input = { class_name: 'InputLayer', config: { batch_input_shape: [null, 8, 8, 3], name: 'in' } };
  return { class_name: 'Sequential', config: { name: 'seq', layers: [input, ...layers] } };
}

/** A layer of four 3 × 3 kernels. */
export function conv(settings: JsonObject = {}, name = 'conv'): JsonObject {
  const config = {
    name,
    trainable: true,
    dtype,
    filters: 4,
    kernel_size: [3, 3],
    padding: 'same',
    ...settings,
  };
  return { class_name: 'Conv2D', config };
}

/** Arrays of that layer. */
export const CONV: Weights = { kernel: [3, 3, 3, 4], bias: [4] };
/** Arrays of a batch norm behind it. */
export const NORM: Weights = { gamma: [4], beta: [4], moving_mean: [4], moving_variance: [4] };

/** Names and operators of the nodes that such a model is read as. */
export async function nodesOf(model: JsonObject, weights: Readonly<Record<string, Weights>>) {
  const checkpoint = await opened(await legacyModel(model, weights));
  checkpoint.close();
  return checkpoint.graph?.nodes.map(({ name, op }) => [name, op]) ?? [];
}
