import type { LoweringContext, UnaryFunction, Value } from '../lowering';
import type { Operator } from '../operator';
import type { NoAttributes } from './pointwise';

/** Settings of a function with one number. */
export interface LeakyReluAttributes {
  /** Factor of negative values. */
  readonly slope: number;
}

/** Which line the hard sigmoid follows between 0 and 1. */
export interface HardSigmoidAttributes {
  /** 1/6 where it is absent, as in Keras 3; 0.2 in Keras 2. */
  readonly slope?: number;
}

/** Of x above 0, α · (exp(x) − 1) below. */
export interface EluAttributes {
  readonly alpha: number;
}

/** Of x · Φ(x). */
export interface GeluAttributes {
  /** True: by tanh, as in the paper; false: by the error function. */
  readonly approximate: boolean;
}

/** Keras's ReLU with its settings: x above the threshold, up to a largest value, a line below the threshold. */
export interface BoundedReluAttributes {
  readonly maxValue: number | null;
  readonly negativeSlope: number;
  readonly threshold: number;
}

type Lower<A> = (context: LoweringContext<A>, x: Value) => Value;

function activation<A>(type: string, lower: Lower<A>): Operator<A> {
  return {
    type,
    parameters: [],
    inferShape: ({ inputs }) => inputs[0],
    lower: (context) => lower(context, context.values[0]),
  };
}

type Emit = Pick<LoweringContext<unknown>, 'emit' | 'constant'>;

function unary({ emit }: Emit, fn: UnaryFunction, x: Value): Value {
  return emit({ op: 'unary', fn }, [x], x.shape);
}

function scale({ emit }: Emit, factor: number, x: Value): Value {
  return emit({ op: 'scale', factor }, [x], x.shape);
}

function shift({ emit, constant }: Emit, by: number, x: Value): Value {
  return emit({ op: 'addConstant' }, [x, constant([by], [])], x.shape);
}

function times({ emit }: Emit, a: Value, b: Value): Value {
  return emit({ op: 'binary', fn: 'multiply' }, [a, b], a.shape);
}

function minus({ emit }: Emit, a: Value, b: Value): Value {
  return emit({ op: 'binary', fn: 'subtract' }, [a, b], a.shape);
}

function positive({ emit }: Emit, x: Value): Value {
  return emit({ op: 'relu' }, [x], x.shape);
}

const named = (type: string, fn: UnaryFunction): Operator<NoAttributes> =>
  activation(type, (context, x) => unary(context, fn, x));

/** min(max(x, 0), 6). */
export const relu6 = named('relu6', 'relu6');
/** The hyperbolic tangent. */
export const tanh = named('tanh', 'tanh');
/** λ · x, and λ · α · (e^x − 1) below 0 (Klambauer et al., 2017). */
export const selu = named('selu', 'selu');
/** log(1 + e^x). */
export const softplus = named('softplus', 'softplus');
/** x / (1 + |x|). */
export const softsign = named('softsign', 'softsign');
/** e^x. */
export const exponential = named('exponential', 'exp');

/** x · sigmoid(x). */
export const silu = activation<NoAttributes>('silu', (context, x) =>
  times(context, x, context.emit({ op: 'sigmoid' }, [x], x.shape)),
);

/** x · tanh(softplus(x)). */
export const mish = activation<NoAttributes>('mish', (context, x) =>
  times(context, x, unary(context, 'tanh', unary(context, 'softplus', x))),
);

function hard(context: Emit, x: Value): Value {
  return scale(context, 1 / 6, unary(context, 'relu6', shift(context, 3, x)));
}

/** min(max(slope · x + 1/2, 0), 1). */
export const hardSigmoid = activation<HardSigmoidAttributes>('hardSigmoid', (context, x) => {
  const { slope } = context.attributes;
  return hard(context, slope === undefined ? x : scale(context, 6 * slope, x));
});

/** x · min(max(x + 3, 0), 6) / 6. */
export const hardSwish = activation<NoAttributes>('hardSwish', (context, x) =>
  times(context, x, hard(context, x)),
);

/** x, and slope · x below 0. */
export const leakyRelu = activation<LeakyReluAttributes>('leakyRelu', (context, x) => {
  const { slope } = context.attributes;
  if (slope >= 0) return context.emit({ op: 'leakyRelu', slope }, [x], x.shape);
  const below = positive(context, scale(context, -1, x));
  return minus(context, positive(context, x), scale(context, slope, below));
});

/** x, and α · (e^x − 1) below 0. */
export const elu = activation<EluAttributes>('elu', (context, x) => {
  const { alpha } = context.attributes;
  const unit = unary(context, 'elu', x);
  if (alpha === 1) return unit;
  // Above 0 both summands are x, below 0 the second one is nothing.
  const rest = scale(context, 1 - alpha, positive(context, x));
  return context.emit({ op: 'addN' }, [scale(context, alpha, unit), rest], x.shape);
});

/** x · Φ(x) with the normal distribution's Φ (Hendrycks and Gimpel, 2016). */
export const gelu = activation<GeluAttributes>('gelu', (context, x) => {
  const inner = context.attributes.approximate
    ? unary(context, 'tanh', scale(context, Math.sqrt(2 / Math.PI), cubic(context, x)))
    : unary(context, 'erf', scale(context, Math.SQRT1_2, x));
  return times(context, scale(context, 0.5, x), shift(context, 1, inner));
});

/** x + 0.044715 · x³. */
function cubic(context: Emit, x: Value): Value {
  return times(context, x, shift(context, 1, scale(context, 0.044715, times(context, x, x))));
}

/** What `keras.layers.ReLU` computes with all of its settings. */
export const boundedRelu = activation<BoundedReluAttributes>('boundedRelu', (context, x) => {
  const { maxValue, negativeSlope, threshold } = context.attributes;
  const above = threshold === 0 ? positive(context, x) : aboveThreshold(context, threshold, x);
  const clipped = maxValue === null ? above : clip(context, maxValue, above);
  if (negativeSlope === 0) return clipped;
  const below = positive(context, shift(context, threshold, scale(context, -1, x)));
  return minus(context, clipped, scale(context, negativeSlope, below));
});

function aboveThreshold(context: Emit, threshold: number, x: Value): Value {
  const mask = context.emit({ op: 'aboveMask', threshold }, [x], x.shape);
  return context.emit({ op: 'applyMask' }, [x, mask], x.shape);
}

/** Keeps values between 0 and a largest one. */
function clip(context: Emit, maxValue: number, x: Value): Value {
  const top = context.constant([maxValue], []);
  return positive(context, context.emit({ op: 'binary', fn: 'minimum' }, [x, top], x.shape));
}
