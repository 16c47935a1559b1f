import { UserError } from '../../errors';
import { parameterOf, type Operator } from '../operator';
import { describeShape } from './image';

/** A leaky ReLU whose slopes are learnt; the parameter has the input's shape without the batch, shared axes as 1. */
export interface PreluAttributes {
  /** Axes along which the slopes are the same, 1 for the first one behind the batch. */
  readonly sharedAxes: readonly number[];
}

/** max(x, 0) + α · min(x, 0). */
export const prelu: Operator<PreluAttributes> = {
  type: 'prelu',
  parameters: [{ role: 'alpha', trainable: true }],
  inferShape({ inputs: [shape], parameters }) {
    const expected = shape.slice(1);
    const alpha = parameterOf(parameters, 'alpha');
    const fits =
      alpha.length === expected.length &&
      alpha.every((size, i) => size === 1 || expected[i] === null || size === expected[i]);
    if (!fits) {
      throw new UserError('the slopes do not fit their input', {
        found: describeShape(alpha),
        expected: describeShape(expected),
      });
    }
    return shape;
  },
  lower({ values: [x], output, emit, parameter }) {
    const above = emit({ op: 'relu' }, [x], output);
    const below = emit({ op: 'relu' }, [emit({ op: 'scale', factor: -1 }, [x], output)], output);
    const sloped = emit({ op: 'binary', fn: 'multiply' }, [below, parameter('alpha')], output);
    return emit({ op: 'binary', fn: 'subtract' }, [above, sloped], output);
  },
};
