import type { FusedPrimitiveName, Primitive, PrimitiveName, Value } from '../../core/graph/lowering';
import type { Random } from '../../core/random';
import { broadcast, concat, resolved, slice, sumTo } from './arrange';
import { convolve, convolveFilterGradient, convolveInputGradient } from './convolution';
import { binary, broadcasting, mapped, unary, unaryGradient } from './elementwise';
import { place } from './frame';
import {
  logSoftmax,
  logSoftmaxGradient,
  sigmoidCrossEntropy,
  softmax,
  softmaxCrossEntropy,
  softmaxGradient,
} from './loss';
import {
  channelStatistics,
  channelSums,
  fixedNormaliseGradient,
  normaliseGradient,
  normaliseInference,
  normaliseTraining,
} from './normalisation';
import { averagePool, averagePoolGradient, maxPool, maxPoolGradient } from './pooling';
import { resize, resizeGradient } from './resize';
import type { Runtime, Tensor } from './runtime';

/** What lives as long as a session; a step that reads it gets an alias. */
export interface Surroundings {
  fed(value: Value): Tensor;
  variable(name: string): Tensor;
  constant(values: readonly number[], shape: readonly number[]): Tensor;
  /** The generator of one seed in this step. */
  random(seed: number): Random;
}

interface Context<K extends PrimitiveName> {
  readonly rt: Runtime;
  readonly primitive: Extract<Primitive, { readonly op: K }>;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Value[];
  readonly surroundings: Surroundings;
}

/** One primitive: new tensors, or aliases, for its outputs; its inputs stay the caller's. */
type Execution<K extends PrimitiveName> = (context: Context<K>) => readonly Tensor[];

