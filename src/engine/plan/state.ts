import { sizeOf } from '../../core/tensor/tensor';
import type { Weights } from '../backend';
import type { Variable } from './plan';

/** @throws RangeError unless the values are those of the variables, each in its size. */
export function requireSame(what: string, variables: readonly Variable[], values: Weights): void {
  const odd = variables.find(({ name, shape }) => values.get(name)?.length !== sizeOf(shape));
  if (odd) throw new RangeError(`the state's ${what} do not fit: ${odd.name} is missing or of another size`);
  if (values.size !== variables.length) throw new RangeError(`the state has ${what} that are not used here`);
}
