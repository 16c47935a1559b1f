import { UnsupportedError } from '../../core/errors';
import type {
  BinaryFunction,
  ConvolutionAttributes,
  PoolingAttributes,
  Primitive,
  PrimitiveName,
  ResizeAttributes,
  SumOfNormsAttributes,
  UnaryFunction,
  Value,
} from '../../core/graph/lowering';
import type { Pair, Sides } from '../../core/graph/padding';
import type { ValueShape } from '../../core/graph/shape';
import { addConvolution, type ConvolutionTarget } from './convolution';
import { addDraw } from './draws';
import { DT, type Attributes, type GraphBuilder } from './graph-def';

/** An operator's attribute T. */
interface ElementType {
  readonly type: number;
}

/** What the translation of one step sees. Tensors are names in the graph. */
export interface TranslationContext<K extends PrimitiveName> {
  readonly graph: GraphBuilder;
  readonly primitive: Extract<Primitive, { readonly op: K }>;
  readonly inputs: readonly string[];
  readonly shapes: readonly ValueShape[];
  readonly outputs: readonly Value[];
  /** The handle of a variable. */
  readonly handle: (variable: string) => string;
  readonly target: ConvolutionTarget;
  /** What the operator is computed in, where several are possible. */
  readonly T: ElementType;
  /** The count of steps taken (int32, scalar), where the plan draws random numbers. */
  readonly step?: string;
}

/** Names of the step's outputs, in order. */
type Translation<K extends PrimitiveName> = (context: TranslationContext<K>) => readonly string[];

const FLOAT: Attributes = { T: { type: DT.float } };

const UNARY: Readonly<Record<UnaryFunction, string>> = {
  relu6: 'Relu6',
  elu: 'Elu',
  selu: 'Selu',
  tanh: 'Tanh',
  softplus: 'Softplus',
  softsign: 'Softsign',
  exp: 'Exp',
  erf: 'Erf',
  sqrt: 'Sqrt',
};

const BINARY: Readonly<Record<BinaryFunction, string>> = {
  add: 'AddV2',
  subtract: 'Sub',
  multiply: 'Mul',
  divide: 'RealDiv',
  maximum: 'Maximum',
  minimum: 'Minimum',
};

interface UnaryTensors {
  readonly dy: string;
  readonly x: string;
  readonly y: string;
  readonly graph: GraphBuilder;
}

type AddNode = (op: string, ...inputs: string[]) => string;

/** TensorFlow's own gradient of each function, which takes the input or the output as it was written. */
const UNARY_GRADIENT: Readonly<Record<UnaryFunction, (add: AddNode, tensors: UnaryTensors) => string>> = {
  relu6: (add, { dy, y }) => add('Relu6Grad', dy, y),
  elu: (add, { dy, y }) => add('EluGrad', dy, y),
  selu: (add, { dy, y }) => add('SeluGrad', dy, y),
  tanh: (add, { dy, y }) => add('TanhGrad', y, dy),
  softplus: (add, { dy, x }) => add('SoftplusGrad', dy, x),
  softsign: (add, { dy, x }) => add('SoftsignGrad', dy, x),
  exp: (add, { dy, y }) => add('Mul', dy, y),
  erf: (add, { dy, x, graph }) =>
    scaled(graph, add('Mul', dy, add('Exp', add('Neg', add('Square', x)))), 2 / Math.sqrt(Math.PI)),
  sqrt: (add, { dy, y }) => add('SqrtGrad', y, dy),
};

const RESIZE: Readonly<Record<ResizeAttributes['method'], string>> = {
  nearest: 'ResizeNearestNeighbor',
  bilinear: 'ResizeBilinear',
};

const resizing = ({ aligned = false }: ResizeAttributes): Attributes => ({
  ...FLOAT,
  align_corners: { bool: aligned },
  half_pixel_centers: { bool: !aligned },
});

