/** How the learning rate falls after the warm-up. */
export type Schedule =
  | { readonly kind: 'constant' }
  /** To zero along half a cosine. */
  | { readonly kind: 'cosine' }
  /** Times `factor` at each milestone, in epochs. */
  | { readonly kind: 'step'; readonly milestones: readonly number[]; readonly factor: number };

/** How the learning rate changes over a training. */
export interface RatePlan {
  readonly schedule: Schedule;
  /** The rate after the warm-up. */
  readonly learningRate: number;
  /** Epochs over which the rate rises in a straight line; may be a fraction. */
  readonly warmup: number;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
}

/** The learning rate of a step; steps count from 0 over all epochs. */
export function learningRateAt(step: number, plan: RatePlan): number {
  const { learningRate, stepsPerEpoch, schedule } = plan;
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
