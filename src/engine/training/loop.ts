import { DataError, UserError } from '../../core/errors';
import type {
  Backend,
  Network,
  Optimiser,
  Precision,
  Statistics,
  TrainingSession,
  Weights,
} from '../backend';
import type { Augmentation } from '../data/augment';
import { stepsPerEpoch, trainingBatches } from '../data/batches';
import type { Labelled } from './evaluate';
import { targetsOf, type Head } from './head';
import { learningRateAt, type RatePlan, type Schedule } from './schedule';

/** How a network is trained; the same recipe and seed give the same batches in the same order. */
export interface Recipe {
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly schedule: Schedule;
  /** Epochs. */
  readonly warmup: number;
  readonly optimiser: Optimiser;
  readonly labelSmoothing: number;
  /** Batch when absent. */
  readonly statistics?: Statistics;
  /** Float32 when absent. */
  readonly precision?: Precision;
  readonly augmentation: Augmentation;
  readonly seed: number;
}

export interface StepReport {
  /** From 1. */
  readonly epoch: number;
  /** From 1, over all epochs. */
  readonly step: number;
  readonly loss: number;
  readonly learningRate: number;
  /** Since the epoch began. */
  readonly imagesPerSecond: number;
}

export interface EpochReport {
  /** From 1. */
  readonly epoch: number;
  /** Mean over the epoch's steps. */
  readonly loss: number;
  readonly weights: Weights;
}

export interface TrainingHooks {
  /** Awaited before each step; ends the training by throwing. */
  pause(): Promise<void>;
  onStep(report: StepReport): void;
  onEpoch(report: EpochReport): Promise<void>;
}

/** What is trained, and on what. */
export interface TrainingTask {
  readonly network: Network;
  readonly head: Head;
  readonly data: Labelled;
  readonly recipe: Recipe;
}

/**
 * Trains a network to the end of its recipe.
 * @returns the weights and statistics, by tensor name.
 * @throws DataError with fewer images than a batch, UserError when the loss stops being a number.
 */
export async function trainNetwork(
  backend: Backend,
  task: TrainingTask,
  hooks: TrainingHooks,
): Promise<Weights> {
  const { network, head, data, recipe } = task;
  const { batch, optimiser, labelSmoothing, seed, statistics, precision } = recipe;
  const plan = ratePlan(data.images.count, recipe);
  const session = backend.training(network, {
    batch,
    optimiser,
    labelSmoothing,
    seed,
    loss: head.loss,
    statistics,
    precision,
  });
  try {
    let weights: Weights = new Map();
    for (let epoch = 0; epoch < recipe.epochs; epoch++) {
      const loss = await trainEpoch(session, task, plan, epoch, hooks);
      weights = finite(session.read(), epoch);
      await hooks.onEpoch({ epoch: epoch + 1, loss, weights });
    }
    return weights;
  } finally {
    session.dispose();
  }
}

function ratePlan(images: number, { batch, learningRate, schedule, warmup, epochs }: Recipe): RatePlan {
  const steps = stepsPerEpoch(images, batch);
  if (steps === 0) {
    throw new DataError('there are fewer training images than one batch', {
      found: `${images} images`,
      allowed: `at least ${batch}, or a smaller batch`,
    });
  }
  return { schedule, learningRate, warmup, epochs, stepsPerEpoch: steps };
}

async function trainEpoch(
  session: TrainingSession,
  { data: { images, preprocessing }, head, recipe }: TrainingTask,
  plan: RatePlan,
  epoch: number,
  hooks: TrainingHooks,
): Promise<number> {
  const started = performance.now();
  let step = epoch * plan.stepsPerEpoch;
  let total = 0;
  let done = 0;
  for await (const batch of trainingBatches(images, preprocessing, { ...recipe, epoch })) {
    await hooks.pause();
    const learningRate = learningRateAt(step, plan);
    const loss = session.step(batch.input, targetsOf(batch.labels, head), learningRate);
    step += 1;
    done += batch.count;
    if (!Number.isFinite(loss)) throw diverged(epoch, step, loss, learningRate);
    total += loss;
    const imagesPerSecond = done / ((performance.now() - started) / 1000);
    hooks.onStep({ epoch: epoch + 1, step, loss, learningRate, imagesPerSecond });
  }
  return total / plan.stepsPerEpoch;
}

function diverged(epoch: number, step: number, loss: number, learningRate: number): UserError {
  return new UserError('the training diverged: the loss is no longer a finite number; try a lower rate', {
    where: `epoch ${epoch + 1}, step ${step}, learning rate ${Number(learningRate.toPrecision(3))}`,
    found: String(loss),
  });
}

/** The last step of an epoch may break the weights after its loss was told. */
function finite(weights: Weights, epoch: number): Weights {
  for (const [name, values] of weights) {
    if (values.every(Number.isFinite)) continue;
    throw new UserError('the training diverged: a weight is no longer a finite number; try a lower rate', {
      where: `${name}, epoch ${epoch + 1}`,
    });
  }
  return weights;
}
