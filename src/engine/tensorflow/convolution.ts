import type { ConvolutionAttributes } from '../../core/graph/lowering';
import type { Pair } from '../../core/graph/padding';
import type { Precision } from '../backend';
import type { Capabilities } from './capabilities';
import { DT, type Attributes, type GraphBuilder } from './graph-def';

/** How convolutions are computed. */
export interface ConvolutionTarget {
  /** Of convolutions and their gradients, and of what lies between them (`chooseTypes`). */
  readonly precision: Precision;
  /** Whether they are computed in float32 all the same: operands and result are changed before and after. */
  readonly widened: boolean;
  /** Whether the framework has gradients of grouped and of dilated convolutions; else they are made of plain ones. */
  readonly groupedGradients: boolean;
  readonly dilatedGradients: boolean;
  /** Whether there are convolutions of our own (`scripts/native/convolutions.cc`), for those that they can compute. */
  readonly ownConvolutions: boolean;
  /** Whether batch norms take images of that precision. */
  readonly bfloat16Norms: boolean;
}

/** A TensorFlow with every gradient operator, in float32 and without convolutions of our own. */
export const DEFAULT_TARGET: ConvolutionTarget = {
  precision: 'float32',
  widened: false,
  groupedGradients: true,
  dilatedGradients: true,
  ownConvolutions: false,
  bfloat16Norms: true,
};

/**
 * How to compute convolutions with what a TensorFlow has. Without bfloat16 convolutions of its own they are float32's
 * between bfloat16 images: the sums in it are float32's in either case.
 */
export function convolutionTarget(
  precision: Precision = 'float32',
  capabilities: Omit<Capabilities, 'sumsOfNorms'>,
): ConvolutionTarget {
  const own = capabilities[precision];
  return {
    precision,
    widened: own === undefined,
    ...(own ?? capabilities.float32),
    ownConvolutions: capabilities.ownConvolutions,
    bfloat16Norms: precision === 'bfloat16' && capabilities.bfloat16Norms,
  };
}

/** To compute a network forwards: TensorFlow joins its own convolutions with the bias and the ReLU behind them. */
export function inferenceTarget(capabilities: Omit<Capabilities, 'sumsOfNorms'>): ConvolutionTarget {
  return { ...convolutionTarget('float32', capabilities), ownConvolutions: false };
}

/** A convolution, or one of its gradients. Shapes have −1 for what is not known. */
export interface ConvolutionCall {
  readonly graph: GraphBuilder;
  readonly target: ConvolutionTarget;
  /** Result: y from (x, kernel), x's gradient from (kernel, dy), or the kernel's from (x, dy). */
  readonly result: 'y' | 'x' | 'kernel';
  readonly attributes: ConvolutionAttributes;
  /** The two that the result is computed from, in that order. */
  readonly operands: readonly [string, string];
  readonly shapes: Readonly<Record<'x' | 'kernel', readonly number[]>>;
}

const NATIVE = { y: 'Conv2D', x: 'Conv2DBackpropInput', kernel: 'Conv2DBackpropFilter' } as const;
const OWN = {
  y: 'AcnetConvolution',
  x: 'AcnetConvolutionImageGrad',
  kernel: 'AcnetConvolutionKernelGrad',
} as const;
const DEPTHWISE = {
  y: 'DepthwiseConv2dNative',
  x: 'DepthwiseConv2dNativeBackpropInput',
  kernel: 'DepthwiseConv2dNativeBackpropFilter',
} as const;

/** Adds a convolution to the graph: operands and result are in the target's precision. */
export function addConvolution(call: ConvolutionCall): string {
  const { graph, target, operands } = call;
  if (target.ownConvolutions && isOwn(call)) return own(call);
  if (!target.widened) return convolve(call);
  const [first, second] = operands.map((operand) => graph.cast(operand, DT.bfloat16, DT.float));
  const wide: ConvolutionTarget = { ...target, precision: 'float32', widened: false };
  return graph.cast(convolve({ ...call, target: wide, operands: [first, second] }), DT.float, DT.bfloat16);
}

