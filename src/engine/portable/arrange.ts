import type { ValueShape } from '../../core/graph/shape';
import type { Shape } from '../../core/tensor/tensor';
import { withView } from './frame';
import type { Runtime, Tensor } from './runtime';

/** Shape of two tensors together, their last axes aligned. */
export function broadcastShape(a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  const size = (shape: Shape, axis: number): number => shape[axis - rank + shape.length] ?? 1;
  return Array.from({ length: rank }, (_, axis) => Math.max(size(a, axis), size(b, axis)));
}

/** Distance in memory between neighbours on each axis of `whole`; 0 where `shape` broadcasts. */
function stridesIn(whole: Shape, shape: Shape): number[] {
  const strides = new Array<number>(whole.length).fill(0);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const at = axis + whole.length - shape.length;
    strides[at] = shape[axis] === 1 ? 0 : stride;
    stride *= shape[axis];
  }
  return strides;
}

/** Walks over all positions of `whole`, telling for each shape that broadcasts to it which element stands there. */
export function eachBroadcast(
  whole: Shape,
  shapes: readonly Shape[],
  visit: (at: number, elements: readonly number[]) => void,
): void {
  const strides = shapes.map((shape) => stridesIn(whole, shape));
  const elements = shapes.map(() => 0);
  const position = whole.map(() => 0);
  const total = whole.reduce((product, size) => product * size, 1);
  for (let at = 0; at < total; at++) {
    visit(at, elements);
    for (let axis = whole.length - 1; axis >= 0; axis--) {
      position[axis]++;
      strides.forEach((stride, i) => (elements[i] += stride[axis]));
      if (position[axis] < whole[axis]) break;
      strides.forEach((stride, i) => (elements[i] -= stride[axis] * whole[axis]));
      position[axis] = 0;
    }
  }
}

/** A shape whose unknown sizes are those of a tensor, their last axes aligned. */
export function resolved(shape: ValueShape, like: Shape): number[] {
  return shape.map((size, axis) => size ?? like[axis - shape.length + like.length] ?? 1);
}

/** Sums over the axes that `shape` lacks in front or has with size 1. */
export function sumTo(rt: Runtime, x: Tensor, shape: Shape): Tensor {
  const sums = new Float64Array(shape.reduce((product, size) => product * size, 1));
  const from = rt.view(x);
  eachBroadcast(x.shape, [shape], (at, [to]) => (sums[to] += from[at]));
  return rt.fill(shape, (to) => to.set(sums));
}

/** Repeats along axes of size 1. */
export function broadcast(rt: Runtime, x: Tensor, shape: Shape): Tensor {
  return withView(rt, x, shape, (from, to) =>
    eachBroadcast(shape, [x.shape], (at, [i]) => (to[at] = from[i])),
  );
}

/** Elements behind one step along an axis, and how many such runs there are before it. */
function runsOf(shape: Shape, axis: number): { readonly inner: number; readonly outer: number } {
  const product = (sizes: Shape): number => sizes.reduce((a, b) => a * b, 1);
  return { inner: product(shape.slice(axis + 1)), outer: product(shape.slice(0, axis)) };
}

/** Joins tensors along an axis. */
export function concat(rt: Runtime, parts: readonly Tensor[], axis: number): Tensor {
  const [{ shape }] = parts;
  const length = parts.reduce((sum, part) => sum + part.shape[axis], 0);
  const { inner, outer } = runsOf(shape, axis);
  const whole = shape.map((size, i) => (i === axis ? length : size));
  return rt.fill(whole, (to) => {
    let first = 0;
    for (const part of parts) {
      const run = part.shape[axis] * inner;
      const from = rt.view(part);
      for (let n = 0; n < outer; n++)
        to.set(from.subarray(n * run, (n + 1) * run), n * length * inner + first);
      first += run;
    }
  });
}

/** Some neighbours along an axis. */
export function slice(rt: Runtime, x: Tensor, axis: number, start: number, count: number): Tensor {
  const { inner, outer } = runsOf(x.shape, axis);
  const shape = x.shape.map((size, i) => (i === axis ? count : size));
  return withView(rt, x, shape, (from, to) => {
    const run = count * inner;
    for (let n = 0; n < outer; n++) {
      const source = (n * x.shape[axis] + start) * inner;
      to.set(from.subarray(source, source + run), n * run);
    }
  });
}
