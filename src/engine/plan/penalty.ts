import type { Penalty } from '../../core/graph/graph';
import type { Emitter, Value } from '../../core/graph/lowering';

/** What a regulariser adds to the loss, l1 · Σ|w| + l2 · Σw², and that term's gradient, l1 · sign(w) + 2 · l2 · w. */
export function penalise(
  weight: Value,
  { l1, l2 }: Penalty,
  emitter: Emitter,
): { readonly loss: Value; readonly gradient: Value } | undefined {
  const { emit } = emitter;
  const { shape } = weight;
  const scaled = (x: Value, factor: number): Value => emit({ op: 'scale', factor }, [x], x.shape);
  const summed = (x: Value): Value => emit({ op: 'sumTo' }, [x], []);
  const losses: Value[] = [];
  const gradients: Value[] = [];
  if (l1 > 0) {
    const negative = scaled(weight, -1);
    losses.push(scaled(summed(emit({ op: 'binary', fn: 'maximum' }, [weight, negative], shape)), l1));
    // Of 0 the sign is 0.
    const [above, below] = [weight, negative].map((x) => emit({ op: 'aboveMask', threshold: 0 }, [x], shape));
    gradients.push(scaled(emit({ op: 'binary', fn: 'subtract' }, [above, below], shape), l1));
  }
  if (l2 > 0) {
    losses.push(scaled(summed(emit({ op: 'binary', fn: 'multiply' }, [weight, weight], shape)), l2));
    gradients.push(scaled(weight, 2 * l2));
  }
  if (losses.length === 0) return undefined;
  return { loss: total(losses, emitter), gradient: total(gradients, emitter) };
}

/** The sum of values of one shape. */
export function total(values: readonly Value[], { emit }: Emitter): Value {
  const [first, ...others] = values;
  return others.length === 0 ? first : emit({ op: 'addN' }, values, first.shape);
}