/** Every primitive as TensorFlow nodes. */
const TRANSLATIONS: { readonly [K in PrimitiveName]: Translation<K> } = {
  input: ({ graph, outputs: [{ shape }] }) => [
    graph.add('Placeholder', [], { dtype: { type: DT.float }, shape: { shape: sizes(shape) } }),
  ],
  read: ({ graph, primitive, handle }) => [
    graph.add('ReadVariableOp', [handle(primitive.variable)], { dtype: { type: DT.float } }),
  ],
  constant: ({ graph, primitive, outputs: [{ shape }] }) => [
    graph.constant(primitive.values, sizes(shape), 'float'),
  ],
  conv2d: (context) => [convolution(context, 'y', context.shapes[0], context.shapes[1])],
  conv2dBackpropInput: (context) => [convolution(context, 'x', context.outputs[0].shape, context.shapes[0])],
  conv2dBackpropFilter: (context) => [
    convolution(context, 'kernel', context.shapes[0], context.outputs[0].shape),
  ],
  biasAdd: ({ graph, inputs, T }) => [graph.add('BiasAdd', inputs, { T })],
  biasAddGrad: ({ graph, inputs }) => [graph.add('BiasAddGrad', inputs, FLOAT)],
  matMul: ({ graph, primitive: { transposeA, transposeB }, inputs }) => [
    graph.add('MatMul', inputs, {
      ...FLOAT,
      transpose_a: { bool: transposeA },
      transpose_b: { bool: transposeB },
    }),
  ],
  batchNormInference: ({ graph, primitive, inputs, T }) => [
    graph.add('FusedBatchNormV3', inputs, batchNorm(T, primitive.epsilon, false)),
  ],
  batchNormInferenceGrad: ({ graph, primitive, inputs, outputs, T }) => {
    // The last input is for batch statistics on other devices; here it only has to be a vector.
    const all = [...inputs, graph.constant([], [0], 'float')];
    return several(graph.add('FusedBatchNormGradV3', all, batchNorm(T, primitive.epsilon, false)), outputs);
  },
  batchNormTraining: ({ graph, primitive, inputs, outputs, T }) => {
    const none = graph.constant([], [0], 'float');
    const attributes = batchNorm(T, primitive.epsilon, true);
    return several(graph.add('FusedBatchNormV3', [...inputs, none, none], attributes), outputs);
  },
  batchNormTrainingGrad: ({ graph, primitive, inputs, outputs, T }) =>
    several(graph.add('FusedBatchNormGradV3', inputs, batchNorm(T, primitive.epsilon, true)), outputs),
  sumOfNorms: ({ graph, primitive, inputs, outputs, T }) =>
    several(graph.add('AcnetSumOfNorms', inputs, sumOfNorms(T, primitive)), outputs),
  sumOfNormsGrad: ({ graph, primitive, inputs, outputs, T }) => {
    const attributes = { ...sumOfNorms(T, primitive), outputs: { int: Number(primitive.relu) } };
    return several(graph.add('AcnetSumOfNormsGrad', inputs, attributes), outputs);
  },
  inverseDeviation: ({ graph, primitive: { epsilon }, inputs: [variance] }) => {
    const spread = graph.add('AddV2', [variance, graph.constant([epsilon], [], 'float')], FLOAT);
    return [graph.add('Rsqrt', [spread], FLOAT)];
  },
  scaleChannels: ({ graph, inputs }) => [graph.add('Mul', inputs, FLOAT)],
  movingAverage: ({ graph, primitive: { keep, weight }, inputs: [old, latest] }) => [
    graph.add('AddV2', [scaled(graph, old, keep), scaled(graph, latest, weight)], FLOAT),
  ],
  relu: ({ graph, inputs, T }) => [graph.add('Relu', inputs, { T })],
  reluGrad: ({ graph, inputs, T }) => [graph.add('ReluGrad', inputs, { T })],
  sigmoid: ({ graph, inputs }) => [graph.add('Sigmoid', inputs, FLOAT)],
  sigmoidGrad: ({ graph, inputs: [dy, y] }) => [graph.add('SigmoidGrad', [y, dy], FLOAT)],
  logSoftmax: ({ graph, inputs }) => [graph.add('LogSoftmax', inputs, FLOAT)],
  logSoftmaxGrad: ({ graph, inputs: [dy, y] }) => {
    const share = graph.add('Exp', [y], FLOAT);
    const sum = reduce(graph, 'Sum', dy, [-1], true);
    return [graph.add('Sub', [dy, graph.add('Mul', [share, sum], FLOAT)], FLOAT)];
  },
  softmax: ({ graph, inputs }) => [graph.add('Softmax', inputs, FLOAT)],
  softmaxGrad: ({ graph, inputs: [dy, y] }) => {
    const product = graph.add('Mul', [dy, y], FLOAT);
    const sum = reduce(graph, 'Sum', product, [-1], true);
    return [graph.add('Mul', [graph.add('Sub', [dy, sum], FLOAT), y], FLOAT)];
  },
  unary: ({ graph, primitive: { fn }, inputs, T }) => [graph.add(UNARY[fn], inputs, { T })],
  unaryGrad: ({ graph, primitive: { fn }, inputs: [dy, x, y], T }) => [
    UNARY_GRADIENT[fn]((op, ...inputs) => graph.add(op, inputs, { T }), { dy, x, y, graph }),
  ],
  leakyRelu: ({ graph, primitive: { slope }, inputs, T }) => [
    graph.add('LeakyRelu', inputs, { T, alpha: { float: slope } }),
  ],
  leakyReluGrad: ({ graph, primitive: { slope }, inputs, T }) => [
    graph.add('LeakyReluGrad', inputs, { T, alpha: { float: slope } }),
  ],
  binary: ({ graph, primitive: { fn }, inputs }) => [graph.add(BINARY[fn], inputs, FLOAT)],
  scale: ({ graph, primitive: { factor }, inputs: [x] }) => [scaled(graph, x, factor)],
  aboveMask: ({ graph, primitive: { threshold }, inputs: [x] }) => [
    asFloat(graph, graph.add('Greater', [x, graph.constant([threshold], [], 'float')], FLOAT)),
  ],
  notBelowMask: ({ graph, inputs }) => [asFloat(graph, graph.add('GreaterEqual', inputs, FLOAT))],
  sumTo: ({ graph, inputs: [x], shapes: [from], outputs: [{ shape }] }) => {
    const missing = from.length - shape.length;
    const axes = from.map((_, axis) => axis).filter((axis) => axis < missing || shape[axis - missing] === 1);
    const sum = reduce(graph, 'Sum', x, axes, true);
    const attributes = { ...FLOAT, Tshape: { type: DT.int32 } };
    return [missing === 0 ? sum : graph.add('Reshape', [sum, shapeOf(graph, shape)], attributes)];
  },
  broadcast: ({ graph, inputs: [x], outputs: [{ shape }] }) => [
    graph.add('BroadcastTo', [x, shapeOf(graph, shape)], { ...FLOAT, Tidx: { type: DT.int32 } }),
  ],
  concat: ({ graph, primitive: { axis }, inputs, T }) => [
    graph.add('ConcatV2', [...inputs, graph.constant([axis], [], 'int32')], {
      T,
      Tidx: { type: DT.int32 },
      N: { int: inputs.length },
    }),
  ],
  slice: ({ graph, primitive: { axis, start }, inputs: [x], outputs: [{ shape }], T }) => {
    const begin = shape.map((_, i) => (i === axis ? start : 0));
    const range = [begin, sizes(shape)].map((values) => graph.constant(values, [shape.length], 'int32'));
    return [graph.add('Slice', [x, ...range], { T, Index: { type: DT.int32 } })];
  },
  transpose: ({ graph, primitive: { order }, inputs: [x] }) => [
    graph.add('Transpose', [x, graph.constant(order, [order.length], 'int32')], {
      ...FLOAT,
      Tperm: { type: DT.int32 },
    }),
  ],
  resize: ({ graph, primitive, inputs: [x], outputs: [{ shape }] }) => {
    const size = graph.constant(sizes(shape.slice(1, 3)), [2], 'int32');
    return [graph.add(RESIZE[primitive.method], [x, size], resizing(primitive))];
  },
  resizeGrad: ({ graph, primitive, inputs: [dy, x], outputs: [{ shape }] }) => {
    const { method } = primitive;
    const like = method === 'bilinear' ? x : graph.constant(sizes(shape.slice(1, 3)), [2], 'int32');
    return [graph.add(`${RESIZE[method]}Grad`, [dy, like], resizing(primitive))];
  },
  identity: ({ graph, inputs, T }) => [graph.add('Identity', inputs, { T })],
  addN: ({ graph, inputs, T }) => [graph.add('AddN', inputs, { T, N: { int: inputs.length } })],
  addConstant: ({ graph, inputs }) => [graph.add('AddV2', inputs, FLOAT)],
  multiplyConstant: ({ graph, inputs }) => [graph.add('Mul', inputs, FLOAT)],
  dropoutMask: ({ graph, primitive: { rate, seed }, outputs: [{ shape }], step = '' }) => {
    const draw = addDraw(graph, 'StatelessRandomUniform', shapeOf(graph, shape), { seed, step });
    const kept = graph.add('GreaterEqual', [draw, graph.constant([rate], [], 'float')], FLOAT);
    return [scaled(graph, asFloat(graph, kept), 1 / (1 - rate))];
  },
  normal: ({ graph, primitive: { mean, deviation, seed }, outputs: [{ shape }], step = '' }) => {
    const draw = addDraw(graph, 'StatelessRandomNormal', shapeOf(graph, shape), { seed, step });
    const spread = scaled(graph, draw, deviation);
    return [graph.add('AddV2', [spread, graph.constant([mean], [], 'float')], FLOAT)];
  },
  applyMask: ({ graph, inputs }) => [graph.add('Mul', inputs, FLOAT)],
  pad: ({ graph, primitive: { sides, value }, inputs: [x], T }) => {
    const { top, bottom, left, right } = sides;
    const paddings = graph.constant([0, 0, top, bottom, left, right, 0, 0], [4, 2], 'int32');
    const attributes = { T, Tpaddings: { type: DT.int32 } };
    if (value === 0) return [graph.add('Pad', [x, paddings], attributes)];
    return [
      graph.add(
        'PadV2',
        [x, paddings, graph.cast(graph.constant([value], [], 'float'), DT.float, T.type)],
        attributes,
      ),
    ];
  },
  crop: ({ graph, primitive: { sides }, inputs: [x], outputs: [{ shape }], T }) => [
    graph.add('Slice', [x, ...cropRange(graph, sides, shape)], { T, Index: { type: DT.int32 } }),
  ],
  maxPool: ({ graph, primitive, inputs, T }) => [graph.add('MaxPool', inputs, pooling(T, primitive))],
  maxPoolGrad: ({ graph, primitive, inputs, T }) => [graph.add('MaxPoolGrad', inputs, pooling(T, primitive))],
  averagePool: ({ graph, primitive, inputs, T }) => [graph.add('AvgPool', inputs, pooling(T, primitive))],
  averagePoolGrad: ({ graph, primitive, inputs: [dy], outputs: [{ shape }], T }) => [
    graph.add('AvgPoolGrad', [shapeOf(graph, shape), dy], pooling(T, primitive)),
  ],
  reshape: ({ graph, inputs: [x], outputs: [{ shape }] }) => [
    graph.add('Reshape', [x, shapeOf(graph, shape)], { ...FLOAT, Tshape: { type: DT.int32 } }),
  ],
  moments: ({ graph, inputs: [x], shapes: [shape] }) => {
    const axes = shape.slice(1).map((_, axis) => axis);
    const mean = reduce(graph, 'Mean', x, axes);
    const squares = graph.add('SquaredDifference', [x, mean], FLOAT);
    return [mean, reduce(graph, 'Mean', squares, axes)];
  },
  softmaxCrossEntropy: ({ graph, inputs, shapes: [shape] }) => {
    const node = graph.add('SoftmaxCrossEntropyWithLogits', inputs, FLOAT);
    return [reduce(graph, 'Mean', node, [0]), scaled(graph, `${node}:1`, 1 / (shape[0] ?? 1))];
  },
  sigmoidCrossEntropy: ({ graph, inputs: [x, z], shapes: [shape] }) => {
    // max(x, 0) − x·z + log(1 + e^−|x|): no overflow for confident outputs.
    const add = (op: string, ...inputs: string[]): string => graph.add(op, inputs, FLOAT);
    const tail = add('Log1p', add('Exp', add('Neg', add('Abs', x))));
    const each = add('AddV2', add('Sub', add('Relu', x), add('Mul', x, z)), tail);
    const count = (shape[0] ?? 1) * (shape[1] ?? 1);
    return [reduce(graph, 'Mean', each, [0, 1]), scaled(graph, add('Sub', add('Sigmoid', x), z), 1 / count)];
  },
};

