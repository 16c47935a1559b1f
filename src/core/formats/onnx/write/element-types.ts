import { isFloat, type DType } from '../../../tensor/dtype';
import type { ModelProto } from '../proto/model';
import type { NodeProto } from '../proto/node';
import { dtypeOf } from '../proto/tensor';

/** Inputs that say the type of an operator's output, where that is not the first one. */
const DECIDING: Readonly<Partial<Record<string, number>>> = { DequantizeLinear: 1, Where: 1 };

/**
 * The type of each value of a file that has one of real numbers: as declared, else as its operator makes it. A file may
 * hold several (a network in half precision between Casts), and what is put beside a layer must be of the layer's.
 */
export function elementTypes({ graph }: ModelProto): ReadonlyMap<string, DType> {
  const types = new Map<string, DType>();
  const set = (name: string, type: DType | undefined): void => {
    if (type !== undefined && !types.has(name)) types.set(name, type);
  };
  for (const { name, dtype } of graph.initializers) set(name, dtype);
  for (const { name, elements } of graph.values.values()) set(name, dtypeOf(elements));
  for (const node of graph.nodes) for (const name of node.outputs) set(name, madeType(node, types));
  for (const [name, type] of types) if (!isFloat(type)) types.delete(name);
  return types;
}

function madeType(
  { op, inputs, attributes }: NodeProto,
  types: ReadonlyMap<string, DType>,
): DType | undefined {
  if (op === 'Cast') return dtypeOf(attributes.get('to')?.int ?? 0);
  if (op === 'Constant') return attributes.get('value')?.tensor?.dtype;
  return types.get(inputs.at(DECIDING[op] ?? 0) ?? '');
}
