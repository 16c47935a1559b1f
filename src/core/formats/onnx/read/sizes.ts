import type { Dim, ValueShape } from '../../../graph/shape';
import { item } from '../../../item';
import type { NodeProto } from '../proto/node';
import type { Order } from './order';
import type { ReadState, Sizes } from './state';

/** Longest list of sizes that is followed. */
const MAX_SIZES = 64;

/** Follows computations on shapes, as exporters write them before a Reshape. @returns undefined if it is none */
export function computedSizes(node: NodeProto, state: ReadState): Sizes | undefined {
  if (node.domain !== '' || node.outputs.length !== 1) return undefined;
  if (node.op === 'Shape') return shapeSizes(node, state);
  const operands = node.inputs.map((name) => sizesOf(name, state));
  const [first] = operands;
  if (!first) return undefined;
  switch (node.op) {
    case 'Identity':
    case 'Cast':
      return first;
    case 'Unsqueeze':
      return first.scalar ? { ...first, scalar: false } : undefined;
    case 'Squeeze':
      return first.values.length === 1 ? { ...first, scalar: true } : undefined;
    case 'Gather':
      return gathered(node, first, operands[1]);
    case 'Slice':
      return sliced(node, first, operands.slice(1));
    case 'Concat':
      return operands.every((each) => each && !each.scalar)
        ? { values: operands.flatMap((each) => each?.values ?? []).slice(0, MAX_SIZES), scalar: false }
        : undefined;
    default:
      return combined(node.op, first, operands[1]);
  }
}

/** Sizes that are known under a name: computed ones, or a short constant of whole numbers. */
export function sizesOf(name: string, { sizes, constants }: ReadState): Sizes | undefined {
  const known = sizes.get(name);
  if (known) return known;
  const constant = constants.get(name);
  if (!constant || constant.dims.length > 1 || (constant.dims.at(0) ?? 1) > MAX_SIZES) return undefined;
  if (constant.dtype !== 'int64' && constant.dtype !== 'int32') return undefined;
  return { values: constant.integers(), scalar: constant.dims.length === 0 };
}

/** Sizes of a value along the file's axes. */
export function fileDims(shape: ValueShape | null | undefined, order: Order): readonly Dim[] | undefined {
  if (!shape) return undefined;
  if (!order) return shape;
  const dims = new Array<Dim>(shape.length).fill(null);
  order.forEach((axis, i) => {
    dims[axis] = item(shape, i);
  });
  return dims;
}

function shapeSizes(
  { inputs, attributes }: NodeProto,
  { held, shapes, constants }: ReadState,
): Sizes | undefined {
  const [input = ''] = inputs;
  const value = held.get(input);
  const dims = value ? fileDims(shapes.get(value.value), value.order) : constants.get(input)?.dims;
  if (!dims || dims.length > MAX_SIZES) return undefined;
  const start = attributes.get('start')?.int ?? 0;
  const end = attributes.get('end')?.int ?? dims.length;
  return { values: dims.slice(start, end), scalar: false };
}

function gathered(
  { attributes }: NodeProto,
  { values }: Sizes,
  indices: Sizes | undefined,
): Sizes | undefined {
  if (!indices || (attributes.get('axis')?.int ?? 0) !== 0) return undefined;
  const picked = indices.values.map((index) => (index === null ? undefined : values.at(index)));
  return picked.every((value) => value !== undefined)
    ? { values: picked, scalar: indices.scalar }
    : undefined;
}

function sliced(
  { attributes }: NodeProto,
  { values, scalar }: Sizes,
  [starts, ends, axes, steps]: readonly (Sizes | undefined)[],
): Sizes | undefined {
  const start = first(starts, attributes.get('starts')?.ints[0]);
  const end = first(ends, attributes.get('ends')?.ints[0]);
  const isPlain = first(axes, 0) === 0 && first(steps, 1) === 1;
  if (start === undefined || end === undefined || !isPlain || scalar) return undefined;
  return { values: values.slice(start, end), scalar };
}

function first<T>(sizes: Sizes | undefined, fallback: T): number | T {
  return sizes?.values[0] ?? fallback;
}

function combined(op: string, a: Sizes, b: Sizes | undefined): Sizes | undefined {
  const calculate = ARITHMETIC[op];
  if (!b || !calculate) return undefined;
  const length = Math.max(a.values.length, b.values.length);
  const at = ({ values }: Sizes, i: number): Dim | undefined =>
    values.length === 1 ? values[0] : values.at(i);
  const values = Array.from({ length }, (_, i): Dim => {
    const [x, y] = [at(a, i) ?? null, at(b, i) ?? null];
    return x === null || y === null ? null : calculate(x, y);
  });
  return { values, scalar: a.scalar && b.scalar };
}

const ARITHMETIC: Readonly<Partial<Record<string, (a: number, b: number) => number>>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => (b === 0 ? 0 : Math.trunc(a / b)),
};
