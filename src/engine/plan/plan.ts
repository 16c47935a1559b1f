import type { Step, Value } from '../../core/graph/lowering';
import type { Shape } from '../../core/tensor/tensor';

/** A weight or statistic that lives between steps. */
export interface Variable {
  /** The tensor's name in the network. */
  readonly name: string;
  readonly shape: Shape;
}

/** What any executor gets: steps in order, and the variables they read. */
export interface Plan {
  readonly variables: readonly Variable[];
  readonly steps: readonly Step[];
}

/** Forward pass with inference statistics. */
export interface InferencePlan extends Plan {
  /** One per network input, in the graph's order; undefined where what is fetched does not depend on it. */
  readonly inputs: ReadonlyArray<Value | undefined>;
  readonly outputs: readonly Value[];
}

/** What a variable becomes at the end of a step. */
export type Update =
  /** velocity ← momentum · velocity + value; variable ← variable − rate · velocity */
  | { readonly kind: 'descend'; readonly variable: string; readonly value: Value }
  /** variable ← value */
  | { readonly kind: 'assign'; readonly variable: string; readonly value: Value };

/** Forward, backward and update on one batch. */
export interface TrainingPlan extends Plan {
  readonly input: Value;
  readonly targets: Value;
  /** Mean loss before the update. */
  readonly loss: Value;
  /** All read what the variables were before the step. */
  readonly updates: readonly Update[];
}