/** Filters, for the gradient by the image its channels, are computed by so many. */
const OWN_BLOCK = 16;

/** Whether there is an operator of our own. One position of a kernel is a matrix product: TensorFlow's own is as fast. */
function isOwn({
  attributes: { strides, dilations },
  shapes: { x, kernel },
  result,
}: ConvolutionCall): boolean {
  const [height, width, perGroup, filters] = kernel;
  if (x[3] !== perGroup || Math.max(...dilations) > 1 || height * width === 1) return false;
  if (result === 'x') return perGroup % OWN_BLOCK === 0 && Math.max(...strides) === 1;
  return filters % OWN_BLOCK === 0;
}

function own({ graph, result, attributes, operands, shapes, target }: ConvolutionCall): string {
  return graph.add(OWN[result], operands, {
    ...typeOf(target),
    strides: { ints: attributes.strides },
    size: { ints: shapes.kernel.slice(0, 2) },
    same: { bool: attributes.padding === 'same' },
  });
}

function convolve(call: ConvolutionCall): string {
  const { attributes, shapes, target, result } = call;
  const { strides, dilations } = attributes;
  const groups = shapes.x[3] / shapes.kernel[2];
  const isDilated = Math.max(...dilations) > 1;
  // The framework's own operator is faster, but takes only equal strides, and its dilated gradients are wrong.
  if (groups > 1 && shapes.kernel[2] === 1 && strides[0] === strides[1] && !isDilated) return depthwise(call);
  const isGradient = result !== 'y';
  // Forward too: what TensorFlow makes of such a convolution and the bias after it has no kernel there.
  if (groups > 1 && !target.groupedGradients) return splitGroups(call, groups);
  if (isDilated && isGradient && !target.dilatedGradients) return withoutDilation(call);
  return native(call, NATIVE[result], shapes.kernel);
}

/** One operator; `kernel` is the kernel's shape as that operator sees it. */
function native(call: ConvolutionCall, op: string, kernel: readonly number[]): string {
  const { graph, result, attributes, operands, shapes, target } = call;
  const sizes = (shape: readonly number[]): string => graph.constant(shape, [4], 'int32');
  const [first, second] = operands;
  const inputs = {
    y: [first, second],
    x: [shapes.x[0] < 0 ? withBatchOf(call, second) : sizes(shapes.x), first, second],
    kernel: [first, sizes(kernel), second],
  };
  return graph.add(op, inputs[result], {
    ...typeOf(target),
    strides: perAxis(attributes.strides),
    dilations: perAxis(attributes.dilations),
    padding: { string: attributes.padding.toUpperCase() },
    data_format: { string: 'NHWC' },
  });
}

/** The shape of the result for as many samples as another tensor has. */
function withBatchOf({ graph, target, shapes }: ConvolutionCall, tensor: string): string {
  const [, ...image] = shapes.x;
  const types = { ...typeOf(target), out_type: { type: DT.int32 } };
  const [from, to] = [0, 1].map((index) => graph.constant([index], [1], 'int32'));
  const whole = graph.add('Shape', [tensor], types);
  const batch = graph.add('Slice', [whole, from, to], { T: { type: DT.int32 }, Index: { type: DT.int32 } });
  const parts = [batch, graph.constant(image, [3], 'int32'), graph.constant([0], [], 'int32')];
  return graph.add('ConcatV2', parts, {
    T: { type: DT.int32 },
    N: { int: 2 },
    Tidx: { type: DT.int32 },
  });
}

/** With one input channel per group: kernel [h, w, 1, out] is [h, w, in, out / in] to this operator. */
function depthwise(call: ConvolutionCall): string {
  const { result, operands, shapes } = call;
  const [height, width, , filters] = shapes.kernel;
  const seen = [height, width, shapes.x[3], filters / shapes.x[3]];
  const at = { y: 1, x: 0, kernel: -1 }[result];
  const [first, second] = operands.map((operand, i) => (i === at ? reshaped(call, operand, seen) : operand));
  const made = native({ ...call, operands: [first, second] }, DEPTHWISE[result], seen);
  return result === 'kernel' ? reshaped(call, made, shapes.kernel) : made;
}

