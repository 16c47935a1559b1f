import { CancelledError, DataError, UserError, type ErrorDetail } from '../../core/errors';
import type { Backend, TrainingSession, TrainingState, Weights } from '../backend';
import { stepsPerEpoch, trainingBatches } from '../data/batches';
import { averagedWeights } from '../plan/state';
import { AveragedNorms } from './averages';
import { targetsOf } from './head';
import { mixed, mixingShare, type MixedBatch } from './mixup';
import { trainingOptions, type TrainingTask } from './recipe';
import { learningRateAt, momentumAt, type RatePlan } from './schedule';

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
  requireBatch(data.images.count, recipe);
  const session = backend.training(network, trainingOptions(recipe, head));
  const isMeasured = recipe.ema !== undefined && recipe.statistics !== 'frozen';
  const norms = isMeasured ? new AveragedNorms(backend, task) : undefined;
  try {
    return await new Training({ session, norms }, task, hooks, from).run();
  } finally {
    session.dispose();
    norms?.dispose();
  }
}

/** @throws DataError when not even one step can be made of so many images. */
export function requireBatch(
  images: number,
  recipe: { readonly batch: number; readonly accumulate?: number | undefined },
): void {
  if (stepsPerEpoch(images, recipe) > 0) return;
  const { batch, accumulate = 1 } = recipe;
  const several = accumulate === 1 ? '' : `${accumulate} batches of ${batch}: `;
  throw new DataError('there are fewer training images than one batch', {
    found: `${images} images`,
    expected: `${several}at least ${batch * accumulate}, or a smaller batch`,
  });
}

/** What a training runs. */
interface Sessions {
  readonly session: TrainingSession;
  /** Set where what is averaged needs other statistics. */
  readonly norms: AveragedNorms | undefined;
}

/** One training under way. */
class Training {
  private readonly session: TrainingSession;
  private readonly stepsPerEpoch: number;
  private readonly rates: RatePlan;
  private epochs: number;
  private step: number;
  private lossSum: number;
  private good?: GoodWeights;

  constructor(
    private readonly sessions: Sessions,
    private readonly task: TrainingTask,
    private readonly hooks: TrainingHooks,
    from?: TrainingPosition,
  ) {
    const { recipe, data } = task;
    this.session = sessions.session;
    this.stepsPerEpoch = stepsPerEpoch(data.images.count, recipe);
    this.rates = { ...recipe, stepsPerEpoch: this.stepsPerEpoch / this.parts };
    this.epochs = from?.epochs ?? 0;
    this.step = from?.step ?? 0;
    this.lossSum = from?.lossSum ?? 0;
    if (!from) return;
    this.session.restore(from.state);
    const { epochs, step, state } = from;
    this.good = { epochs, step, atEpochEnd: step === epochs * this.stepsPerEpoch, weights: state.weights };
  }

  async run(): Promise<Weights> {
    try {
      if (this.step === 0) await this.at('begin');
      let weights: Weights | undefined;
      while (this.epochs < this.task.recipe.epochs) weights = await this.epoch();
      return weights ?? (await this.outcome());
    } catch (error) {
      // The weights are whole: nothing of what was learnt is lost.
      if (error instanceof CancelledError || error instanceof DataError) await this.at('stop');
      throw error;
    }
  }

  private async epoch(): Promise<Weights> {
    await this.steps();
    const epoch = this.epochs + 1;
    const weights = await this.outcome();
    await this.hooks.onEpoch({ epoch, loss: this.lossSum / this.stepsPerEpoch, weights });
    this.epochs = epoch;
    this.lossSum = 0;
    this.good = { epochs: epoch, step: this.step, atEpochEnd: true, weights };
    await this.at('epoch');
    return weights;
  }

  /** What would come out of the training now. */
  private async outcome(): Promise<Weights> {
    const { ema } = this.task.recipe;
    const weights = this.finite(
      ema === undefined ? this.session.read() : averagedWeights(this.session.capture()),
    );
    // The same images, whether the epoch is over or was when the run was left.
    const epoch = Math.ceil(this.step / this.stepsPerEpoch) - 1;
    return (await this.sessions.norms?.measured(weights, epoch)) ?? weights;
  }

  /** Batches of an update of the weights. */
  private get parts(): number {
    return this.task.recipe.accumulate ?? 1;
  }

  /** The steps of the present epoch that are not done yet. */
  private async steps(): Promise<void> {
    const { data, head, recipe } = this.task;
    let started = performance.now();
    const skip = this.step - this.epochs * this.stepsPerEpoch;
    let done = 0;
    const order = { ...recipe, epoch: this.epochs, skip };
    for await (const { input, labels, count } of trainingBatches(data.images, data.preprocessing, order)) {
      const asked = performance.now();
      await this.hooks.pause(() => this.position());
      started += performance.now() - asked;
      const update = Math.floor(this.step / this.parts);
      const learningRate = learningRateAt(update, this.rates);
      const batch = this.mixed({ input, targets: targetsOf(labels, head) });
      const momentum = momentumAt(update, this.rates);
      const loss = this.session.step(batch.input, batch.targets, learningRate, momentum);
      if (!Number.isFinite(loss)) throw this.diverged(loss, learningRate);
      this.step++;
      this.lossSum += loss;
      done += count;
      const imagesPerSecond = done / ((performance.now() - started) / 1000);
      this.hooks.onStep({ epoch: this.epochs + 1, step: this.step, loss, learningRate, imagesPerSecond });
      await this.at('step');
    }
  }

  private mixed(batch: MixedBatch): MixedBatch {
    const { augmentation, seed, batch: count } = this.task.recipe;
    const { mixup } = augmentation;
    return mixup === undefined ? batch : mixed(batch, count, mixingShare(mixup, seed, this.step));
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
