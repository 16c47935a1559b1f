import type { Shape } from '../tensor/tensor';
import type { Pair, Sides } from './padding';
import type { ValueShape } from './shape';

/** How a window moves; "same" as TensorFlow defines it. Zeros on chosen sides are a `pad` before it. */
export interface WindowAttributes {
  readonly strides: Pair;
  readonly padding: 'same' | 'valid';
}

/** Of a convolution's primitives. */
export interface ConvolutionAttributes extends WindowAttributes {
  readonly dilations: Pair;
}

/** Of a pooling's primitives. */
export interface PoolingAttributes extends WindowAttributes {
  readonly poolSize: Pair;
}

/** Of several batch norms whose outputs are added. */
export interface SumOfNormsAttributes {
  /** Of each norm; so many there are. */
  readonly epsilons: readonly number[];
  /** Whether one image more is added; of the gradient, whether that image's is asked for. */
  readonly side: boolean;
  readonly relu: boolean;
}

/** Functions of one number. */
export type UnaryFunction =
  'relu6' | 'elu' | 'selu' | 'tanh' | 'softplus' | 'softsign' | 'exp' | 'erf' | 'sqrt';

/** Functions of two numbers. */
export type BinaryFunction = 'add' | 'subtract' | 'multiply' | 'divide' | 'maximum' | 'minimum';

/** How an image gets another size. */
export interface ResizeAttributes {
  readonly method: 'nearest' | 'bilinear';
  /**
   * The centres of the corner pixels stay where they are (PyTorch's `align_corners`); only with `bilinear`. Otherwise centres
   * are at half a pixel, as everywhere since TensorFlow 2.
   */
  readonly aligned?: boolean;
}

/**
 * The primitives: what an executor must be able to do, with the inputs each takes. They are TensorFlow's operators
 * or a few of them; gradient operators included, since a backward pass is a list of the same steps.
 * Images are NHWC, kernels [h, w, in / groups, out]; groups follow from the shapes.
 */
export interface PrimitiveAttributes {
  /** () → a value fed from outside. */
  input: { readonly name: string };
  /** () → the present value of a variable. */
  read: { readonly variable: string };
  /** () → fixed numbers. */
  constant: { readonly values: readonly number[] };
  /** (x, kernel) */
  conv2d: ConvolutionAttributes;
  /** (kernel, dy) → gradient of x; its shape is the output's. */
  conv2dBackpropInput: ConvolutionAttributes;
  /** (x, dy) → gradient of the kernel; its shape is the output's. */
  conv2dBackpropFilter: ConvolutionAttributes;
  /** (x, bias): added along the last axis. */
  biasAdd: object;
  /** (dy) */
  biasAddGrad: object;
  /** (a, b), both of rank 2. */
  matMul: { readonly transposeA: boolean; readonly transposeB: boolean };
  /** (x, γ, β, mean, variance), x of rank 4 → y. */
  batchNormInference: { readonly epsilon: number };
  /** (dy, x, γ, mean, variance) → dx, dγ, dβ; the statistics are fixed. */
  batchNormInferenceGrad: { readonly epsilon: number };
  /** (x, γ, β), x of rank 4 → y, batch mean, unbiased batch variance, and three values for the gradient. */
  batchNormTraining: { readonly epsilon: number };
  /** (dy, x, γ, the three values) → dx, dγ, dβ */
  batchNormTrainingGrad: { readonly epsilon: number };
  /**
   * (x…, side, γ…, β…) → the sum of the x's batch norms and the side, through ReLU if asked; then means,
   * unbiased variances and 1 / √(variance + ε), one of each per norm. No operator is lowered to it: an executor that
   * has it gets it in place of batchNormTraining, addN and relu.
   */
  sumOfNorms: SumOfNormsAttributes;
  /** (dy, y where there is a ReLU, x…, γ…, means…, 1 / √(variance + ε)…) → dx…, gradient of the side, dγ…, one dβ for all. */
  sumOfNormsGrad: SumOfNormsAttributes;
  /** (variance) → 1 / √(variance + ε); nothing is learnt through it. */
  inverseDeviation: { readonly epsilon: number };
  /** (x, s): x times s [channels] along the last axis. */
  scaleChannels: object;
  /** (old, new) → keep · old + weight · new */
  movingAverage: { readonly keep: number; readonly weight: number };
  /** (x) */
  relu: object;
  /** (dy, y) */
  reluGrad: object;
  /** (x) */
  sigmoid: object;
  /** (dy, y) */
  sigmoidGrad: object;
  /** (x): over the last axis. */
  softmax: object;
  /** (x): over the last axis. */
  logSoftmax: object;
  /** (dy, y) */
  logSoftmaxGrad: object;
  /** (dy, y) */
  softmaxGrad: object;
  /** (x) */
  unary: { readonly fn: UnaryFunction };
  /** (dy, x, y) */
  unaryGrad: { readonly fn: UnaryFunction };
  /** (x): x where it is positive, else slope · x; the slope is 0 or more. */
  leakyRelu: { readonly slope: number };
  /** (dy, y) */
  leakyReluGrad: { readonly slope: number };
  /** (a, b): axes of size 1, and those that one lacks in front, broadcast. */
  binary: { readonly fn: BinaryFunction };
  /** (x): factor · x. */
  scale: { readonly factor: number };
  /** (x) → 1 where x > threshold, else 0; no gradient passes. */
  aboveMask: { readonly threshold: number };
  /** (a, b) → 1 where a ≥ b, else 0, broadcasting; no gradient passes. */
  notBelowMask: object;
  /** (x): summed over the axes that the output lacks in front or has with size 1. */
  sumTo: object;
  /** (x): repeated along axes of size 1 to the output's shape. */
  broadcast: object;
  /** (a, b, …): one behind the other along an axis. */
  concat: { readonly axis: number };
  /** (x): the output's size along an axis, from `start`. */
  slice: { readonly axis: number; readonly start: number };
  /** (x): axis i of the output is axis `order[i]` of x. */
  transpose: { readonly order: readonly number[] };
  /** (x): an image in the output's size. */
  resize: ResizeAttributes;
  /** (dy, x) */
  resizeGrad: ResizeAttributes;
  /** (x): passes it on. */
  identity: object;
  /** (a, b, …) of one shape. */
  addN: object;
  /** (x, c): c is fixed; its axes are the last ones of x, those of size 1 broadcast. */
  addConstant: object;
  /** (x, c): c is fixed; its axes are the last ones of x, those of size 1 broadcast. */
  multiplyConstant: object;
  /** () → 0 with probability `rate`, else 1 / (1 − rate); another draw each step, the same for the same seed. */
  dropoutMask: { readonly rate: number; readonly seed: number };
  /** () → normal variates; another draw each step, the same for the same seed. */
  normal: { readonly mean: number; readonly deviation: number; readonly seed: number };
  /** (x, mask), axes of size 1 of the mask broadcast; no gradient goes to the mask. */
  applyMask: object;
  /** (x): adds `value` around height and width. */
  pad: { readonly sides: Sides; readonly value: number };
  /** (x): cuts rows and columns away. */
  crop: { readonly sides: Sides };
  /** (x) */
  maxPool: PoolingAttributes;
  /** (x, y, dy) */
  maxPoolGrad: PoolingAttributes;
  /** (x): positions outside do not count. */
  averagePool: PoolingAttributes;
  /** (dy) → gradient of x; its shape is the output's. */
  averagePoolGrad: PoolingAttributes;
  /** (x): row-major, to the output's shape. */
  reshape: object;
  /** (x) → mean and biased variance over all but the last axis. */
  moments: object;
  /** (logits, targets), both batch × classes → mean loss, gradient of it by the logits */
  softmaxCrossEntropy: object;
  /** (logits, targets), both batch × units → mean loss, gradient of it by the logits */
  sigmoidCrossEntropy: object;
}

