import type { Frozen } from '../../shared/choices';
import type { Network, Optimiser, Precision, Statistics, TrainingOptions } from '../backend';
import type { Augmentation } from '../data/augment';
import type { Labelled } from './evaluate';
import type { Head } from './head';
import type { Schedule } from './schedule';

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
  /** Batches of an update of the weights; 1 when absent. */
  readonly accumulate?: number | undefined;
  /** Decay of an average of the weights, which is what comes out of the training; none when absent. */
  readonly ema?: number | undefined;
  /** Of each class in the loss; all count the same when absent. */
  readonly classWeights?: readonly number[] | undefined;
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
export function trainingOptions(recipe: Recipe, { loss }: Pick<Head, 'loss'>): TrainingOptions {
  const { batch, accumulate, optimiser, clipNorm, ema, labelSmoothing, classWeights } = recipe;
  const { seed, statistics, frozen, precision } = recipe;
  return {
    ...{ batch, accumulate, optimiser, clipNorm, ema, labelSmoothing, classWeights },
    ...{ seed, loss, statistics, frozen, precision },
  };
}

/** What is trained, and on what. */
export interface TrainingTask {
  readonly network: Network;
  readonly head: Head;
  readonly data: Labelled;
  readonly recipe: Recipe;
}
