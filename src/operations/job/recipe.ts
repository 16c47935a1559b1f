import { z } from 'zod';
import { UserError } from '../../core/errors';
import type { Optimiser } from '../../engine/backend';
import type { Recipe } from '../../engine/training/recipe';
import type { Schedule } from '../../engine/training/schedule';

const count = z.int().min(1);
/** At least 0 and less than 1. */
const share = z.number().min(0).lt(1);

const ONE_CYCLE = { pctStart: 0.3, divFactor: 25, finalDivFactor: 1e4, momentum: [0.85, 0.95] } as const;
const CYCLED_MOMENTUM = 'false, or the lowest and the highest momentum, as in [0.85, 0.95]';
const BETAS = [0.9, 0.999] as const;
const ADAM_EPSILON = 1e-8;
/** AdamW's is PyTorch's. */
const WEIGHT_DECAY: Readonly<Record<Optimiser['kind'], number>> = { sgd: 1e-4, adamw: 0.01 };

const steps = z.strictObject({
  kind: z.literal('step'),
  milestones: z.array(z.number().positive()).min(1).describe('Epochs after which the rate falls.'),
  factor: z.number().gt(0).lt(1).default(0.1).describe('What it is multiplied by.'),
});

const oneCycle = z.strictObject({
  kind: z.literal('oneCycle'),
  pctStart: z
    .number()
    .gt(0)
    .lt(1)
    .default(ONE_CYCLE.pctStart)
    .describe('Share of the steps in which the rate rises.'),
  divFactor: z
    .number()
    .min(1)
    .default(ONE_CYCLE.divFactor)
    .describe('The first rate is "learningRate" divided by this.'),
  finalDivFactor: z
    .number()
    .min(1)
    .default(ONE_CYCLE.finalDivFactor)
    .describe('The last rate is the first divided by this.'),
  momentum: z
    .union(
      [
        z.literal(false),
        z.tuple([share, share]).refine(([low, high]) => low <= high, { error: CYCLED_MOMENTUM }),
      ],
      { error: CYCLED_MOMENTUM },
    )
    .default([...ONE_CYCLE.momentum])
    .describe(
      'Momentum (AdamW: the first beta) at the highest rate and at the lowest; false keeps the optimiser’s own.',
    ),
});

const schedule = z
  .union([z.enum(['cosine', 'step', 'constant', 'oneCycle']), steps, oneCycle], {
    error: 'cosine, step, constant, oneCycle, {"kind": "step", "milestones": […]} or {"kind": "oneCycle", …}',
  })
  .default('cosine')
  .describe(
    'How the learning rate changes. "step": × 0.1 after one half and three quarters of the epochs; "oneCycle": as PyTorch’s OneCycleLR, "learningRate" is the highest.',
  );

const adamw = z.strictObject({
  kind: z.literal('adamw'),
  betas: z
    .tuple([share, share])
    .default([...BETAS])
    .describe('Decay of the mean of gradients and of their squares.'),
  epsilon: z.number().positive().default(ADAM_EPSILON).describe('Added to the root of the latter.'),
});

const optimiser = z
  .union([z.enum(['sgd', 'adamw']), adamw], {
    error: 'sgd, adamw or {"kind": "adamw", "betas": [0.9, 0.999], "epsilon": 1e-8}',
  })
  .optional()
  .describe(
    'sgd: stochastic gradient descent with momentum; adamw: Adam with decoupled weight decay. Default: sgd.',
  );

