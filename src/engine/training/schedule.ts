/** How the learning rate falls after the warm-up. */
export type Schedule =
  | { readonly kind: 'constant' }
  /** To zero along half a cosine. */
  | { readonly kind: 'cosine' }
  /** Times `factor` at each milestone, in epochs. */
  | { readonly kind: 'step'; readonly milestones: readonly number[]; readonly factor: number }
  | OneCycle;

/** Up and down along half a cosine each, as `torch.optim.lr_scheduler.OneCycleLR`. */
export interface OneCycle {
  readonly kind: 'oneCycle';
  /** Share of the steps in which the rate rises. */
  readonly pctStart: number;
  /** The first rate is the highest divided by this. */
  readonly divFactor: number;
  /** The last rate is the first divided by this. */
  readonly finalDivFactor: number;
  /** Momentum at the highest rate, and at the lowest; the optimiser's own throughout when absent. */
  readonly momentum?: readonly [number, number] | undefined;
}

/** How the learning rate changes over a training. */
export interface RatePlan {
  readonly schedule: Schedule;
  /** The rate after the warm-up, and the highest of one cycle. */
  readonly learningRate: number;
  /** Epochs over which the rate rises in a straight line; may be a fraction. */
  readonly warmup: number;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
}

/** The learning rate of a step; steps count from 0 over all epochs. */
export function learningRateAt(step: number, plan: RatePlan): number {
  const { learningRate, stepsPerEpoch, schedule } = plan;
  if (schedule.kind === 'oneCycle') {
    const first = learningRate / schedule.divFactor;
    return cycled(step, plan, schedule, [first, learningRate, first / schedule.finalDivFactor]);
  }
  const warm = Math.round(plan.warmup * stepsPerEpoch);
  if (step < warm) return (learningRate * (step + 1)) / (warm + 1);
  switch (schedule.kind) {
    case 'constant':
      return learningRate;
    case 'cosine': {
      const left = Math.max(plan.epochs * stepsPerEpoch - warm, 1);
      return (learningRate * (1 + Math.cos((Math.PI * (step - warm)) / left))) / 2;
    }
    case 'step': {
      const passed = schedule.milestones.filter((epoch) => step >= epoch * stepsPerEpoch).length;
      return learningRate * schedule.factor ** passed;
    }
  }
}

/** The momentum of a step where the schedule moves it: least where the rate is highest. */
export function momentumAt(step: number, plan: RatePlan): number | undefined {
  const { schedule } = plan;
  if (schedule.kind !== 'oneCycle' || !schedule.momentum) return undefined;
  const [least, most] = schedule.momentum;
  return cycled(step, plan, schedule, [most, least, most]);
}

/** What goes from the first value to the second while the rate rises, and to the third until the last step. */
function cycled(
  step: number,
  { epochs, stepsPerEpoch }: RatePlan,
  { pctStart }: OneCycle,
  [first, second, third]: readonly [number, number, number],
): number {
  const total = epochs * stepsPerEpoch;
  // PyTorch's own place of the highest rate: one step before the share of the steps is over.
  const peak = pctStart * total - 1;
  return step <= peak
    ? between(first, second, peak === 0 ? 1 : step / peak)
    : between(second, third, (step - peak) / (total - 1 - peak));
}

/** Along half a cosine. */
function between(from: number, to: number, share: number): number {
  return to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share));
}
