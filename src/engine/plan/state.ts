import { sizeOf } from '../../core/tensor/tensor';
import type { TrainingState, Weights } from '../backend';
import type { Slot, StepMoment, TrainingPlan, Variable } from './plan';

/** @throws RangeError unless the values are those of the variables, each in its size. */
export function requireSame(what: string, variables: readonly Variable[], values: Weights): void {
  const odd = variables.find(({ name, shape }) => values.get(name)?.length !== sizeOf(shape));
  if (odd) throw new RangeError(`the state's ${what} do not fit: ${odd.name} is missing or of another size`);
  if (values.size !== variables.length) throw new RangeError(`the state has ${what} that are not used here`);
}

/** The kind of slot that averages a weight over the updates. */
export const AVERAGE = 'average';

/** The weights of a state with their averages in place of those that have one. */
export function averagedWeights({ weights, optimiser }: TrainingState): Weights {
  return new Map([...weights].map(([name, values]) => [name, optimiser.get(keyOf(AVERAGE, name)) ?? values]));
}

/** The name in a saved state of what is kept of a weight: earlier versions have velocities by the weight's name alone. */
export function keyOf(kind: string, name: string): string {
  return kind === 'velocity' ? name : `${kind}\n${name}`;
}

/** Where a session stands after so many batches. */
export function momentAfter(
  steps: number,
  { parts }: Pick<TrainingPlan, 'parts'>,
  rates: Pick<StepMoment, 'learningRate' | 'momentum'>,
): StepMoment {
  return { update: Math.floor(steps / parts) + 1, part: steps % parts, ...rates };
}

/** What a saved state has for each slot. @throws RangeError unless it is all of them, each in its size. */
export function slotsOf({ slots }: Pick<TrainingPlan, 'slots'>, saved: Weights): [Slot, Float32Array][] {
  requireSame(
    'velocities',
    slots.map(({ key, shape }) => ({ name: key, shape })),
    saved,
  );
  return slots.map((slot) => [slot, saved.get(slot.key) ?? new Float32Array()]);
}
