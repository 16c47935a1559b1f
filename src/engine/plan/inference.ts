import { UserError } from '../../core/errors';
import type { InferenceOptions, Network } from '../backend';
import { PlanBuilder } from './builder';
import { lowerForward } from './forward';
import type { InferencePlan } from './plan';

/**
 * Plans a forward pass with inference statistics for any batch size.
 * @param wanted values of the graph to fetch, in this order
 */
export function planInference(
  network: Network,
  wanted: readonly string[],
  { fold }: InferenceOptions = { fold: false },
): InferencePlan {
  const { builder, values } = lowered(network, wanted, fold);
  return {
    variables: builder.variables,
    steps: builder.steps,
    inputs: network.graph.inputs.map((name) => values.get(name)),
    outputs: wanted.map((name) => values.get(name)).filter((value) => value !== undefined),
  };
}

/** As `planInference`, but what comes out is each value's mean and biased variance, one after the other. */
export function planMoments(network: Network, wanted: readonly string[]): InferencePlan {
  const { builder, values } = lowered(network, wanted, false);
  const outputs = wanted.flatMap((name) => {
    const value = values.get(name);
    if (!value) return [];
    const channels = [value.shape[value.shape.length - 1]];
    return builder.emitAll({ op: 'moments' }, [value], [channels, channels]);
  });
  return {
    variables: builder.variables,
    steps: builder.steps,
    inputs: network.graph.inputs.map((name) => values.get(name)),
    outputs,
  };
}

function lowered(
  network: Network,
  wanted: readonly string[],
  fold: boolean,
): { builder: PlanBuilder; values: ReturnType<typeof lowerForward>['values'] } {
  const missing = wanted.find((name) => !network.graph.shapes.has(name));
  if (missing !== undefined) throw new UserError('the network makes no such value', { found: missing });
  const builder = new PlanBuilder();
  const { values } = lowerForward(network, wanted, builder, {
    batch: null,
    training: false,
    batchStatistics: false,
    fold,
    seed: 0,
  });
  return { builder, values };
}
