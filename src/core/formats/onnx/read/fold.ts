import { item } from '../../../item';
import { sizeOf, type Shape } from '../../../tensor/tensor';
import { isFloat } from '../../../tensor/dtype';
import type { TensorData } from '../proto/data';
import type { Attribute, NodeProto } from '../proto/node';
import { dtypeOf } from '../proto/tensor';
import { numbersConstant, storedConstant, type Constant } from './constant';
import { derived, slicedConstant, transposedConstant } from './rearranged';
import { computedSizes, sizesOf } from './sizes';
import type { ReadState } from './state';

/** Largest tensor that a file may spell out as one repeated number. */
const MAX_FILLED = 1 << 28;

/**
 * Takes note of a node whose result does not depend on the network's input: weights in Constant nodes, weights that are
 * only cast or reshaped, computations on shapes.
 * @returns false if it is none of these
 */
export function foldNode(node: NodeProto, state: ReadState, data: TensorData): boolean {
  const [output = '', ...others] = node.outputs;
  if (node.domain !== '' || output === '' || others.length > 0) return false;
  if (node.op === 'Constant') return foldConstant(node, output, state, data);
  const sizes = computedSizes(node, state);
  if (sizes) state.sizes.set(output, sizes);
  const isKnown = sizes?.values.every((value) => value !== null);
  const constant = foldWeights(node, output, state);
  if (constant) state.constants.set(output, constant);
  else if (sizes && isKnown) {
    const numbers = sizes.values.map((value) => value ?? 0);
    state.constants.set(
      output,
      numbersConstant(output, sizes.scalar ? [] : [numbers.length], 'int64', numbers),
    );
  }
  return sizes !== undefined || constant !== undefined;
}

function foldConstant(node: NodeProto, output: string, state: ReadState, data: TensorData): boolean {
  const [[key, attribute] = ['', undefined]] = [...node.attributes];
  const constant = attribute && constantOf(output, key, attribute, data);
  if (constant) state.constants.set(output, constant);
  return constant !== undefined;
}

function constantOf(name: string, key: string, attribute: Attribute, data: TensorData): Constant | undefined {
  const { tensor, float, int, floats, ints } = attribute;
  switch (key) {
    case 'value':
      return tensor && storedConstant(name, tensor, data, false);
    case 'value_float':
      return numbersConstant(name, [], 'float32', [float ?? 0]);
    case 'value_int':
      return numbersConstant(name, [], 'int64', [int ?? 0]);
    case 'value_floats':
      return numbersConstant(name, [floats.length], 'float32', floats);
    case 'value_ints':
      return numbersConstant(name, [ints.length], 'int64', ints);
    default:
      return undefined;
  }
}

/** Weights in another shape or type, or one number repeated. */
function foldWeights(node: NodeProto, output: string, state: ReadState): Constant | undefined {
  if (node.op === 'ConstantOfShape') return filled(node, output, state);
  const constant = state.constants.get(node.inputs.at(0) ?? '');
  if (!constant) return undefined;
  if (node.op === 'Identity')
    return state.separate.aliases.has(output) ? derived(constant, output, constant.dims) : constant;
  if (node.op === 'Cast') return cast(node, output, constant);
  if (node.op === 'Transpose') return transposedConstant(constant, output, node.attributes.get('perm')?.ints);
  if (node.op === 'Concat') return joinedConstant(node, output, state);
  if (node.op === 'Slice') return slicedConstant(node, output, constant, state);
  const dims = foldedDims(node, constant.dims, state);
  return dims && derived(constant, output, dims);
}

/** Lists one behind the other. */
function joinedConstant(node: NodeProto, output: string, { constants }: ReadState): Constant | undefined {
  const parts = node.inputs.flatMap((name) => constants.get(name) ?? []);
  const [first] = parts;
  const isPlain = parts.every(({ dims, dtype }) => dims.length === 1 && dtype === first?.dtype);
  if (!first || parts.length < node.inputs.length || !isPlain) return undefined;
  return {
    ...derived(first, output, [parts.reduce((sum, { dims }) => sum + sizeOf(dims), 0)]),
    float32: () => Float32Array.from(parts.flatMap((part) => [...part.float32()])),
    integers: () => parts.flatMap((part) => part.integers()),
  };
}

function cast({ attributes }: NodeProto, output: string, constant: Constant): Constant | undefined {
  const to = dtypeOf(attributes.get('to')?.int ?? 0);
  if (!to || !isFloat(to) || !isFloat(constant.dtype)) return undefined;
  return { ...derived(constant, output, constant.dims), dtype: to };
}

/** The dims of weights after a node that changes only these. */
function foldedDims({ op, inputs, attributes }: NodeProto, dims: Shape, state: ReadState): Shape | undefined {
  const values = sizesOf(inputs.at(1) ?? '', state)?.values;
  const sizes = values?.every((value) => value !== null) ? values : undefined;
  if (op === 'Reshape') return reshaped(dims, sizes);
  if (op !== 'Squeeze' && op !== 'Unsqueeze') return undefined;
  const axes = attributes.get('axes')?.ints ?? sizes;
  return axes && (op === 'Squeeze' ? squeezed : unsqueezed)(dims, axes);
}

function filled(node: NodeProto, output: string, state: ReadState): Constant | undefined {
  const dims = sizesOf(node.inputs.at(0) ?? '', state)?.values;
  const value = node.attributes.get('value')?.tensor;
  const known = dims?.every((dim) => dim !== null && dim >= 0) ? (dims as readonly number[]) : undefined;
  if (!known || sizeOf(known) > MAX_FILLED || (value && sizeOf(value.dims) !== 1)) return undefined;
  const size = sizeOf(known);
  const number = (): number => (value ? item(state.data.float32(value), 0) : 0);
  return {
    name: output,
    dims: known,
    dtype: value?.dtype ?? 'float32',
    float32: () => new Float32Array(size).fill(number()),
    integers: () => new Array<number>(Math.min(size, 1 << 20)).fill(number()),
  };
}

function reshaped(dims: Shape, to: readonly number[] | undefined): Shape | undefined {
  if (!to || to.filter((size) => size === -1).length > 1) return undefined;
  const known = to.map((size, i) => (size === 0 ? (dims.at(i) ?? 0) : size));
  const product = known.reduce((all, size) => (size === -1 ? all : all * size), 1);
  const result = known.map((size) => (size === -1 ? sizeOf(dims) / product : size));
  return sizeOf(result) === sizeOf(dims) && result.every(Number.isInteger) ? result : undefined;
}

/** Dims without axes of size 1, negative axes from the end; undefined if one has another size. */
export function squeezed<T>(dims: readonly T[], axes: readonly number[]): readonly T[] | undefined {
  const gone = axes.map((axis) => (axis < 0 ? axis + dims.length : axis));
  if (gone.some((axis) => dims.at(axis) !== 1)) return undefined;
  return dims.filter((_, axis) => !gone.includes(axis));
}

/** Dims with axes of size 1 at these places of the result; undefined for places that repeat or do not exist. */
export function unsqueezed<T>(dims: readonly T[], axes: readonly number[]): readonly (T | 1)[] | undefined {
  const rank = dims.length + axes.length;
  const added = axes.map((axis) => (axis < 0 ? axis + rank : axis));
  if (new Set(added).size < axes.length || added.some((axis) => axis < 0 || axis >= rank)) return undefined;
  const rest = [...dims];
  return Array.from({ length: rank }, (_, axis) => (added.includes(axis) ? 1 : (rest.shift() ?? 1)));
}
