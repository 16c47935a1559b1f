import { sizeOf } from '../../core/tensor/tensor';
import type { Weights } from '../backend';
import type { Slot, TrainingPlan, Variable } from './plan';

/** @throws RangeError unless the values are those of the variables, each in its size. */
export function requireSame(what: string, variables: readonly Variable[], values: Weights): void {
  const odd = variables.find(({ name, shape }) => values.get(name)?.length !== sizeOf(shape));
  if (odd) throw new RangeError(`the state's ${what} do not fit: ${odd.name} is missing or of another size`);
  if (values.size !== variables.length) throw new RangeError(`the state has ${what} that are not used here`);
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
