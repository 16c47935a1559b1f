import type { Content } from '../../../checkpoint';
import { UnsupportedError } from '../../../errors';
import type { DType } from '../../../tensor/dtype';
import type { Shape } from '../../../tensor/tensor';
import type { Elements } from '../../../tensor/decode';
import type { GraphNode } from '../../../graph/graph';
import { tensorOfRole } from '../../../graph/node';
import { rolesOf, storedShape } from '../layers';
import { weightName } from '../layers/kind';
import { firstCall, type PlannedLayer } from './plan-layers';
import {
  NO_WEIGHTS,
  storedElements,
  writtenElements,
  type StoredWeight,
  type WeightSource,
} from '../read/weights';

/** One array to be written. */
export interface WrittenArray {
  /** Its name within the layer: as in the file it was read from, else as Keras calls it. */
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly elements: () => Elements;
}

/** What is written for one layer: its weights in Keras's order, and what else is stored below it. */
export interface WrittenArrays {
  readonly values: readonly WrittenArray[];
  readonly rest: readonly WrittenArray[];
}

/** The arrays of a layer that is not a model. @param weights of the model that it is in. @throws UnsupportedError if the content lacks one that its graph names. */
export function arraysOf(layer: PlannedLayer, content: Content, weights: WeightSource): WrittenArrays {
  const { source, depthwise } = layer;
  const node = firstCall(layer);
  const own = node.origin?.part === 'main' ? source : undefined;
  const stored = own ? weights.of(own.name) : NO_WEIGHTS;
  const parameter = (role: string, name: string, of: GraphNode = node): WrittenArray => {
    const tensor = tensorOfRole(of, role, content.tensors);
    if (!tensor) throw new UnsupportedError('a tensor is missing', { where: of.name, found: `no ${role}` });
    const shape = storedShape(of, role, tensor.shape);
    return { name, dtype: tensor.dtype, shape, elements: () => writtenElements(tensor) };
  };
  if (node.op === 'opaque') {
    const written = ({ name }: StoredWeight): WrittenArray => parameter(name, name);
    return { values: stored.values.map(written), rest: stored.rest.map(written) };
  }
  const named = (weight: string): string => storedName(stored.values, weight) ?? weight;
  const values = rolesOf(node).map((role) =>
    parameter(role, named(depthwise && role === 'kernel' ? 'pointwise_kernel' : weightName(role))),
  );
  const before = depthwise ? [parameter('kernel', named('depthwise_kernel'), depthwise)] : [];
  return { values: [...before, ...values], rest: stored.rest.map(copied) };
}

function copied({ name, data }: StoredWeight): WrittenArray {
  return { name, dtype: data.dtype, shape: data.shape, elements: () => storedElements(data) };
}

/** The full name a weight had in a legacy file: `conv2d/kernel:0`. */
function storedName(values: readonly StoredWeight[], weight: string): string | undefined {
  const own = ({ name }: StoredWeight): string | undefined => name.split('/').at(-1)?.split(':')[0];
  // Keras 2 calls the kernel of a depthwise convolution `depthwise_kernel`, Keras 3 `kernel`.
  const aliases = weight === 'kernel' ? ['kernel', 'depthwise_kernel'] : [weight];
  return values.find((value) => aliases.includes(own(value) ?? ''))?.name;
}
