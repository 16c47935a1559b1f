import type { BinaryFunction, UnaryFunction } from '../../core/graph/lowering';
import { eachBroadcast, broadcastShape } from './arrange';
import type { Runtime, Tensor } from './runtime';

const SELU = { alpha: 1.6732632423543772, scale: 1.0507009873554805 } as const;

interface Unary {
  readonly value: (x: number) => number;
  /** Derivative at x, where the value is y. */
  readonly slope: (x: number, y: number) => number;
}

const UNARY: Readonly<Record<UnaryFunction, Unary>> = {
  relu6: { value: (x) => Math.min(Math.max(x, 0), 6), slope: (_, y) => Number(y > 0 && y < 6) },
  elu: { value: (x) => (x > 0 ? x : Math.expm1(x)), slope: (_, y) => (y > 0 ? 1 : y + 1) },
  selu: {
    value: (x) => SELU.scale * (x > 0 ? x : SELU.alpha * Math.expm1(x)),
    slope: (_, y) => (y > 0 ? SELU.scale : y + SELU.scale * SELU.alpha),
  },
  tanh: { value: Math.tanh, slope: (_, y) => 1 - y * y },
  softplus: {
    value: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    slope: (x) => 1 / (1 + Math.exp(-x)),
  },
  softsign: { value: (x) => x / (1 + Math.abs(x)), slope: (x) => 1 / (1 + Math.abs(x)) ** 2 },
  exp: { value: Math.exp, slope: (_, y) => y },
  erf: { value: erf, slope: (x) => (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) },
  sqrt: { value: Math.sqrt, slope: (_, y) => 0.5 / y },
};

const BINARY: Readonly<Record<BinaryFunction, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  maximum: Math.max,
  minimum: Math.min,
};

/** A function of one tensor, element by element. */
export function mapped(rt: Runtime, x: Tensor, each: (value: number) => number): Tensor {
  return rt.fill(x.shape, (to) => {
    const from = rt.view(x);
    for (let i = 0; i < to.length; i++) to[i] = each(from[i]);
  });
}

/** A function of each number of a tensor. */
export function unary(rt: Runtime, fn: UnaryFunction, x: Tensor): Tensor {
  return mapped(rt, x, UNARY[fn].value);
}

/** @param tensors dy, x and y */
export function unaryGradient(rt: Runtime, fn: UnaryFunction, tensors: readonly Tensor[]): Tensor {
  const { slope } = UNARY[fn];
  return rt.fill(tensors[0].shape, (to) => {
    const [dy, x, y] = tensors.map((tensor) => rt.view(tensor));
    for (let i = 0; i < to.length; i++) to[i] = dy[i] * slope(x[i], y[i]);
  });
}

/** A function of two tensors whose axes of size 1 broadcast. */
export function binary(rt: Runtime, fn: BinaryFunction, a: Tensor, b: Tensor): Tensor {
  return broadcasting(rt, [a, b], BINARY[fn]);
}

/** A function of two tensors whose axes of size 1 broadcast. */
export function broadcasting(
  rt: Runtime,
  [a, b]: readonly Tensor[],
  each: (first: number, second: number) => number,
): Tensor {
  const shape = broadcastShape(a.shape, b.shape);
  const alike = [a, b].every((tensor) => tensor.shape.join() === shape.join());
  return rt.fill(shape, (to) => {
    const [first, second] = [rt.view(a), rt.view(b)];
    if (alike) for (let i = 0; i < to.length; i++) to[i] = each(first[i], second[i]);
    else eachBroadcast(shape, [a.shape, b.shape], (at, [i, j]) => (to[at] = each(first[i], second[j])));
  });
}

/** The error function by its series of positive terms: 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (1 · 3 · … · (2n + 1)). */
function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}
