import { UserError } from '../../errors';
import type { LoweringContext, Value } from '../lowering';
import { elements, type Operator } from '../operator';
import type { ValueShape } from '../shape';
import { channelsOf, describeShape, imageShape } from './image';

/** Of a normalisation over a position's own channels. */
export interface LayerNormAttributes {
  /** Added to the variance under the root. */
  readonly epsilon: number;
}

/** Of a normalisation over groups of channels. */
export interface GroupNormAttributes extends LayerNormAttributes {
  readonly groups: number;
}

const PARAMETERS = [
  { role: 'gamma', optional: true, trainable: true },
  { role: 'beta', optional: true, trainable: true },
] as const;

/** Normalises each position by the mean and variance of its own channels; γ and β by channel. */
export const layerNorm: Operator<LayerNormAttributes> = {
  type: 'layerNorm',
  parameters: PARAMETERS,
  inferShape: ({ inputs: [shape], parameters }) => fitting(shape, Object.values(parameters)),
  lower(context) {
    const [x] = context.values;
    return withScale(context, normalised(context, x, [...x.shape.slice(0, -1), 1]));
  },
};

/** Normalises each group of channels of an image by its mean and variance over all positions. */
export const groupNorm: Operator<GroupNormAttributes> = {
  type: 'groupNorm',
  parameters: PARAMETERS,
  inferShape({ attributes: { groups }, inputs: [shape], parameters }) {
    const [, , , channels] = imageShape(shape);
    if (channels === null || channels % groups !== 0) {
      throw new UserError('groups do not fit their input', {
        found: `${channels ?? '?'} channels`,
        expected: `a multiple of ${groups}`,
      });
    }
    return fitting(shape, Object.values(parameters));
  },
  lower(context) {
    const { values, output, emit, attributes } = context;
    const [batch, height, width, channels] = imageShape(output);
    const shape = [batch, height, width, attributes.groups, (channels ?? 0) / attributes.groups];
    const split = emit({ op: 'reshape' }, values, shape);
    const y = normalised(context, split, [batch, 1, 1, attributes.groups, 1]);
    return withScale(context, emit({ op: 'reshape' }, [y], output));
  },
};

function fitting(shape: ValueShape, parameters: readonly ValueShape[]): ValueShape {
  const channels = channelsOf(shape);
  const odd = parameters.find((size) => size.length !== 1 || (channels !== null && size[0] !== channels));
  if (odd) {
    throw new UserError('a normalisation does not fit its input', {
      found: describeShape(odd),
      expected: `${channels} channels`,
    });
  }
  return shape;
}

/** x less its mean, by the root of its variance; both over what `reduced` has as 1. */
function normalised(context: LoweringContext<LayerNormAttributes>, x: Value, reduced: ValueShape): Value {
  const { emit, constant, attributes } = context;
  const count = elements(x.shape.slice(1)) ?? 1;
  const factor = (elements(reduced.slice(1)) ?? 1) / count;
  const mean = (value: Value): Value =>
    emit({ op: 'scale', factor }, [emit({ op: 'sumTo' }, [value], reduced)], reduced);
  const centred = emit({ op: 'binary', fn: 'subtract' }, [x, mean(x)], x.shape);
  const variance = mean(emit({ op: 'binary', fn: 'multiply' }, [centred, centred], x.shape));
  const safe = emit({ op: 'addConstant' }, [variance, constant([attributes.epsilon], [])], reduced);
  const root = emit({ op: 'unary', fn: 'sqrt' }, [safe], reduced);
  return emit({ op: 'binary', fn: 'divide' }, [centred, root], x.shape);
}

function withScale(context: LoweringContext<unknown>, x: Value): Value {
  const gamma = context.optional('gamma');
  const beta = context.optional('beta');
  const scaled = gamma ? context.emit({ op: 'binary', fn: 'multiply' }, [x, gamma], x.shape) : x;
  return beta ? context.emit({ op: 'biasAdd' }, [scaled, beta], x.shape) : scaled;
}
