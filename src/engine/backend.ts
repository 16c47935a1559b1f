import type { Graph } from '../core/graph/graph';
import type { TensorRef } from '../core/tensor/tensor';

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

/** How parameters are learnt. */
export interface Optimiser {
  readonly kind: 'sgd';
  /** 0.9 as a rule. */
  readonly momentum: number;
  readonly nesterov?: boolean;
  /** L2 added to the gradient of kernels (not of biases, γ or β). */
  readonly weightDecay: number;
}

/** The loss, by the network's head. */
export type Loss = 'categorical' | 'binary' | 'multiLabel';

export interface TrainingOptions {
  readonly batch: number;
  readonly optimiser: Optimiser;
  readonly loss: Loss;
  /** Share of the target spread over all classes. */
  readonly labelSmoothing: number;
  readonly seed: number;
}

/** A compiled training step. One `step` is one call into the backend. */
export interface TrainingSession {
  /**
   * Forward, backward and update on one batch of exactly `options.batch` inputs.
   * @param targets one row per image: one-hot (categorical) or 0/1 per unit, batch × units.
   * @returns mean loss of the batch before the update, without weight decay.
   */
  step(input: Float32Array, targets: Float32Array, learningRate: number): number;
  /** Weights and statistics as they are now, by tensor name. */
  read(): Weights;
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

/** Compiles networks. All sessions of a backend live in this process. */
export interface Backend {
  /** For people: `TensorFlow 2.21.0, 2 threads`. */
  readonly description: string;
  /** True where networks run without TensorFlow's libraries, and slowly: then the time is told beforehand. */
  readonly portable?: boolean;
  /** @param values values to fetch; the network's outputs when absent. */
  inference(network: Network, values?: readonly string[]): InferenceSession;
  training(network: Network, options: TrainingOptions): TrainingSession;
  /** @param values values to measure */
  moments(network: Network, values: readonly string[]): MomentsSession;
  /** Why `network` cannot be trained or run: operators by name; empty when it can. */
  unsupported(network: Network): readonly string[];
}