/** One convolution per group, all sides cut along their channels. */
function splitGroups(call: ConvolutionCall, groups: number): string {
  const { graph, operands, shapes, target } = call;
  const axis = graph.constant([3], [], 'int32');
  const [first, second] = operands.map((operand) =>
    graph.add('Split', [axis, operand], { ...typeOf(target), num_split: { int: groups } }),
  );
  const [height, width, perGroup, filters] = shapes.kernel;
  const part = {
    x: [...shapes.x.slice(0, 3), perGroup],
    kernel: [height, width, perGroup, filters / groups],
  };
  const output = (node: string, i: number): string => (i === 0 ? node : `${node}:${i}`);
  const parts = Array.from({ length: groups }, (_, i) =>
    addConvolution({ ...call, shapes: part, operands: [output(first, i), output(second, i)] }),
  );
  return graph.add('ConcatV2', [...parts, axis], {
    ...typeOf(target),
    N: { int: groups },
    Tidx: { type: DT.int32 },
  });
}

/** The same with zeros between the kernel's elements instead: right for any stride and padding. */
function withoutDilation(call: ConvolutionCall): string {
  const { graph, result, operands, shapes, attributes, target } = call;
  const [rows, columns] = attributes.dilations;
  const [height, width, ...channels] = shapes.kernel;
  const wide = [(height - 1) * rows + 1, (width - 1) * columns + 1, ...channels];
  const plain: ConvolutionCall = {
    ...call,
    attributes: { ...attributes, dilations: [1, 1] },
    shapes: { ...shapes, kernel: wide },
  };
  if (result === 'x')
    return addConvolution({ ...plain, operands: [spread(call, operands[0], wide), operands[1]] });
  const vector = (values: readonly number[]): string => graph.constant(values, [4], 'int32');
  const bounds = [vector([0, 0, 0, 0]), vector(wide), vector([rows, columns, 1, 1])];
  return graph.add('StridedSlice', [addConvolution(plain), ...bounds], {
    ...typeOf(target),
    Index: { type: DT.int32 },
  });
}

/** The kernel with zeros between its rows and columns. */
function spread(call: ConvolutionCall, kernel: string, wide: readonly number[]): string {
  const { graph, shapes, attributes, target } = call;
  const [rows, columns] = attributes.dilations;
  const [height, width, perGroup, filters] = shapes.kernel;
  const apart = reshaped(call, kernel, [height, 1, width, 1, perGroup * filters]);
  const after = [0, 0, 0, rows - 1, 0, 0, 0, columns - 1, 0, 0];
  const padded = graph.add('Pad', [apart, graph.constant(after, [5, 2], 'int32')], {
    ...typeOf(target),
    Tpaddings: { type: DT.int32 },
  });
  const whole = reshaped(call, padded, [height * rows, width * columns, perGroup, filters]);
  const [begin, size] = [[0, 0, 0, 0], wide].map((values) => graph.constant(values, [4], 'int32'));
  return graph.add('Slice', [whole, begin, size], { ...typeOf(target), Index: { type: DT.int32 } });
}

function reshaped({ graph, target }: ConvolutionCall, tensor: string, shape: readonly number[]): string {
  const attributes = { ...typeOf(target), Tshape: { type: DT.int32 } };
  return graph.add('Reshape', [tensor, graph.constant(shape, [shape.length], 'int32')], attributes);
}

function typeOf({ precision }: ConvolutionTarget): Attributes {
  return { T: { type: precision === 'float32' ? DT.float : DT.bfloat16 } };
}

function perAxis([height, width]: Pair): { readonly ints: readonly number[] } {
  return { ints: [1, height, width, 1] };
}
