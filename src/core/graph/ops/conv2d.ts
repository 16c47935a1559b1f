import { UserError } from '../../errors';
import { sizeOf } from '../../tensor/tensor';
import { elements, parameterOf, type Operator } from '../operator';
import { windowOutputs, type Padding, type Pair } from '../padding';
import { ANY_IMAGE, describeShape, imageShape, positive, requireBias } from './image';
import { padExplicitly } from './pad-explicitly';

/** Two-dimensional convolution; kernel [h, w, in / groups, out], optional bias [out]. */
export interface Conv2dAttributes {
  readonly kernelSize: Pair;
  readonly filters: number;
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly groups: number;
  readonly padding: Padding;
  /**
   * True if the file says this as a depthwise layer: one group per channel. It computes what `groups` says; a
   * writer gives such a layer back, and branches put beside it are of its kind.
   */
  readonly depthwise?: true;
}

/** Cross-correlation of an image with a kernel [h, w, in / groups, out]. */
export const conv2d: Operator<Conv2dAttributes> = {
  type: 'conv2d',
  parameters: [
    { role: 'kernel', trainable: true },
    { role: 'bias', optional: true, trainable: true },
  ],
  anyInput: ANY_IMAGE,
  inferShape({ attributes, inputs, parameters }) {
    const { kernelSize, filters, strides, dilations, groups, padding } = attributes;
    const [batch, height, width, channels] = imageShape(inputs[0]);
    const { bias } = parameters;
    const kernel = parameterOf(parameters, 'kernel');
    const perGroup = channels === null ? Math.max(kernel[2] ?? 1, 1) : channels / groups;
    const expected = [...kernelSize, perGroup, filters];
    if (kernel.length !== 4 || kernel.some((size, i) => size !== expected[i])) {
      throw new UserError('the kernel does not fit its input', {
        found: `kernel ${describeShape(kernel)} on ${channels} channels in ${groups} groups`,
        expected: `kernel ${describeShape(expected)}`,
      });
    }
    if (filters % groups !== 0) {
      throw new UserError('the groups do not fit the filters', {
        found: `${groups} groups`,
        expected: `a divisor of ${filters}`,
      });
    }
    requireBias(bias, filters);
    const window = { kernel: kernelSize, stride: strides, dilation: dilations };
    const [outHeight, outWidth] = windowOutputs([height, width], window, padding);
    return positive([batch, outHeight, outWidth, filters]);
  },
  macs({ parameters }, output) {
    const [, height, width] = imageShape(output);
    const positions = elements([height, width]);
    return positions === null ? null : positions * sizeOf(parameterOf(parameters, 'kernel'));
  },
  lower(context) {
    const { attributes, output, emit } = context;
    const bias = context.optional('bias');
    const { value, padding } = padExplicitly(context, attributes.padding);
    const sum = emit(
      { op: 'conv2d', strides: attributes.strides, dilations: attributes.dilations, padding },
      [value, context.parameter('kernel')],
      output,
    );
    return bias ? emit({ op: 'biasAdd' }, [sum, bias], output) : sum;
  },
};
