import { UserError } from '../../errors';
import { elements, type Operator } from '../operator';
import { extent, type Pair } from '../padding';
import type { Dim } from '../shape';
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
  readonly padding: 'same' | 'valid';
  /** Rows and columns by which the output is larger than the least one; what Keras settles by itself where it is null. */
  readonly outputPadding: Pair | null;
}

/**
 * Length of the output along one axis.
 * Source: `deconv_output_length` in keras/src/backend/common/backend_utils.py.
 */
function outputLength(size: Dim, axis: 0 | 1, attributes: Conv2dTransposeAttributes): Dim {
  if (size === null) return null;
  const { kernelSize, strides, dilations, padding, outputPadding } = attributes;
  const kernel = extent(kernelSize[axis], dilations[axis]);
  const stride = strides[axis];
  if (outputPadding === null) return size * stride + (padding === 'valid' ? Math.max(kernel - stride, 0) : 0);
  const cut = padding === 'same' ? 2 * Math.floor(kernel / 2) : 0;
  return (size - 1) * stride + kernel - cut + outputPadding[axis];
}

export const conv2dTranspose: Operator<Conv2dTransposeAttributes> = {
  type: 'conv2dTranspose',
  parameters: [
    { role: 'kernel', trainable: true },
    { role: 'bias', optional: true, trainable: true },
  ],
  anyInput: ANY_IMAGE,
  inferShape({ attributes, inputs, parameters: { kernel, bias } }) {
    const { kernelSize, filters } = attributes;
    const [batch, height, width, channels] = imageShape(inputs[0]);
    const expected = [...kernelSize, filters, channels ?? kernel[3]];
    if (kernel.length !== 4 || kernel.some((size, i) => size !== expected[i])) {
      throw new UserError('the kernel does not fit its input', {
        found: `kernel ${describeShape(kernel)} on ${channels} channels`,
        allowed: `kernel ${describeShape(expected)}`,
      });
    }
    requireBias(bias, filters);
    return positive([
      batch,
      outputLength(height, 0, attributes),
      outputLength(width, 1, attributes),
      filters,
    ]);
  },
  /** Every pixel that is read meets the whole kernel. */
  macs({ inputs: [shape], parameters }) {
    const positions = elements([shape[1], shape[2]]);
    return positions === null ? null : positions * parameters.kernel.reduce((a, b) => a * b, 1);
  },
  lower({ attributes: { strides, dilations, padding }, values: [x], output, emit, optional, parameter }) {
    const bias = optional('bias');
    const window = { strides, dilations, padding };
    const sum = emit({ op: 'conv2dBackpropInput', ...window }, [parameter('kernel'), x], output);
    return bias ? emit({ op: 'biasAdd' }, [sum, bias], output) : sum;
  },
};
