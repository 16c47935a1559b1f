import type { Network, TrainingOptions } from '../backend';
import { planInference } from '../plan/inference';
import { inferenceMemory, stepMemory } from '../plan/memory';
import { planTraining } from '../plan/training';

/** Node, TensorFlow's libraries and a few compiled graphs. */
const PROCESS = 420 * 2 ** 20;

/** What operators and the allocator take beside the values that live, by precision: bfloat16 is cast to and from. */
const OVERHEAD = { float32: 1.15, bfloat16: 1.35 } as const;

/**
 * Bytes that a process holds at most while it trains a network, from what the plan keeps alive. Measured peaks of
 * ResNet-20, VGG-like and 5×5 networks at batches of 32 to 256 are within a factor of 1.3.
 */
export function tensorflowMemory(network: Network, options: TrainingOptions, evaluation: number): number {
  const { parameters, activations } = stepMemory(planTraining(network, options), options.optimiser);
  const forward = inferenceMemory(planInference(network, network.graph.outputs, { fold: true }), evaluation);
  const overhead = OVERHEAD[options.precision ?? 'float32'];
  // A state that is kept or evaluated is a copy of all parameters.
  return PROCESS + overhead * Math.max(activations, forward) + 2 * parameters;
}
