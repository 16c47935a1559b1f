import { UserError } from '../../errors';
import { item } from '../../item';
import type { LoweringContext, Value } from '../lowering';
import { elements, type Operator } from '../operator';
import type { Dim, ValueShape } from '../shape';
import { channelsOf, describeShape } from './image';

/** Batch normalisation over the last axis; γ and β may be absent (1 and 0). */
export interface BatchNormAttributes {
  /** Added to the variance under the root. */
  readonly epsilon: number;
  /** Share of the old moving statistic that is kept (Keras: 0.99). */
  readonly momentum: number;
  /** True if the moving variance takes the unbiased variance of a batch, as PyTorch does; Keras takes the biased one. */
  readonly unbiased?: true;
}

/** γ · (x − mean) / √(variance + ε) + β; parameters [channels]. */
export const batchNorm: Operator<BatchNormAttributes> = {
  type: 'batchNorm',
  parameters: [
    { role: 'gamma', optional: true, trainable: true },
    { role: 'beta', optional: true, trainable: true },
    { role: 'mean', trainable: false },
    { role: 'variance', trainable: false },
  ],
  inferShape({ inputs, parameters }) {
    const [shape] = inputs;
    const channels = channelsOf(shape);
    for (const [role, size] of Object.entries(parameters)) {
      if (size.length !== 1 || (channels !== null && size[0] !== channels)) {
        throw new UserError('batch norm does not fit its input', {
          where: role,
          found: describeShape(size),
          expected: `${channels} channels`,
        });
      }
    }
    return shape;
  },
  lower(context) {
    const { attributes, values, output, emit } = context;
    const channels = channelsOf(context.parameter('mean').shape);
    const image = output.length === 4 ? output : asImage(output, channels);
    const x = output.length === 4 ? values[0] : emit({ op: 'reshape' }, values, image);
    const ones = new Array<number>(channels ?? 0).fill(1);
    const gamma = context.optional('gamma') ?? context.constant(ones, [ones.length]);
    const beta =
      context.optional('beta') ??
      context.constant(
        ones.map(() => 0),
        [ones.length],
      );
    const y = context.batchStatistics
      ? withBatchStatistics(context, x, gamma, beta)
      : emit(
          { op: 'batchNormInference', epsilon: attributes.epsilon },
          [x, gamma, beta, context.parameter('mean'), context.parameter('variance')],
          image,
        );
    return output.length === 4 ? y : emit({ op: 'reshape' }, [y], output);
  },
};

/** The primitive wants images; of the same channels, since all else is averaged over. */
function asImage(shape: ValueShape, channels: Dim): ValueShape {
  return [elements(shape.slice(0, -1)), 1, 1, channels];
}

/** Normalises by the batch and moves the statistics; which variance the moving one takes, the framework decides. */
function withBatchStatistics(
  context: LoweringContext<BatchNormAttributes>,
  x: Value,
  gamma: Value,
  beta: Value,
): Value {
  const { epsilon, momentum: keep, unbiased: asIs } = context.attributes;
  const count = elements(x.shape.slice(0, -1)) ?? 1;
  const made = context.emitAll(
    { op: 'batchNormTraining', epsilon },
    [x, gamma, beta],
    [x.shape, ...new Array<ValueShape>(5).fill(gamma.shape)],
  );
  const [y, mean, unbiased] = [item(made, 0), item(made, 1), item(made, 2)];
  const take = 1 - keep;
  const move = (role: string, value: Value, weight: number): void => {
    const old = context.parameter(role);
    context.update(role, context.emit({ op: 'movingAverage', keep, weight }, [old, value], old.shape));
  };
  move('mean', mean, take);
  move('variance', unbiased, asIs ? take : (take * (count - 1)) / count);
  return y;
}
