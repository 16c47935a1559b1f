import type { Network, TrainingOptions } from '../backend';
import { planInference } from './inference';
import { inferenceMemory, stepMemory } from './memory';
import { planTraining, type PlanChoices } from './training';

/** What an executor takes beside the values that live. */
export interface ExecutorMemory {
  /** Bytes before the first step: Node, libraries, compiled graphs. */
  readonly process: number;
  /** Bytes for each byte of activations: operators' own room, and what an allocator does not give back. */
  readonly share: number;
}

/** Bytes that a process holds at most while it trains a network, from what the plans keep alive. */
export function trainingMemory(
  network: Network,
  options: TrainingOptions,
  evaluation: number,
  { process, share }: ExecutorMemory,
  choices?: PlanChoices,
): number {
  const { parameters, activations } = stepMemory(planTraining(network, options, choices));
  const forward = inferenceMemory(planInference(network, network.graph.outputs, { fold: true }), evaluation);
  // A state that is kept, or weights that are evaluated, are a copy of the parameters.
  return process + share * Math.max(activations, forward) + 2 * parameters;
}
