import { UserError } from '../../errors';
import { sizeOf } from '../../tensor/tensor';
import { elements, parameterOf, type Operator } from '../operator';
import { channelsOf, describeShape } from './image';

/** Matrix product over the last axis; kernel [in, units], optional bias [units]. */
export interface DenseAttributes {
  readonly units: number;
}

/** x · kernel + bias over the last axis. */
export const dense: Operator<DenseAttributes> = {
  type: 'dense',
  parameters: [
    { role: 'kernel', trainable: true },
    { role: 'bias', optional: true, trainable: true },
  ],
  inferShape({ attributes, inputs, parameters }) {
    const [shape] = inputs;
    const channels = channelsOf(shape);
    const kernel = parameterOf(parameters, 'kernel');
    if (
      kernel.length !== 2 ||
      (channels !== null && kernel[0] !== channels) ||
      kernel[1] !== attributes.units
    ) {
      throw new UserError('the matrix does not fit its input', {
        found: describeShape(kernel),
        expected: `${channels ?? '?'} × ${attributes.units}`,
      });
    }
    return [...shape.slice(0, -1), attributes.units];
  },
  macs({ inputs, parameters }) {
    const rows = elements(inputs[0].slice(1, -1));
    return rows === null ? null : rows * sizeOf(parameterOf(parameters, 'kernel'));
  },
  lower(context) {
    const { values, output, emit } = context;
    const kernel = context.parameter('kernel');
    const bias = context.optional('bias');
    const [inputs = null, units = null] = kernel.shape;
    const flat = values[0].shape.length === 2;
    const rows = elements(output.slice(0, -1));
    const x = flat ? values[0] : emit({ op: 'reshape' }, values, [rows, inputs]);
    const product = emit({ op: 'matMul', transposeA: false, transposeB: false }, [x, kernel], [rows, units]);
    const sum = bias ? emit({ op: 'biasAdd' }, [product, bias], product.shape) : product;
    return flat ? sum : emit({ op: 'reshape' }, [sum], output);
  },
};
