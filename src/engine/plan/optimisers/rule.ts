import type { Value } from '../../../core/graph/lowering';
import type { PlanBuilder } from '../builder';
import type { Slot, Update } from '../plan';

/** One weight that is learnt, and what is known of it in a step. */
export interface Learnt {
  /** Its tensor's name. */
  readonly name: string;
  /** What it holds before the step. */
  readonly value: Value;
  /** Of the loss, clipped if the recipe asks for that; without weight decay. */
  readonly gradient: Value;
  /** Share of the weight decay: 0 where the weight is not a kernel. */
  readonly decay: number;
  /** Whether what it becomes is asked for as a value of the plan. */
  readonly isNextWanted?: boolean;
}

/** How one kind of optimiser changes a weight. Both executors can do what it emits. */
export interface OptimiserRule<O> {
  /** Emits the steps of one weight's update. */
  readonly update: (learnt: Learnt, options: O, builder: PlanBuilder) => readonly Update[];
}

/** What an optimiser remembers of one weight. */
export function slotOf({ name, value }: Learnt, kind: string, builder: PlanBuilder): Slot {
  return builder.slot(kind, { name, shape: value.shape.map(Number) });
}
