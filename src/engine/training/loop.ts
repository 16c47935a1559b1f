import { CancelledError, DataError, UserError, type ErrorDetail } from '../../core/errors';
import type {
  Backend,
  Network,
  Optimiser,
  Precision,
  Statistics,
  TrainingOptions,
  TrainingSession,
  TrainingState,
  Weights,
} from '../backend';
import type { Frozen } from '../../shared/choices';
import type { Augmentation } from '../data/augment';
import { stepsPerEpoch, trainingBatches } from '../data/batches';
import type { Labelled } from './evaluate';
import { targetsOf, type Head } from './head';
import { learningRateAt, momentumAt, type RatePlan, type Schedule } from './schedule';

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
  /** The most that the norm of all gradients together may be; not limited when absent. */
  readonly clipNorm?: number | undefined;
  /** Batch when absent. */
  readonly statistics?: Statistics;
  /** What happens to layers that are frozen in the file; they stay so when absent. */
  readonly frozen?: Frozen;
  /** Float32 when absent. */
  readonly precision?: Precision;
  readonly augmentation: Augmentation;
  readonly seed: number;
}

/** What a backend must know of a recipe. */
export function trainingOptions(
  { batch, optimiser, labelSmoothing, clipNorm, seed, statistics, frozen, precision }: Recipe,
  { loss }: Pick<Head, 'loss'>,
): TrainingOptions {
  return { batch, optimiser, labelSmoothing, clipNorm, seed, loss, statistics, frozen, precision };
}

/** What a training reports after a step. */
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

/** What a training reports after an epoch. */
export interface EpochReport {
  /** From 1. */
  readonly epoch: number;
  /** Mean over the epoch's steps. */
  readonly loss: number;
  readonly weights: Weights;
}

const DIVERGED = 'the training diverged';
const ADVICE = 'try a lower rate';

/** Where a training stands, and all it needs to go on from there. */
export interface TrainingPosition {
  /** Epochs done, with their evaluation. */
  readonly epochs: number;
  /** Steps done over all epochs. */
  readonly step: number;
  /** Sum of the losses of the epoch that is under way. */
  readonly lossSum: number;
  readonly state: TrainingState;
}

/**
 * `begin`: before the first step; `step`: after one; `epoch`: after an epoch's evaluation; `pause`: before it rests;
 * `stop`: on a cancel, or when an image cannot be had any more.
 */
export type Moment = 'begin' | 'step' | 'epoch' | 'pause' | 'stop';

/** What a training calls while it runs. */
export interface TrainingHooks {
  /**
   * Awaited before each step; ends the training by throwing. The time it takes does not count for the rate.
   * @param capture costs a copy of all weights
   */
  pause(capture: () => TrainingPosition): Promise<void>;
  onStep(report: StepReport): void;
  onEpoch(report: EpochReport): Promise<void>;
  /** At every moment at which the training could be left and taken up again; `capture` costs a copy of all weights. */
  onMoment?(moment: Moment, capture: () => TrainingPosition): Promise<void>;
}

/** Weights that were whole, and when. */
export interface GoodWeights {
  /** Epochs done. */
  readonly epochs: number;
  /** Steps done over all epochs. */
  readonly step: number;
  /** False where the training was taken up in the middle of an epoch. */
  readonly atEpochEnd: boolean;
  readonly weights: Weights;
}

/** The loss or a weight is no longer a finite number. */
export class DivergedError extends UserError {
  /** @param good the weights after the last epoch (or where the training was taken up); none before the first. */
  constructor(
    summary: string,
    detail: ErrorDetail,
    readonly good?: GoodWeights,
  ) {
    super(summary, detail);
  }
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
 * @param from where an earlier run was left; the batches that it has seen are not drawn again.
 * @returns the weights and statistics, by tensor name.
 * @throws DataError with fewer images than a batch, DivergedError when the loss stops being a number.
 */
export async function trainNetwork(
  backend: Backend,
  task: TrainingTask,
  hooks: TrainingHooks,
  from?: TrainingPosition,
): Promise<Weights> {
  const { network, head, data, recipe } = task;
  const plan = ratePlan(data.images.count, recipe);
  const session = backend.training(network, trainingOptions(recipe, head));
  try {
    return await new Training(session, task, plan, hooks, from).run();
  } finally {
    session.dispose();
  }
}

/** @throws DataError when not even one step can be made of so many images. */
export function requireBatch(images: number, batch: number): void {
  if (stepsPerEpoch(images, batch) > 0) return;
  throw new DataError('there are fewer training images than one batch', {
    found: `${images} images`,
    expected: `at least ${batch}, or a smaller batch`,
  });
}

function ratePlan(images: number, { batch, learningRate, schedule, warmup, epochs }: Recipe): RatePlan {
  requireBatch(images, batch);
  return { schedule, learningRate, warmup, epochs, stepsPerEpoch: stepsPerEpoch(images, batch) };
}

/** One training under way. */
class Training {
  private epochs: number;
  private step: number;
  private lossSum: number;
  private good?: GoodWeights;

