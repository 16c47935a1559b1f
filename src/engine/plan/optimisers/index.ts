import { UnsupportedError } from '../../../core/errors';
import type { Optimiser } from '../../backend';
import type { PlanBuilder } from '../builder';
import type { Update } from '../plan';
import { adamw } from './adamw';
import type { Learnt, OptimiserRule } from './rule';
import { sgd } from './sgd';

type Kind = Optimiser['kind'];

/** Every optimiser by its kind: a file each. */
const RULES: { readonly [K in Kind]: OptimiserRule<Extract<Optimiser, { readonly kind: K }>> } = {
  sgd,
  adamw,
};

/** Emits the update of one weight. @throws UnsupportedError for a kind that is none of them */
export function updatesOf(learnt: Learnt, optimiser: Optimiser, builder: PlanBuilder): readonly Update[] {
  if (!Object.hasOwn(RULES, optimiser.kind)) {
    throw new UnsupportedError('there is no such optimiser', {
      found: optimiser.kind,
      expected: Object.keys(RULES).join(', '),
    });
  }
  // The table pairs each kind with its rule; the type of the pair is lost on lookup.
  return (RULES[optimiser.kind] as OptimiserRule<Optimiser>).update(learnt, optimiser, builder);
}