/** The name of a primitive. */
export type PrimitiveName = keyof PrimitiveAttributes;

/** Primitives that stand for several others, for executors that have them. */
export type FusedPrimitiveName = 'sumOfNorms' | 'sumOfNormsGrad';

/** A primitive with its attributes; `op` discriminates. */
export type Primitive = {
  [K in PrimitiveName]: { readonly op: K } & PrimitiveAttributes[K];
}[PrimitiveName];

/** What one output of one step is; the batch may be unknown at inference. */
export interface Value {
  readonly id: number;
  readonly shape: ValueShape;
}

/** One primitive applied to values. */
export interface Step {
  readonly primitive: Primitive;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}

/** Receives steps. */
export interface Emitter {
  /** Appends a step with one output of the given shape. */
  readonly emit: (primitive: Primitive, inputs: readonly Value[], shape: ValueShape) => Value;
  /** Appends a step with several outputs. */
  readonly emitAll: (
    primitive: Primitive,
    inputs: readonly Value[],
    shapes: readonly ValueShape[],
  ) => readonly Value[];
  /** Numbers that never change. */
  readonly constant: (values: readonly number[], shape: Shape) => Value;
}

/** What an operator sees when it is lowered. */
export interface LoweringContext<A> extends Emitter {
  readonly attributes: A;
  /** The node's inputs, in order. */
  readonly values: readonly [Value, ...Value[]];
  /** Shape of the node's output, as its shape rule infers it. */
  readonly output: ValueShape;
  /** True: dropout and noise at work, and the batch size is known. */
  readonly training: boolean;
  /** True: batch norms use the batch's own statistics, and move theirs. */
  readonly batchStatistics: boolean;
  /** The value of a parameter, or undefined where the node has none of this role. */
  readonly optional: (role: string) => Value | undefined;
  /** The value of a parameter that the node must have. */
  readonly parameter: (role: string) => Value;
  /** Sets what the parameter of this role (a moving statistic) will be after the step. */
  readonly update: (role: string, value: Value) => void;
  /** Seed of this node's own random draws. */
  readonly seed: number;
}
