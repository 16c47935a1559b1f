import type { TrainingOptions } from '../backend';
import type { PlanBuilder } from './builder';
import { clipped } from './clip';
import { updatesOf } from './optimisers';
import { slotOf, type Learnt } from './optimisers/rule';
import type { Update } from './plan';
import { AVERAGE } from './state';

/** What becomes of the weights by their gradients: gathered over several batches, clipped, taken by the optimiser, averaged. */
export function learn(weights: readonly Learnt[], options: TrainingOptions, builder: PlanBuilder): Update[] {
  const { optimiser, clipNorm, accumulate = 1, ema } = options;
  const gathered =
    accumulate === 1 ? undefined : weights.map((weight) => gather(weight, accumulate, builder));
  const whole = gathered?.map(({ value }) => value) ?? weights.map(({ gradient }) => gradient);
  const gradients = clipNorm === undefined ? whole : clipped(whole, clipNorm, builder);
  const updates = weights.flatMap((weight, i): readonly Update[] => {
    const learnt = { ...weight, gradient: gradients[i], isNextWanted: ema !== undefined };
    const made = updatesOf(learnt, optimiser, builder);
    return ema === undefined ? made : [...made, average(learnt, made, ema, builder)];
  });
  if (!gathered) return updates;
  return [...gathered, ...updates.map((update): Update => ({ ...update, when: 'last' }))];
}

/** sum ← sum + gradient / parts, from 0 at the first of the batches */
function gather(
  learnt: Learnt,
  parts: number,
  builder: PlanBuilder,
): Extract<Update, { readonly kind: 'assign' }> {
  const { emit, constant, number } = builder;
  const { shape } = learnt.value;
  const slot = slotOf(learnt, 'sum', builder);
  const kept = emit(
    { op: 'multiplyConstant' },
    [builder.remembered(slot), number('kept of the sum', ({ part }) => Number(part > 0))],
    shape,
  );
  const added = emit({ op: 'multiplyConstant' }, [learnt.gradient, constant([1 / parts], [])], shape);
  return { kind: 'assign', variable: slot.name, value: emit({ op: 'addN' }, [kept, added], shape) };
}

/**
 * average ← decay · average + (1 − decay) · weight, the weight itself after the first update: as
 * `torch.optim.swa_utils.AveragedModel` with `get_ema_multi_avg_fn`.
 */
function average(learnt: Learnt, made: readonly Update[], decay: number, builder: PlanBuilder): Update {
  const { emit, constant, number } = builder;
  const { name, value } = learnt;
  const next = made.find(({ kind, variable }) => kind === 'assign' && variable === name)?.value;
  if (!next) throw new Error(`${name}: the optimiser keeps its new value to itself`);
  const slot = slotOf(learnt, AVERAGE, builder);
  const times = (x: typeof value, factor: typeof value) =>
    emit({ op: 'multiplyConstant' }, [x, factor], value.shape);
  // 0 before the first update.
  const old = times(builder.remembered(slot), constant([decay], []));
  const latest = times(
    next,
    number('new in the average', ({ update }) => (update === 1 ? 1 : 1 - decay)),
  );
  return { kind: 'assign', variable: slot.name, value: emit({ op: 'addN' }, [old, latest], value.shape) };
}
