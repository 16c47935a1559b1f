import { item } from '../../../item';
import { sizeOf, type Shape } from '../../../tensor/tensor';
import { step, walked } from '../../../tensor/walk';
import type { NodeProto } from '../proto/node';
import type { Constant } from './constant';
import { sizesOf } from './sizes';
import type { ReadState } from './state';

/** The same values as another one, under a name and shape of their own. */
export function derived(constant: Constant, name: string, dims: Shape): Constant {
  const { initializer: _, ...rest } = constant;
  return { ...rest, name, dims };
}

/** Along one axis of the result: how far apart in the source its positions are. */
interface Axis {
  readonly size: number;
  readonly stride: number;
}

/** Elements of a constant that lie evenly in it: a transposition, or a part. */
function rearranged(constant: Constant, name: string, start: number, axes: readonly Axis[]): Constant {
  const dims = axes.map(({ size }) => size);
  const fill = <A extends Float32Array | number[]>(values: A, result: A): A => {
    const moving = walked(axes);
    const count = sizeOf(dims);
    let from = start;
    for (let i = 0; i < count; i++) {
      result[i] = values[from] ?? NaN;
      from += step(moving);
    }
    return result;
  };
  return {
    ...derived(constant, name, dims),
    float32: () => fill(constant.float32(), new Float32Array(sizeOf(dims))),
    integers: () => fill(constant.integers(), []),
  };
}

/** The axes of a tensor as it lies. */
function axesOf(dims: Shape): Axis[] {
  return dims.map((size, axis) => ({ size, stride: sizeOf(dims.slice(axis + 1)) }));
}

/** A constant with its axes in another order; undefined if it has others. */
export function transposedConstant(
  constant: Constant,
  name: string,
  perm: readonly number[] = [],
): Constant | undefined {
  const { dims } = constant;
  const order = perm.length > 0 ? perm : dims.map((_, i) => dims.length - 1 - i);
  if (order.length !== dims.length || new Set(order).size < dims.length) return undefined;
  const own = axesOf(dims);
  const axes = order.flatMap((axis) => own[axis] ?? []);
  return axes.length === dims.length ? rearranged(constant, name, 0, axes) : undefined;
}

/** A part of a constant as a Slice takes it, backwards too; undefined where it is computed or empty. */
export function slicedConstant(
  node: NodeProto,
  name: string,
  constant: Constant,
  state: ReadState,
): Constant | undefined {
  const slices = slicesOf(node, state);
  if (!slices) return undefined;
  const axes = axesOf(constant.dims);
  const cut = new Map<number, Axis>();
  let from = 0;
  for (const { axis: given, start, end, step } of slices) {
    const axis = given < 0 ? given + axes.length : given;
    const own = axes[axis];
    // What a slice that names an axis twice takes of it, ONNX leaves open.
    if (!own || cut.has(axis) || step === 0) return undefined;
    const [first, count] = rangeOf(start, end, step, own.size);
    if (count < 1) return undefined;
    from += first * own.stride;
    cut.set(axis, { size: count, stride: step * own.stride });
  }
  return rearranged(
    constant,
    name,
    from,
    axes.map((own, axis) => cut.get(axis) ?? own),
  );
}

/** What a Slice takes of each axis it names. */
function slicesOf(node: NodeProto, state: ReadState) {
  const setting = (input: number, name: string): readonly number[] | undefined => {
    const sizes = sizesOf(node.inputs.at(input) ?? '', state)?.values;
    return sizes?.every((size) => size !== null) ? sizes : node.attributes.get(name)?.ints;
  };
  const [starts, ends] = [setting(1, 'starts'), setting(2, 'ends')];
  const axes = setting(3, 'axes') ?? starts?.map((_, axis) => axis);
  const steps = setting(4, 'steps') ?? starts?.map(() => 1);
  const isWhole = [ends, axes, steps].every((list) => list?.length === starts?.length);
  if (!starts || !ends || !axes || !steps || !isWhole) return undefined;
  return axes.map((axis, i) => ({
    axis,
    start: item(starts, i),
    end: item(ends, i),
    step: item(steps, i),
  }));
}

/** Where a slice of one axis begins, and how many positions it has. */
function rangeOf(start: number, end: number, step: number, size: number): readonly [number, number] {
  const inside = (at: number, least: number, most: number): number =>
    Math.min(Math.max(at < 0 ? at + size : at, least), most);
  const [least, most] = step > 0 ? [0, size] : [-1, size - 1];
  const [first, last] = [inside(start, least, most), inside(end, least, most)];
  return [first, Math.ceil((last - first) / step)];
}
