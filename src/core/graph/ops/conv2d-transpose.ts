import { UserError } from '../../errors';
import type { LoweringContext, Value } from '../lowering';
import { sizeOf } from '../../tensor/tensor';
import { elements, parameterOf, type Operator } from '../operator';
import { extent, type Padding, type Pair, type Sides } from '../padding';
import type { Dim, ValueShape } from '../shape';
import { ANY_IMAGE, describeShape, imageShape, positive, requireBias } from './image';

/**
 * Transposed two-dimensional convolution: the gradient of a convolution by its input. Kernel [h, w, out, in] (as that
 * convolution has it, which goes the other way), optional bias [out].
 */
export interface Conv2dTransposeAttributes {
  readonly kernelSize: Pair;
  readonly filters: number;
  readonly strides: Pair;
  readonly dilations: Pair;
  /** As the convolution that goes the other way has it: sides are rows and columns that the output lacks there. */
  readonly padding: Padding;
  /**
   * Rows and columns by which the output is larger than the least one, at the bottom and on the right; what Keras settles
   * by itself where it is null, and none beside sides.
   */
  readonly outputPadding: Pair | null;
}

/**
 * Length of the output along one axis.
 * Sources: `deconv_output_length` in keras/src/backend/common/backend_utils.py; ONNX's ConvTranspose for sides.
 */
function outputLength(size: Dim, axis: 0 | 1, attributes: Conv2dTransposeAttributes): Dim {
  if (size === null) return null;
  const { kernelSize, strides, dilations, padding, outputPadding } = attributes;
  const kernel = extent(kernelSize[axis], dilations[axis]);
  const stride = strides[axis];
  if (typeof padding !== 'string') {
    const [before, after] = sidesAlong(padding, axis);
    return (size - 1) * stride + kernel - before - after + (outputPadding?.[axis] ?? 0);
  }
  if (outputPadding === null) return size * stride + (padding === 'valid' ? Math.max(kernel - stride, 0) : 0);
  const cut = padding === 'same' ? 2 * Math.floor(kernel / 2) : 0;
  return (size - 1) * stride + kernel - cut + outputPadding[axis];
}

function sidesAlong({ top, bottom, left, right }: Sides, axis: 0 | 1): Pair {
  return axis === 0 ? [top, bottom] : [left, right];
}

/** Rows and columns below and on the right that no kernel reaches; they hold only the bias. */
function beyond(sides: Sides, outputPadding: Pair | null, axis: 0 | 1): number {
  return Math.max(0, (outputPadding?.[axis] ?? 0) - sidesAlong(sides, axis)[1]);
}

/** Kernel [h, w, out, in], optional bias [out]; every input pixel adds the kernel to the output. */
export const conv2dTranspose: Operator<Conv2dTransposeAttributes> = {
  type: 'conv2dTranspose',
  parameters: [
    { role: 'kernel', trainable: true },
    { role: 'bias', optional: true, trainable: true },
  ],
  anyInput: ANY_IMAGE,
  inferShape({ attributes, inputs, parameters }) {
    const { kernelSize, filters } = attributes;
    const kernel = parameterOf(parameters, 'kernel');
    const [batch, height, width, channels] = imageShape(inputs[0]);
    const expected = [...kernelSize, filters, channels ?? kernel[3] ?? null];
    if (kernel.length !== 4 || kernel.some((size, i) => size !== expected[i])) {
      throw new UserError('the kernel does not fit its input', {
        found: `kernel ${describeShape(kernel)} on ${channels} channels`,
        expected: `kernel ${describeShape(expected)}`,
      });
    }
    requireBias(parameters.bias, filters);
    requireReach(attributes);
    return positive([
      batch,
      outputLength(height, 0, attributes),
      outputLength(width, 1, attributes),
      filters,
    ]);
  },
  /** Every pixel that is read meets the whole kernel. */
  macs({ inputs: [shape], parameters }) {
    const [, height, width] = imageShape(shape);
    const positions = elements([height, width]);
    return positions === null ? null : positions * sizeOf(parameterOf(parameters, 'kernel'));
  },
  lower(context) {
    const { output, emit } = context;
    const bias = context.optional('bias');
    const sum = lowerSum(context);
    return bias ? emit({ op: 'biasAdd' }, [sum, bias], output) : sum;
  },
};

/** @throws UserError where an output would be longer than what the next step of the kernel ends in */
function requireReach({ padding, outputPadding, strides }: Conv2dTransposeAttributes): void {
  if (typeof padding === 'string') return;
  const extra = ([0, 1] as const).map((axis) => beyond(padding, outputPadding, axis));
  if (([0, 1] as const).every((axis) => beyond(padding, outputPadding, axis) < strides[axis])) return;
  throw new UserError('an output is longer than its kernel reaches', {
    found: `${extra.join(' × ')} more`,
    expected: `fewer than the strides, ${strides.join(' × ')}`,
  });
}

/** The whole of what the kernel reaches, and of that what the sides leave. */
function lowerSum(context: LoweringContext<Conv2dTransposeAttributes>): Value {
  const { values, output, emit } = context;
  const [x] = values;
  const { kernelSize, strides, dilations, padding, outputPadding } = context.attributes;
  const step = (kind: 'same' | 'valid', shape: ValueShape): Value =>
    emit(
      { op: 'conv2dBackpropInput', strides, dilations, padding: kind },
      [context.parameter('kernel'), x],
      shape,
    );
  if (typeof padding === 'string') return step(padding, output);
  const { top, left, right, bottom } = padding;
  const sides = {
    ...{ top, left },
    bottom: Math.max(0, bottom - (outputPadding?.[0] ?? 0)),
    right: Math.max(0, right - (outputPadding?.[1] ?? 0)),
  };
  const [, height, width] = imageShape(x.shape);
  const reached = (size: Dim, axis: 0 | 1): Dim => {
    if (size === null) return null;
    const reach = (size - 1) * strides[axis] + extent(kernelSize[axis], dilations[axis]);
    return reach + beyond(padding, outputPadding, axis);
  };
  const [batch, , , filters] = imageShape(output);
  const sum = step('valid', [batch, reached(height, 0), reached(width, 1), filters]);
  const isWhole = Object.values(sides).every((side) => side === 0);
  return isWhole ? sum : emit({ op: 'crop', sides }, [sum], output);
}
