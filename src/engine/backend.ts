import type { Graph } from '../core/graph/graph';
import type { TensorRef } from '../core/tensor/tensor';
import type { Frozen } from '../shared/choices';

/** What is run: a graph and its weights. Every node must be an operator the engine knows. */
export interface Network {
  readonly graph: Graph;
  readonly tensors: ReadonlyMap<string, TensorRef>;
}

/** One tensor that came back. */
export interface Result {
  /** Batch first. */
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Weights by tensor name, float32, row-major, shapes as in the network. */
export type Weights = ReadonlyMap<string, Float32Array>;

/** A compiled network with inference statistics. Any batch size; spatial sizes must be known. */
export interface InferenceSession {
  /** Values fetched, in the order asked for. */
  readonly values: readonly string[];
  /** Runs one batch; `inputs` holds one array per network input, batch × H × W × C. */
  run(inputs: readonly Float32Array[], batch: number): readonly Result[];
  /** Replaces some weights (a pruning mask, say); the others stay. */
  assign(weights: Weights): void;
  dispose(): void;
}

/** How parameters are learnt: a kind is a file in `plan/optimisers`. Weight decay is for kernels, not for biases, γ or β. */
export type Optimiser =
  | {
      readonly kind: 'sgd';
      /** 0.9 as a rule. */
      readonly momentum: number;
      readonly nesterov?: boolean;
      /** L2 added to the gradient. */
      readonly weightDecay: number;
    }
  | {
      readonly kind: 'adamw';
      /** Of the mean of the gradients and of their squares. */
      readonly betas: readonly [number, number];
      /** Added to the square root of the latter. */
      readonly epsilon: number;
      /** Decoupled: a weight shrinks by the rate times this. */
      readonly weightDecay: number;
    };

/** The loss, by the network's head. */
export type Loss = 'categorical' | 'binary' | 'multiLabel';

/**
 * What batch norms normalise by in a training step: the batch (as in the paper), or their fixed statistics. Blocks
 * are then linear, and each is computed as one convolution whose gradient goes to all its branches.
 */
export type Statistics = 'batch' | 'frozen';

/**
 * What convolutions, their gradients and the images between them are computed in; weights, statistics, sums over
 * images and the loss are always float32.
 */
export type Precision = 'float32' | 'bfloat16';

/** How a network is trained step by step. */
export interface TrainingOptions {
  readonly batch: number;
  readonly optimiser: Optimiser;
  readonly loss: Loss;
  /** Share of the target spread over all classes. */
  readonly labelSmoothing: number;
  /** The most that the norm of all gradients together may be; not limited when absent. */
  readonly clipNorm?: number | undefined;
  /** Batches whose mean gradient makes one update of the weights; 1 when absent. Batch norms see each by itself. */
  readonly accumulate?: number | undefined;
  /** Decay of an average of the weights over the updates; none when absent. */
  readonly ema?: number | undefined;
  /** Of each class; all count the same when absent. */
  readonly classWeights?: readonly number[] | undefined;
  /** True: nothing is learnt, and the statistics after a step are those of its batch. */
  readonly measures?: boolean;
  readonly seed: number;
  /** Batch when absent. */
  readonly statistics?: Statistics;
  /** What happens to layers that are frozen in the file; they stay so when absent. */
  readonly frozen?: Frozen;
  /** Float32 when absent. */
  readonly precision?: Precision;
}

/** How a forward pass is compiled. */
export interface InferenceOptions {
  /** Compute blocks, and convolutions with their batch norm, as one convolution each; the same up to rounding. */
  readonly fold: boolean;
}

/** All that the next training step depends on, besides its batch and learning rate. */
export interface TrainingState {
  /** Weights and statistics. */
  readonly weights: Weights;
  /** What the training remembers of each weight (velocities), by the keys of its slots. */
  readonly optimiser: Weights;
  /** Steps taken so far: the random draws of a step are a function of the seed and this count. */
  readonly steps: number;
}

/** A compiled training step. One `step` is one call into the backend. */
export interface TrainingSession {
  /**
   * Forward and backward on one batch of exactly `options.batch` inputs, and the update at each `options.accumulate`-th.
   * @param targets one row per image: one-hot (categorical) or 0/1 per unit, batch × units.
   * @param momentum in place of the optimiser's, where the schedule moves it
   * @returns mean loss of the batch before the update, with the regularisers of the file and without weight decay.
   */
  step(input: Float32Array, targets: Float32Array, learningRate: number, momentum?: number): number;
  /** Weights and statistics as they are now, by tensor name. */
  read(): Weights;
  /** A copy of all that the next step depends on. */
  capture(): TrainingState;
  /**
   * Continues from a state that a session of the same network and options captured, in whatever process.
   * @throws RangeError when names or sizes are not this session's; nothing is changed then.
   */
  restore(state: TrainingState): void;
  /** How many calls into the backend were made; a step adds one. */
  readonly calls: number;
  dispose(): void;
}

/** First two moments of a value over all but its last axis. */
export interface Moments {
  readonly mean: Float64Array;
  /** Biased (divided by the count). */
  readonly variance: Float64Array;
  readonly count: number;
}

/** A compiled network that measures values instead of returning them: for statistics of new batch norms. */
export interface MomentsSession {
  /** Values measured, in the order asked for. */
  readonly values: readonly string[];
  /** Measures one batch with inference statistics; the caller joins the batches. Inputs as in `InferenceSession`. */
  run(inputs: readonly Float32Array[], batch: number): readonly Moments[];
  dispose(): void;
}

/** How long one operator takes in a training step, all its uses together. */
export interface OperatorTime {
  /** A primitive's name, as in `conv2dBackpropFilter`. */
  readonly operator: string;
  readonly count: number;
  readonly seconds: number;
  /** The same by the shapes it is used on, the one that takes longest first. */
  readonly shapes: ReadonlyArray<{
    readonly shape: string;
    readonly count: number;
    readonly seconds: number;
  }>;
}

/** Where a training step's time goes. */
export interface StepProfile {
  /** Of a whole step. */
  readonly seconds: number;
  /** Each timed by itself, the one that takes longest first; their sum is not the step's time. */
  readonly operators: readonly OperatorTime[];
}

/** Compiles networks. All sessions of a backend live in this process. */
export interface Backend {
  /** For people: `TensorFlow 2.21.0, 2 threads`. */
  readonly description: string;
  /** True where networks run without TensorFlow's libraries, and slowly: then the time is reported beforehand. */
  readonly portable?: boolean;
  /**
   * This backend giving the same numbers in every process, to the last bit, and slower; absent where it always does.
   * @throws UnsupportedError where it cannot
   */
  repeatable?(): Backend;
  /**
   * @param values values to fetch; the network's outputs when absent.
   * @param options nothing is folded when absent
   */
  inference(network: Network, values?: readonly string[], options?: InferenceOptions): InferenceSession;
  training(network: Network, options: TrainingOptions): TrainingSession;
  /**
   * Times a training step on random images, and its operators one by one; absent where that cannot be done. Yields
   * what is left to be timed, since it takes seconds and may be left at any of these points.
   */
  profile?(network: Network, options: TrainingOptions): Generator<number, StepProfile>;
  /** @param values values to measure */
  moments(network: Network, values: readonly string[]): MomentsSession;
  /**
   * Bytes that the process is expected to hold at most while it trains the network, and evaluates it by batches of
   * `evaluation` images; images that wait their turn are not counted.
   */
  memory?(network: Network, options: TrainingOptions, evaluation: number): number;
  /** How many times as long as in float32 a convolution takes here, by trying; absent where there is one precision. */
  cost?(precision: Precision): number;
  /** Why `network` cannot be trained or run: operators by name; empty when it can. */
  unsupported(network: Network): readonly string[];
}