/** What can be done here. Where a kernel of TensorFlow.js is right and fast it is used, else a plain loop. */
const EXECUTIONS: { readonly [K in Exclude<PrimitiveName, FusedPrimitiveName>]: Execution<K> } = {
  input: ({ surroundings, outputs: [value] }) => [surroundings.fed(value)],
  read: ({ surroundings, primitive }) => [surroundings.variable(primitive.variable)],
  constant: ({ surroundings, primitive: { values }, outputs: [{ shape }] }) => [
    surroundings.constant(values, shape.map(Number)),
  ],
  conv2d: ({ rt, primitive, inputs: [x, kernel] }) => [convolve(rt, x, kernel, primitive)],
  conv2dBackpropInput: ({ rt, primitive, inputs: [kernel, dy], outputs: [{ shape }] }) => [
    convolveInputGradient(rt, kernel, dy, shape.map(Number), primitive),
  ],
  conv2dBackpropFilter: ({ rt, primitive, inputs: [x, dy], outputs: [{ shape }] }) => [
    convolveFilterGradient(rt, x, dy, shape.map(Number), primitive),
  ],
  biasAdd: ({ rt, inputs: [a, b] }) => [rt.kernel('Add', { a, b })],
  biasAddGrad: ({ rt, inputs: [dy] }) => [channelSums(rt, dy)],
  matMul: ({ rt, primitive: { transposeA, transposeB }, inputs: [a, b] }) => [
    matMul(rt, [a, transposeA], [b, transposeB]),
  ],
  batchNormInference: ({ rt, primitive, inputs }) => [normaliseInference(rt, inputs, primitive.epsilon)],
  batchNormTraining: ({ rt, primitive, inputs }) => normaliseTraining(rt, inputs, primitive.epsilon),
  batchNormTrainingGrad: ({ rt, inputs }) => normaliseGradient(rt, inputs),
  batchNormInferenceGrad: ({ rt, primitive, inputs }) =>
    fixedNormaliseGradient(rt, inputs, primitive.epsilon),
  inverseDeviation: ({ rt, primitive: { epsilon }, inputs: [variance] }) => [
    mapped(rt, variance, (value) => 1 / Math.sqrt(value + epsilon)),
  ],
  scaleChannels: ({ rt, inputs: [a, b] }) => [rt.kernel('Multiply', { a, b })],
  movingAverage: ({ rt, primitive: { keep, weight }, inputs }) => [
    combine(rt, inputs, (old, latest) => keep * old + weight * latest),
  ],
  relu: ({ rt, inputs: [x] }) => [rt.kernel('Relu', { x })],
  reluGrad: ({ rt, inputs }) => [reluGradient(rt, inputs)],
  sigmoid: ({ rt, inputs: [x] }) => [rt.kernel('Sigmoid', { x })],
  sigmoidGrad: ({ rt, inputs }) => [combine(rt, inputs, (dy, y) => dy * y * (1 - y))],
  softmax: ({ rt, inputs: [x] }) => [softmax(rt, x)],
  logSoftmax: ({ rt, inputs: [x] }) => [logSoftmax(rt, x)],
  logSoftmaxGrad: ({ rt, inputs: [dy, y] }) => [logSoftmaxGradient(rt, dy, y)],
  softmaxGrad: ({ rt, inputs: [dy, y] }) => [softmaxGradient(rt, dy, y)],
  unary: ({ rt, primitive: { fn }, inputs: [x] }) => [unary(rt, fn, x)],
  unaryGrad: ({ rt, primitive: { fn }, inputs }) => [unaryGradient(rt, fn, inputs)],
  leakyRelu: ({ rt, primitive: { slope }, inputs: [x] }) => [
    mapped(rt, x, (value) => (value > 0 ? value : slope * value)),
  ],
  leakyReluGrad: ({ rt, primitive: { slope }, inputs }) => [
    combine(rt, inputs, (dy, y) => (y > 0 ? dy : slope * dy)),
  ],
  binary: ({ rt, primitive: { fn }, inputs: [a, b] }) => [binary(rt, fn, a, b)],
  scale: ({ rt, primitive: { factor }, inputs: [x] }) => [mapped(rt, x, (value) => factor * value)],
  aboveMask: ({ rt, primitive: { threshold }, inputs: [x] }) => [
    mapped(rt, x, (value) => Number(value > threshold)),
  ],
  notBelowMask: ({ rt, inputs }) => [broadcasting(rt, inputs, (a, b) => Number(a >= b))],
  sumTo: ({ rt, inputs: [x], outputs: [{ shape }] }) => [sumTo(rt, x, resolved(shape, x.shape))],
  broadcast: ({ rt, inputs: [x], outputs: [{ shape }] }) => [broadcast(rt, x, resolved(shape, x.shape))],
  concat: ({ rt, primitive: { axis }, inputs }) => [concat(rt, inputs, axis)],
  slice: ({ rt, primitive: { axis, start }, inputs: [x], outputs: [{ shape }] }) => [
    slice(rt, x, axis, start, resolved(shape, x.shape)[axis]),
  ],
  transpose: ({ rt, primitive: { order }, inputs: [x] }) => [
    rt.kernel('Transpose', { x }, { perm: [...order] }),
  ],
  resize: ({ rt, primitive, inputs: [x], outputs: [{ shape }] }) => {
    const [, height, width] = resolved(shape, x.shape);
    return [resize(rt, x, [height, width], primitive)];
  },
  resizeGrad: ({ rt, primitive, inputs: [dy, x] }) => [resizeGradient(rt, dy, x, primitive)],
  identity: ({ rt, inputs: [x] }) => [rt.alias(x)],
  addN: ({ rt, inputs }) => [inputs.length === 1 ? rt.alias(inputs[0]) : rt.kernel('AddN', inputs)],
  addConstant: ({ rt, inputs: [a, b] }) => [rt.kernel('Add', { a, b })],
  multiplyConstant: ({ rt, inputs: [a, b] }) => [rt.kernel('Multiply', { a, b })],
  dropoutMask: ({ rt, primitive: { rate, seed }, outputs: [{ shape }], surroundings }) => {
    const random = surroundings.random(seed);
    const write = (values: Float32Array): void => {
      for (let i = 0; i < values.length; i++) values[i] = random.uniform() < rate ? 0 : 1 / (1 - rate);
    };
    return [rt.fill(shape.map(Number), write)];
  },
  normal: ({ rt, primitive: { mean, deviation, seed }, outputs: [{ shape }], surroundings }) => {
    const random = surroundings.random(seed);
    const write = (values: Float32Array): void => {
      for (let i = 0; i < values.length; i++) values[i] = mean + deviation * random.normal();
    };
    return [rt.fill(shape.map(Number), write)];
  },
  applyMask: ({ rt, inputs: [a, b] }) => [rt.kernel('Multiply', { a, b })],
  pad: ({ rt, primitive: { sides, value }, inputs: [x] }) => {
    const { top, bottom, left, right } = sides;
    const [, height, width] = x.shape;
    return [
      place(rt, x, { first: [top, left], size: [height + top + bottom, width + left + right], fill: value }),
    ];
  },
  crop: ({ rt, primitive: { sides }, inputs: [x] }) => {
    const { top, bottom, left, right } = sides;
    const [, height, width] = x.shape;
    return [place(rt, x, { first: [-top, -left], size: [height - top - bottom, width - left - right] })];
  },
  maxPool: ({ rt, primitive, inputs: [x] }) => [maxPool(rt, x, primitive)],
  maxPoolGrad: ({ rt, primitive, inputs: [x, y, dy] }) => [maxPoolGradient(rt, x, y, dy, primitive)],
  averagePool: ({ rt, primitive, inputs: [x] }) => [averagePool(rt, x, primitive)],
  averagePoolGrad: ({ rt, primitive, inputs: [dy], outputs: [{ shape }] }) => [
    averagePoolGradient(rt, dy, shape.map(Number), primitive),
  ],
  reshape: ({ rt, inputs: [x], outputs: [{ shape }] }) => [rt.alias(x, complete(shape, x.shape))],
  moments: ({ rt, inputs: [x] }) => {
    const { mean, variance } = channelStatistics(rt, x);
    return [mean, variance].map((values) => rt.fill([values.length], (to) => to.set(values)));
  },
  softmaxCrossEntropy: ({ rt, inputs: [logits, targets] }) => softmaxCrossEntropy(rt, logits, targets),
  sigmoidCrossEntropy: ({ rt, inputs: [logits, targets] }) => sigmoidCrossEntropy(rt, logits, targets),
};