/** Adds one step's nodes to the graph and returns the names of its outputs. */
export function translate(context: TranslationContext<PrimitiveName>): readonly string[] {
  // The table pairs each name with the translation of that name; the type of the pair is lost on lookup.
  return (TRANSLATIONS[context.primitive.op] as Translation<PrimitiveName>)(context);
}

/** A shape with −1 for what is not known. */
export function sizes(shape: ValueShape): number[] {
  return shape.map((size) => size ?? -1);
}

function shapeOf(graph: GraphBuilder, shape: ValueShape): string {
  return graph.constant(sizes(shape), [shape.length], 'int32');
}

function several(node: string, outputs: readonly Value[]): string[] {
  return outputs.map((_, i) => (i === 0 ? node : `${node}:${i}`));
}

function asFloat(graph: GraphBuilder, condition: string): string {
  return graph.add('Cast', [condition], { SrcT: { type: DT.bool }, DstT: { type: DT.float } });
}

function scaled(graph: GraphBuilder, x: string, factor: number): string {
  return graph.add('Mul', [x, graph.constant([factor], [], 'float')], FLOAT);
}

function reduce(
  graph: GraphBuilder,
  op: 'Mean' | 'Sum',
  x: string,
  axes: readonly number[],
  keepDims = false,
): string {
  const attributes = { ...FLOAT, Tidx: { type: DT.int32 }, keep_dims: { bool: keepDims } };
  return graph.add(op, [x, graph.constant(axes, [axes.length], 'int32')], attributes);
}

