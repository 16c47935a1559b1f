import { UserError } from '../../errors';
import type { LoweringContext, Value } from '../lowering';
import { elements, type Operator } from '../operator';
import { windowOutputs, type Padding, type Pair } from '../padding';
import { describeShape, imageShape, positive } from './image';
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

export const conv2d: Operator<Conv2dAttributes> = {
  type: 'conv2d',
  parameters: [
    { role: 'kernel', trainable: true },
    { role: 'bias', optional: true, trainable: true },
  ],
  inferShape({ attributes, inputs, parameters }) {
    const { kernelSize, filters, strides, dilations, groups, padding } = attributes;
    const [batch, height, width, channels] = imageShape(inputs[0]);
    const kernel = parameters.kernel;
    const expected = [...kernelSize, channels === null ? kernel[2] : channels / groups, filters];
    if (kernel.length !== 4 || kernel.some((size, i) => size !== expected[i])) {
      throw new UserError('the kernel does not fit its input', {
        found: `kernel ${describeShape(kernel)} on ${channels} channels in ${groups} groups`,
        allowed: `kernel ${describeShape(expected)}`,
      });
    }
    const window = { kernel: kernelSize, stride: strides, dilation: dilations };
    const [outHeight, outWidth] = windowOutputs([height, width], window, padding);
    return positive([batch, outHeight, outWidth, filters]);
  },
  macs({ parameters }, output) {
    const positions = elements([output[1], output[2]]);
    return positions === null ? null : positions * parameters.kernel.reduce((a, b) => a * b, 1);
  },
  lower(context) {
    const { attributes, output, emit } = context;
    const bias = context.optional('bias');
    const { value, padding } = padExplicitly(context, attributes.padding);
    const sum = isNativelyDepthwise(context)
      ? lowerDepthwise(context, value, padding)
      : emit(
          { op: 'conv2d', strides: attributes.strides, dilations: attributes.dilations, padding },
          [value, context.parameter('kernel')],
          output,
        );
    return bias ? emit({ op: 'biasAdd' }, [sum, bias], output) : sum;
  },
};

/**
 * True where TensorFlow's depthwise operator, the faster one, can be used: it knows one stride for both axes, and
 * its gradients under dilation are wrong without a word.
 */
function isNativelyDepthwise({ attributes, parameter }: LoweringContext<Conv2dAttributes>): boolean {
  const { groups, strides, dilations } = attributes;
  const undilated = dilations[0] === 1 && dilations[1] === 1;
  return groups > 1 && parameter('kernel').shape[2] === 1 && undilated && strides[0] === strides[1];
}

/** A kernel of one group per channel is [h, w, in, out / in] in another shape, element for element. */
function lowerDepthwise(
  { attributes, output, emit, parameter }: LoweringContext<Conv2dAttributes>,
  value: Value,
  padding: 'same' | 'valid',
): Value {
  const { kernelSize, groups, filters, strides, dilations } = attributes;
  const shape = [...kernelSize, groups, filters / groups];
  const kernel = emit({ op: 'reshape' }, [parameter('kernel')], shape);
  return emit({ op: 'depthwiseConv2d', strides, dilations, padding }, [value, kernel], output);
}
