import type { Step, Value } from '../../core/graph/lowering';
import type { Shape } from '../../core/tensor/tensor';

/** A weight or statistic that lives between steps. */
export interface Variable {
  /** The tensor's name in the network. */
  readonly name: string;
  readonly shape: Shape;
}

/** What a training keeps of a weight between steps; zeros at first. */
export interface Slot extends Variable {
  /** Its name in a saved state. */
  readonly key: string;
}

/** What the numbers of a step depend on. */
export interface StepMoment {
  /** Which update of the weights this is, or is a part of, from 1. */
  readonly update: number;
  /** Which of the batches of that update this is, from 0. */
  readonly part: number;
  readonly learningRate: number;
  /** Where the schedule moves it. */
  readonly momentum?: number | undefined;
}

/** A number that is fed anew at each step. */
export interface StepNumber {
  readonly value: Value;
  readonly at: (moment: StepMoment) => number;
}

/** What any executor gets: steps in order, and the variables they read. */
export interface Plan {
  readonly variables: readonly Variable[];
  /** None when absent. */
  readonly slots?: readonly Slot[];
  readonly steps: readonly Step[];
}

/** Forward pass with inference statistics. */
export interface InferencePlan extends Plan {
  /** One per network input, in the graph's order; undefined where what is fetched does not depend on it. */
  readonly inputs: ReadonlyArray<Value | undefined>;
  readonly outputs: readonly Value[];
}

/** What a variable becomes at the end of a step: `last` is at the last batch of an update only, else at every one. */
export type Update = { readonly when?: 'last' } &
  /** velocity ← momentum · velocity + value; variable ← variable − rate · velocity, or as Nesterov looks ahead */
  (
    | {
        readonly kind: 'descend';
        readonly variable: string;
        /** Name of the slot. */
        readonly velocity: string;
        readonly value: Value;
        readonly rate: Value;
        readonly momentum: Value;
        readonly nesterov: boolean;
      }
    /** variable, or slot, ← value */
    | { readonly kind: 'assign'; readonly variable: string; readonly value: Value }
  );

/** Forward, backward and update on one batch. */
export interface TrainingPlan extends Plan {
  /** Batches of an update of the weights. */
  readonly parts: number;
  readonly slots: readonly Slot[];
  readonly numbers: readonly StepNumber[];
  readonly input: Value;
  readonly targets: Value;
  /** Mean loss before the update. */
  readonly loss: Value;
  /** All read what the variables were before the step. */
  readonly updates: readonly Update[];
}
