import type { ResizeAttributes } from '../../src/core/graph/lowering';
import type { BoundedReluAttributes } from '../../src/core/graph/ops/activations';
import { map, tensor, type Tensor } from './reference-ops';

/** The error function by a series whose terms are all of one sign. */
function erf(x: number): number {
  const size = Math.abs(x);
  if (size > 6) return Math.sign(x);
  let term = size;
  let sum = size;
  for (let n = 1; term > 1e-18 * sum; n++) {
    term *= (2 * size * size) / (2 * n + 1);
    sum += term;
  }
  return (Math.sign(x) * 2 * Math.exp(-size * size) * sum) / Math.sqrt(Math.PI);
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const hardSigmoid = (x: number): number => Math.min(Math.max(x + 3, 0), 6) / 6;
const SELU = { alpha: 1.6732632423543772, lambda: 1.0507009873554805 };

/** Functions of one number without settings. */
export const FUNCTIONS = {
  relu6: (x: number): number => Math.min(Math.max(x, 0), 6),
  selu: (x: number): number => SELU.lambda * (x > 0 ? x : SELU.alpha * Math.expm1(x)),
  silu: (x: number): number => x * sigmoid(x),
  mish: (x: number): number => x * Math.tanh(softplus(x)),
  tanh: Math.tanh,
  softplus,
  softsign: (x: number): number => x / (1 + Math.abs(x)),
  exponential: Math.exp,
  hardSwish: (x: number): number => x * hardSigmoid(x),
};

export function gelu(x: number, approximate: boolean): number {
  const inner = Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);
  return 0.5 * x * (1 + (approximate ? Math.tanh(inner) : erf(x / Math.SQRT2)));
}

/** As Keras's documentation defines it, piece by piece. */
export function boundedRelu(x: number, settings: BoundedReluAttributes): number {
  const { maxValue, negativeSlope, threshold } = settings;
  if (maxValue !== null && x >= maxValue && x > threshold) return maxValue;
  return x > threshold ? x : negativeSlope * (x - threshold);
}

/** Where element `i` of a value of the first shape lies in one of another shape that is repeated to it. */
function repeatedIndex(i: number, shape: readonly number[], from: readonly number[]): number {
  const missing = shape.length - from.length;
  let rest = i;
  let index = 0;
  let stride = 1;
  for (let axis = shape.length - 1; axis >= missing; axis--) {
    const size = from[axis - missing];
    index += (size === 1 ? 0 : rest % shape[axis]) * stride;
    rest = Math.floor(rest / shape[axis]);
    stride *= size;
  }
  return index;
}

/** Combines two values element by element; axes of size 1, and missing ones in front, are repeated. */
export function combine(a: Tensor, b: Tensor, f: (a: number, b: number) => number): Tensor {
  const long = a.shape.length >= b.shape.length ? a : b;
  const shape = long.shape.map((_, i) => {
    const fromEnd = long.shape.length - i;
    return Math.max(a.shape.at(-fromEnd) ?? 1, b.shape.at(-fromEnd) ?? 1);
  });
  const size = shape.reduce((product, dim) => product * dim, 1);
  const data = Float64Array.from({ length: size }, (_, i) =>
    f(a.data[repeatedIndex(i, shape, a.shape)], b.data[repeatedIndex(i, shape, b.shape)]),
  );
  return { shape, data };
}

/** Values one behind the other along an axis. */
export function concatenate(inputs: readonly Tensor[], axis: number): Tensor {
  const at = axis < 0 ? axis + inputs[0].shape.length : axis;
  const outer = inputs[0].shape.slice(0, at).reduce((a, b) => a * b, 1);
  const rows = inputs.map(({ data }) => data.length / outer);
  const data: number[] = [];
  for (let i = 0; i < outer; i++) {
    inputs.forEach((input, n) => data.push(...input.data.subarray(i * rows[n], (i + 1) * rows[n])));
  }
  const size = inputs.reduce((total, { shape }) => total + shape[at], 0);
  return tensor(
    inputs[0].shape.map((dim, i) => (i === at ? size : dim)),
    data,
  );
}

