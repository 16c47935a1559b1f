import type { Optimiser } from '../../backend';
import type { Value } from '../../../core/graph/lowering';
import type { PlanBuilder } from '../builder';
import type { Update } from '../plan';
import { slotOf, type OptimiserRule } from './rule';

type Sgd = Extract<Optimiser, { readonly kind: 'sgd' }>;

type Descent = Extract<Update, { readonly kind: 'descend' }>;

/** Stochastic gradient descent with momentum; weight decay is added to the gradient, as in `torch.optim.SGD`. */
export const sgd: OptimiserRule<Sgd> = {
  update: (learnt, { momentum, nesterov = false }, builder) => {
    const { name, value, gradient, decay, isNextWanted } = learnt;
    const { emit, constant, number } = builder;
    const pull = () => emit({ op: 'multiplyConstant' }, [value, constant([decay], [])], value.shape);
    const descent: Descent = {
      kind: 'descend',
      variable: name,
      velocity: slotOf(learnt, 'velocity', builder).name,
      value: decay === 0 ? gradient : emit({ op: 'addN' }, [gradient, pull()], value.shape),
      rate: number('rate', ({ learningRate }) => learningRate),
      momentum: number('momentum', (moment) => moment.momentum ?? momentum),
      nesterov,
    };
    return isNextWanted ? inSteps(descent, value, builder) : [descent];
  },
};

/** The same step by step, so that the new weight is a value of the plan: in one operator it is faster. */
function inSteps(
  { variable, velocity, value: gradient, rate, momentum, nesterov }: Descent,
  weight: Value,
  { emit }: PlanBuilder,
): Update[] {
  const { shape } = weight;
  const times = (x: Value, factor: Value): Value => emit({ op: 'multiplyConstant' }, [x, factor], shape);
  const plus = (...values: Value[]): Value => emit({ op: 'addN' }, values, shape);
  const old = emit({ op: 'read', variable: velocity }, [], shape);
  const next = plus(times(old, momentum), gradient);
  const way = times(nesterov ? plus(gradient, times(next, momentum)) : next, rate);
  return [
    { kind: 'assign', variable: velocity, value: next },
    { kind: 'assign', variable, value: emit({ op: 'binary', fn: 'subtract' }, [weight, way], shape) },
  ];
}
