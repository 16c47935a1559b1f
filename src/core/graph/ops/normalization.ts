import { UserError } from '../../errors';
import { parameterOf, type Operator } from '../operator';
import { channelsOf, describeShape } from './image';
import type { NoAttributes } from './pointwise';

/** Keras never divides by less. */
const SMALLEST = 1e-7;

/** What values of a variance are divided by. */
export function divisorOf(variance: number): number {
  return Math.max(Math.sqrt(variance), SMALLEST);
}

/** (x − mean) / √variance by statistics of the data, over the last axis; `count` is how many samples they are of. */
export const normalization: Operator<NoAttributes> = {
  type: 'normalization',
  parameters: [
    { role: 'mean', trainable: false },
    { role: 'variance', trainable: false },
    { role: 'count', optional: true, trainable: false },
  ],
  inferShape({ inputs: [shape], parameters }) {
    const channels = channelsOf(shape);
    const [mean, variance] = [parameterOf(parameters, 'mean'), parameterOf(parameters, 'variance')];
    const fits = [mean, variance].every(
      (size) => size.length === 1 && (channels === null || size[0] === channels),
    );
    if (!fits) {
      throw new UserError('statistics do not fit their input', {
        found: describeShape(mean),
        expected: `${channels} channels`,
      });
    }
    return shape;
  },
  lower({ values: [x], output, emit, parameter, constant }) {
    const variance = parameter('variance');
    const root = emit({ op: 'unary', fn: 'sqrt' }, [variance], variance.shape);
    const divisor = emit({ op: 'binary', fn: 'maximum' }, [root, constant([SMALLEST], [1])], variance.shape);
    const centred = emit({ op: 'binary', fn: 'subtract' }, [x, parameter('mean')], output);
    return emit({ op: 'binary', fn: 'divide' }, [centred, divisor], output);
  },
};