/** Positions from `start` on and before `end` along an axis. */
export function sliced(x: Tensor, axis: number, start: number, end: number): Tensor {
  const inner = x.shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const data = [...x.data].filter((_, i) => {
    const at = Math.floor(i / inner) % x.shape[axis];
    return at >= start && at < end;
  });
  return tensor(
    x.shape.map((dim, i) => (i === axis ? end - start : dim)),
    data,
  );
}

/** Axes in another order. */
export function transpose(x: Tensor, order: readonly number[]): Tensor {
  const shape = order.map((axis) => x.shape[axis]);
  const strides = x.shape.map((_, axis) => x.shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const data = x.data.map((_, i) => {
    let rest = i;
    let index = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index += (rest % shape[axis]) * strides[order[axis]];
      rest = Math.floor(rest / shape[axis]);
    }
    return x.data[index];
  });
  return { shape, data };
}

/** Pixels that a position reads on one axis, with their shares. */
function readsOf(at: number, from: number, to: number, { method, aligned }: ResizeAttributes) {
  // With aligned corners the first and the last centre are those of the image before.
  const centre = aligned ? (at * (from - 1)) / Math.max(to - 1, 1) + 0.5 : ((at + 0.5) * from) / to;
  const clamp = (index: number): number => Math.min(Math.max(index, 0), from - 1);
  if (method === 'nearest') return [{ index: clamp(Math.floor(centre)), share: 1 }];
  const low = Math.floor(centre - 0.5);
  const share = centre - 0.5 - low;
  return [
    { index: clamp(low), share: 1 - share },
    { index: clamp(low + 1), share },
  ];
}

/** An image in another size. */
export function resize(x: Tensor, size: readonly number[], how: ResizeAttributes): Tensor {
  const [batch, height, width, channels] = x.shape;
  const data: number[] = [];
  for (let n = 0; n < batch; n++) {
    for (let row = 0; row < size[0]; row++) {
      for (let column = 0; column < size[1]; column++) {
        for (let c = 0; c < channels; c++) {
          let sum = 0;
          for (const y of readsOf(row, height, size[0], how)) {
            for (const z of readsOf(column, width, size[1], how)) {
              sum += y.share * z.share * x.data[((n * height + y.index) * width + z.index) * channels + c];
            }
          }
          data.push(sum);
        }
      }
    }
  }
  return tensor([batch, size[0], size[1], channels], data);
}

/** Normalises each run of channels of one group in each image by its own mean and variance; γ and β by channel. */
export function groupNormalise(
  x: Tensor,
  settings: { readonly groups: number; readonly epsilon: number; readonly everywhere: boolean },
  gamma?: Tensor,
  beta?: Tensor,
): Tensor {
  const channels = x.shape[x.shape.length - 1];
  const { groups, epsilon, everywhere } = settings;
  const perImage = x.data.length / x.shape[0];
  const keyOf = (i: number): string => {
    const group = Math.floor((i % channels) / (channels / groups));
    return everywhere ? `${Math.floor(i / perImage)} ${group}` : `${Math.floor(i / channels)} ${group}`;
  };
  const sums = new Map<string, number[]>();
  x.data.forEach((value, i) => sums.set(keyOf(i), [...(sums.get(keyOf(i)) ?? []), value]));
  const moments = new Map(
    [...sums].map(([key, values]) => {
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      return [key, { mean, variance: values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length }];
    }),
  );
  return map(x, (value, i) => {
    const { mean, variance } = moments.get(keyOf(i)) ?? { mean: NaN, variance: NaN };
    const c = i % channels;
    return ((value - mean) / Math.sqrt(variance + epsilon)) * (gamma?.data[c] ?? 1) + (beta?.data[c] ?? 0);
  });
}