/** The fields of a job that say how both networks are trained. */
export const recipeFields = {
  epochs: count.max(100_000).default(10).describe('Times that all training images are seen.'),
  batch: count.max(65_536).default(128).describe('Images per step.'),
  accumulate: count
    .max(65_536)
    .optional()
    .describe(
      'Batches whose mean gradient makes one update of the weights. Batch norms see each batch by itself. Default: 1.',
    ),
  learningRate: z.number().positive().default(0.01).describe('After the warm-up.'),
  schedule,
  warmup: z.number().min(0).default(0).describe('Epochs over which the rate rises in a straight line.'),
  optimiser,
  momentum: share.default(0.9).describe('Of stochastic gradient descent.'),
  nesterov: z.boolean().default(false).describe('Nesterov’s momentum.'),
  weightDecay: z
    .number()
    .min(0)
    .optional()
    .describe('Of kernels. sgd: L2, default 1e-4; adamw: decoupled, default 0.01.'),
  clipNorm: z
    .number()
    .positive()
    .optional()
    .describe(
      'Gradients are scaled down together where the norm of all of them is more than this. Default: they are not.',
    ),
  ema: z
    .number()
    .gt(0)
    .lt(1)
    .optional()
    .describe(
      'Decay of an average of the weights over the updates, as 0.999. The average is what is evaluated and written, with batch-norm statistics measured again. Default: no average.',
    ),
  labelSmoothing: share.default(0).describe('Share of the target spread over all classes.'),
  classWeights: z
    .union([z.literal('balanced'), z.array(z.number().positive()).min(2)], {
      error: '"balanced" or a list of weights, one for each class',
    })
    .optional()
    .describe(
      'Weight of each class in the training loss, in the order of the classes; balanced: by how rare it is among the training images. Default: all count the same.',
    ),
};

/** What fields that are objects may have, by their names. */
export const recipeParts = { optimiser: adamw.shape, schedule: { ...steps.shape, ...oneCycle.shape } };

type Parsed = z.output<z.ZodObject<typeof recipeFields>>;

/** The recipe of a job that was read. */
export type JobRecipe = Omit<Parsed, 'weightDecay'> & { readonly weightDecay: number };

/**
 * The recipe with the defaults that depend on other fields.
 * @param given whether the file has a field
 * @throws UserError on what does not go together
 */
export function settledRecipe<J extends Parsed>(
  job: J,
  given: (field: string) => boolean,
  path: string,
): Omit<J, 'weightDecay'> & JobRecipe {
  const { kind } = optimiserOf({ ...job, weightDecay: 0 });
  const ofSgd = ['momentum', 'nesterov'].find(given);
  if (kind !== 'sgd' && ofSgd !== undefined) {
    throw new UserError(`"${ofSgd}" requires "optimiser": "sgd"; AdamW has "betas" in its place`, { path });
  }
  if (scheduleOf(job).kind === 'oneCycle' && job.warmup > 0) {
    throw new UserError(
      '"warmup" does not go with "schedule": "oneCycle", which begins with a rise of its own; "pctStart" is its length',
      { path, found: String(job.warmup) },
    );
  }
  return { ...job, weightDecay: job.weightDecay ?? WEIGHT_DECAY[kind] };
}

/** The part of the recipe that these fields say. */
export function recipeFrom(
  job: JobRecipe,
): Pick<
  Recipe,
  | 'epochs'
  | 'batch'
  | 'accumulate'
  | 'ema'
  | 'learningRate'
  | 'schedule'
  | 'warmup'
  | 'optimiser'
  | 'clipNorm'
  | 'labelSmoothing'
> {
  const { epochs, batch, accumulate, learningRate, warmup, clipNorm, ema, labelSmoothing } = job;
  return {
    ...{ epochs, batch, accumulate, learningRate, warmup, clipNorm, ema, labelSmoothing },
    schedule: scheduleOf(job),
    optimiser: optimiserOf(job),
  };
}

function optimiserOf({
  optimiser: wanted = 'sgd',
  momentum,
  nesterov,
  weightDecay,
}: Pick<JobRecipe, 'optimiser' | 'momentum' | 'nesterov' | 'weightDecay'>): Optimiser {
  if (wanted === 'sgd') return { kind: 'sgd', momentum, nesterov, weightDecay };
  if (wanted === 'adamw') return { kind: 'adamw', betas: BETAS, epsilon: ADAM_EPSILON, weightDecay };
  return { ...wanted, weightDecay };
}

function scheduleOf({ schedule: wanted, epochs }: Pick<JobRecipe, 'schedule' | 'epochs'>): Schedule {
  switch (wanted) {
    case 'oneCycle':
      return { kind: 'oneCycle', ...ONE_CYCLE };
    case 'step':
      return { kind: 'step', milestones: [epochs / 2, (epochs * 3) / 4], factor: 0.1 };
    case 'cosine':
    case 'constant':
      return { kind: wanted };
    default:
      return wanted.kind === 'oneCycle' ? { ...wanted, momentum: wanted.momentum || undefined } : wanted;
  }
}