/** Begin and size of what is left; the size −1 means "to the end". */
function cropRange(graph: GraphBuilder, { top, left }: Sides, shape: ValueShape): [string, string] {
  const begin = graph.constant([0, top, left, 0], [4], 'int32');
  return [begin, graph.constant([-1, ...sizes(shape.slice(1))], [4], 'int32')];
}

function perAxis([height, width]: Pair): { readonly ints: readonly number[] } {
  return { ints: [1, height, width, 1] };
}

function convolution(
  {
    graph,
    target,
    primitive: attributes,
    inputs: [first, second],
  }: Omit<TranslationContext<PrimitiveName>, 'primitive'> & { readonly primitive: ConvolutionAttributes },
  result: 'y' | 'x' | 'kernel',
  x: ValueShape,
  kernel: ValueShape,
): string {
  const shapes = { x: sizes(x), kernel: sizes(kernel) };
  return addConvolution({ graph, target, result, attributes, operands: [first, second], shapes });
}

/** TensorFlow's kernels go over the whole of a window, however little of it lies on the image. */
const LARGEST_WINDOW = 2 ** 14;

function pooling(T: ElementType, { poolSize, strides, padding }: PoolingAttributes): Attributes {
  if (Math.max(...poolSize) > LARGEST_WINDOW) {
    throw new UnsupportedError('a pooling window is too large', {
      found: poolSize.join(' × '),
      expected: `at most ${LARGEST_WINDOW}`,
    });
  }
  return {
    T,
    ksize: perAxis(poolSize),
    strides: perAxis(strides),
    padding: { string: padding.toUpperCase() },
    data_format: { string: 'NHWC' },
  };
}

/** Of the operators in `scripts/native/kernels.cc`. */
function sumOfNorms(T: ElementType, { epsilons, side, relu }: SumOfNormsAttributes): Attributes {
  return {
    T,
    n: { int: epsilons.length },
    sides: { int: Number(side) },
    relu: { bool: relu },
    epsilon: { floats: epsilons },
  };
}

function batchNorm(T: ElementType, epsilon: number, training: boolean): Attributes {
  return {
    T,
    U: { type: DT.float },
    epsilon: { float: epsilon },
    is_training: { bool: training },
    data_format: { string: 'NHWC' },
  };
}