  constructor(
    private readonly session: TrainingSession,
    private readonly task: TrainingTask,
    private readonly plan: RatePlan,
    private readonly hooks: TrainingHooks,
    from?: TrainingPosition,
  ) {
    this.epochs = from?.epochs ?? 0;
    this.step = from?.step ?? 0;
    this.lossSum = from?.lossSum ?? 0;
    if (!from) return;
    session.restore(from.state);
    const { epochs, step, state } = from;
    this.good = { epochs, step, atEpochEnd: step === epochs * plan.stepsPerEpoch, weights: state.weights };
  }

  async run(): Promise<Weights> {
    try {
      if (this.step === 0) await this.at('begin');
      let weights = this.good?.weights ?? new Map<string, Float32Array>();
      while (this.epochs < this.task.recipe.epochs) weights = await this.epoch();
      return weights;
    } catch (error) {
      // The weights are whole: nothing of what was learnt is lost.
      if (error instanceof CancelledError || error instanceof DataError) await this.at('stop');
      throw error;
    }
  }

  private async epoch(): Promise<Weights> {
    await this.steps();
    const epoch = this.epochs + 1;
    const weights = this.finite(this.session.read());
    await this.hooks.onEpoch({ epoch, loss: this.lossSum / this.plan.stepsPerEpoch, weights });
    this.epochs = epoch;
    this.lossSum = 0;
    this.good = { epochs: epoch, step: this.step, atEpochEnd: true, weights };
    await this.at('epoch');
    return weights;
  }

  /** The steps of the present epoch that are not done yet. */
  private async steps(): Promise<void> {
    const { data, head, recipe } = this.task;
    let started = performance.now();
    const skip = this.step - this.epochs * this.plan.stepsPerEpoch;
    let done = 0;
    const order = { ...recipe, epoch: this.epochs, skip };
    for await (const batch of trainingBatches(data.images, data.preprocessing, order)) {
      const asked = performance.now();
      await this.hooks.pause(() => this.position());
      started += performance.now() - asked;
      const learningRate = learningRateAt(this.step, this.plan);
      const targets = targetsOf(batch.labels, head);
      const loss = this.session.step(batch.input, targets, learningRate, momentumAt(this.step, this.plan));
      if (!Number.isFinite(loss)) throw this.diverged(loss, learningRate);
      this.step++;
      this.lossSum += loss;
      done += batch.count;
      const imagesPerSecond = done / ((performance.now() - started) / 1000);
      this.hooks.onStep({ epoch: this.epochs + 1, step: this.step, loss, learningRate, imagesPerSecond });
      await this.at('step');
    }
  }

  private at(moment: Moment): Promise<void> {
    return this.hooks.onMoment?.(moment, () => this.position()) ?? Promise.resolve();
  }

  private position(): TrainingPosition {
    const { epochs, step, lossSum } = this;
    return { epochs, step, lossSum, state: this.session.capture() };
  }

  private diverged(loss: number, learningRate: number): DivergedError {
    const where = `epoch ${this.epochs + 1}, step ${this.step + 1}, learning rate ${Number(learningRate.toPrecision(3))}`;
    const detail = { where, found: String(loss) };
    return new DivergedError(
      `${DIVERGED}: the loss is no longer a finite number; ${ADVICE}`,
      detail,
      this.good,
    );
  }

  /** The last step of an epoch may break the weights after its loss was reported. */
  private finite(weights: Weights): Weights {
    const broken = [...weights].find(([, values]) => !values.every(Number.isFinite));
    if (!broken) return weights;
    const detail = { where: `${broken[0]}, epoch ${this.epochs + 1}` };
    throw new DivergedError(
      `${DIVERGED}: a weight is no longer a finite number; ${ADVICE}`,
      detail,
      this.good,
    );
  }
}
