import type { BinaryFunction, Value } from '../../../core/graph/lowering';
import type { Optimiser } from '../../backend';
import { slotOf, type OptimiserRule } from './rule';

type AdamW = Extract<Optimiser, { readonly kind: 'adamw' }>;

/**
 * Adam with decoupled weight decay, as `torch.optim.AdamW`: the decay shrinks the weight and does not pass through the
 * moments. A schedule that moves the momentum moves β₁.
 */
export const adamw: OptimiserRule<AdamW> = {
  update: (learnt, { betas: [first, second], epsilon, weightDecay }, builder) => {
    const { name, value, gradient, decay } = learnt;
    const { shape } = value;
    const { emit, constant, number } = builder;
    const both = (fn: BinaryFunction, a: Value, b: Value): Value => emit({ op: 'binary', fn }, [a, b], shape);
    const times = (x: Value, factor: Value): Value => emit({ op: 'multiplyConstant' }, [x, factor], shape);

    const [mean, square] = [slotOf(learnt, 'mean', builder), slotOf(learnt, 'square', builder)];
    const [oldMean, oldSquare] = [builder.remembered(mean), builder.remembered(square)];
    const newest = number('1 − β₁', ({ momentum = first }) => 1 - momentum);
    const nextMean = both('add', oldMean, times(both('subtract', gradient, oldMean), newest));
    const kept = times(oldSquare, constant([second], []));
    const nextSquare = both(
      'add',
      kept,
      times(both('multiply', gradient, gradient), constant([1 - second], [])),
    );

    const correction = number('1 / √(1 − β₂ᵗ)', ({ update }) => 1 / Math.sqrt(1 - second ** update));
    const root = times(emit({ op: 'unary', fn: 'sqrt' }, [nextSquare], shape), correction);
    const spread = emit({ op: 'addConstant' }, [root, constant([epsilon], [])], shape);
    const rate = number(
      'rate / (1 − β₁ᵗ)',
      ({ learningRate, update, momentum = first }) => learningRate / (1 - momentum ** update),
    );
    const shrunk =
      decay === 0
        ? value
        : times(
            value,
            number('1 − rate · decay', ({ learningRate }) => 1 - learningRate * weightDecay),
          );
    return [
      { kind: 'assign', variable: mean.name, value: nextMean },
      { kind: 'assign', variable: square.name, value: nextSquare },
      {
        kind: 'assign',
        variable: name,
        value: both('subtract', shrunk, times(both('divide', nextMean, spread), rate)),
      },
    ];
  },
};
