import type { Optimiser } from '../../backend';
import { slotOf, type OptimiserRule } from './rule';

type Sgd = Extract<Optimiser, { readonly kind: 'sgd' }>;

/** Stochastic gradient descent with momentum; weight decay is added to the gradient, as in `torch.optim.SGD`. */
export const sgd: OptimiserRule<Sgd> = {
  update: (learnt, { momentum, nesterov = false }, builder) => {
    const { name, value, gradient, decay } = learnt;
    const { emit, constant } = builder;
    const pull = () => emit({ op: 'multiplyConstant' }, [value, constant([decay], [])], value.shape);
    return [
      {
        kind: 'descend',
        variable: name,
        velocity: slotOf(learnt, 'velocity', builder).name,
        value: decay === 0 ? gradient : emit({ op: 'addN' }, [gradient, pull()], value.shape),
        rate: builder.number('rate', ({ learningRate }) => learningRate),
        momentum: builder.number('momentum', (moment) => moment.momentum ?? momentum),
        nesterov,
      },
    ];
  },
};
