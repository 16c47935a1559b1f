import { item } from '../item';
import type { TensorRef } from '../tensor/tensor';
import type { GraphNode } from './graph';

/** The first value that a node makes; every node of a graph but some opaque ones makes one. */
export function outputOf({ outputs, name }: Pick<GraphNode, 'outputs' | 'name'>): string {
  return item(outputs, 0, `outputs of ${name}`);
}

/** A value that a node reads, the first by default; `makeGraph` refuses nodes that read none. */
export function inputOf({ inputs, name }: Pick<GraphNode, 'inputs' | 'name'>, index = 0): string {
  return item(inputs, index, `inputs of ${name}`);
}

/**
 * The tensor of a parameter that a node must have; `makeGraph` refuses nodes without.
 * @throws RangeError for a role that the node has not
 */
export function tensorNameOf(
  { parameters, name }: Pick<GraphNode, 'parameters' | 'name'>,
  role: string,
): string {
  const found = parameters[role];
  if (found === undefined) throw new RangeError(`${name}: no ${role}`);
  return found;
}

/** The tensor of a parameter that a node may have; undefined where it has none of this role. */
export function tensorOfRole(
  { parameters }: Pick<GraphNode, 'parameters'>,
  role: string,
  tensors: ReadonlyMap<string, TensorRef>,
): TensorRef | undefined {
  const name = parameters[role];
  return name === undefined ? undefined : tensors.get(name);
}