/** Names of the primitives that can be executed. */
export const EXECUTABLE: ReadonlySet<string> = new Set(Object.keys(EXECUTIONS));

/** Executes one step. */
export function execute(context: Context<PrimitiveName>): readonly Tensor[] {
  // The table pairs each name with the execution of that name; the type of the pair is lost on lookup.
  const all: Readonly<Partial<Record<PrimitiveName, unknown>>> = EXECUTIONS;
  const execution = all[context.primitive.op] as Execution<PrimitiveName> | undefined;
  if (!execution) throw new Error(`the portable backend does not know ${context.primitive.op}`);
  return execution(context);
}

/** A loop of its own: it runs over every activation, and a function called for each number is ten times slower. */
function reluGradient(rt: Runtime, [dy, y]: readonly Tensor[]): Tensor {
  return rt.fill(y.shape, (to) => {
    const [gradient, values] = [rt.view(dy), rt.view(y)];
    for (let i = 0; i < to.length; i++) to[i] = values[i] > 0 ? gradient[i] : 0;
  });
}

/** A function of two tensors of one shape, element by element. */
function combine(
  rt: Runtime,
  [a, b]: readonly Tensor[],
  each: (first: number, second: number) => number,
): Tensor {
  return rt.fill(a.shape, (to) => {
    const [first, second] = [rt.view(a), rt.view(b)];
    for (let i = 0; i < to.length; i++) to[i] = each(first[i], second[i]);
  });
}

/** A product of matrices, each perhaps transposed before: the kernel is slow where it does that itself. */
function matMul(rt: Runtime, ...factors: readonly [Tensor, boolean][]): Tensor {
  const [a, b] = factors.map(([x, transposed]) =>
    transposed ? rt.kernel('Transpose', { x }, { perm: [1, 0] }) : rt.alias(x),
  );
  const product = rt.kernel('BatchMatMul', { a, b }, { transposeA: false, transposeB: false });
  rt.free(a, b);
  return product;
}

/** A shape with its one unknown size, the batch or what comes of it, worked out. */
function complete(shape: ReadonlyArray<number | null>, from: readonly number[]): number[] {
  const size = from.reduce((a, b) => a * b, 1);
  const known = shape.reduce<number>((product, length) => product * (length ?? 1), 1);
  return shape.map((length) => length ?? size / known);
}
