/**
 * What each operation answers: the JSON of `acnet … --json`, and what the worker sends the host. Types only.
 * Fields may be added; those here are stable.
 */

import type { VerifyEvidence } from './results-verify';
import type { Matrix, SparseMatrix } from '../shared/matrix';
import type { PositionGroup } from '../shared/position-groups';

export type * from './results-compare';
export type * from './results-verify';

export type Size2 = readonly [height: number, width: number];
/** Where the one-dimensional kernels of a block land on its square kernel. */
export interface LandingResult {
  /** Row of the horizontal kernel and column of the vertical one, from 0. */
  readonly row: number;
  readonly column: number;
  /** `skeleton`: the centre. `border`: the last row and column. */
  readonly variant: 'skeleton' | 'border' | 'other';
  /**
   * `network`: the network shows it. Of weights by name, `stored`: the file says it; `assumed`: it does not, and the centre
   * is taken.
   */
  readonly source: 'network' | 'stored' | 'assumed';
}

/** Blocks of one kernel size whose branches land alike. */
export interface BlockLandingResult extends LandingResult {
  readonly kernel: Size2;
  readonly blocks: number;
}

/** One k×k convolution of the file that could become, or already is, an ACB. */
export interface SiteResult {
  readonly name: string;
  readonly kernel: Size2;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly stride: Size2;
  readonly dilation: Size2;
  readonly groups: number;
  readonly kind: 'plain' | 'acb';
  /** Of a block. */
  readonly landing?: LandingResult;
  readonly batchNorm: 'absorbed' | 'separate' | 'none';
  /**
   * Of weights without a network: the batch norm that by its name stands behind. A conversion takes it into the block when
   * it is told to assume so.
   */
  readonly normByName?: string;
  readonly eligible: boolean;
  /** Why not eligible, or what is special about an eligible one. */
  readonly reason?: string;
  /** True when chosen without further ado: eligible and kernel ≤ 7. */
  readonly selected: boolean;
  /** Multiply–accumulates for one input; null when the input size is unknown. */
  readonly macs: number | null;
  /** Height and width of the output; null where unknown. */
  readonly output: readonly [number | null, number | null] | null;
}

/**
 * A file whose network its names and shapes show, or a model beside it; or whose blocks land where it is assumed. `--json` has them in the field `assumed` of every
 * command's result.
 */
export interface AssumedNetworkResult {
  readonly path: string;
  /** What it is taken to be and why, in one line without the path. */
  readonly network: string;
  /** Where a person can say what the equal weights are that a model has once: the file of which it is to be said. */
  readonly unclear?: string;
}

export interface InspectResult {
  readonly format: string;
  readonly formatLabel: string;
  readonly hasGraph: boolean;
  readonly parameters: number;
  readonly trainableParameters: number | null;
  readonly macs: number | null;
  readonly sites: readonly SiteResult[];
  readonly warnings: readonly string[];
  readonly size: number;
  readonly framework?: string;
  readonly facts: ReadonlyArray<{ readonly label: string; readonly value: string }>;
  /** Shapes for people, as in `N × 28 × 28 × 1`; empty without a graph. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly tensors: number;
  /** Of weights by name: what their network was taken for, and why. */
  readonly architecture?: {
    readonly state: 'unknown' | 'assumed' | 'attached';
    readonly label?: string;
    readonly reason?: string;
  };
  /** Operators of the network that cannot be trained or run here. */
  readonly unsupported: readonly string[];
}

export interface NullModels {
  readonly plain: Matrix;
  readonly skeleton: Matrix;
  readonly border: Matrix;
}

export interface KernelSizeResult {
  readonly layers: number;
  /** Equation 10 over the kernels as stored (an ACB's branches placed and added without their batch norms). */
  readonly raw: Matrix;
  /** Equation 10 after batch-norm and branch fusion. */
  readonly fused: Matrix;
  readonly nullModel: NullModels;
  /** Which null the file is to be held against. */
  readonly suggestedNull: keyof NullModels;
}

export interface LayerKernelResult {
  readonly name: string;
  readonly kernel: Size2;
  readonly raw: Matrix;
  readonly fused: Matrix;
}

export interface KernelsResult {
  /** By size, as in `3x3`. */
  readonly sizes: Readonly<Record<string, KernelSizeResult>>;
  readonly layers: readonly LayerKernelResult[];
}

/** One branch of an ACB after its batch norm, where it lands on the square kernel. */
export interface BranchSliceResult {
  readonly name: 'square' | 'horizontal' | 'vertical';
  readonly kernel: Size2;
  readonly slice: SparseMatrix;
  /** γ/σ of the chosen filter, and the mean |γ/σ| of all; null without a batch norm. */
  readonly scale: number | null;
  readonly meanScale: number | null;
  /** Its part of Σ|weight| over the three branches, 0 … 1. */
  readonly share: number;
  /** Filters with |γ| < 0.01. */
  readonly dead: number;
}

/** One layer's kernels from near. Filters and inputs count from 0. */
export interface KernelSlicesResult {
  readonly layer: string;
  readonly kernel: Size2;
  readonly filters: number;
  /** Input channels that each filter reads. */
  readonly inputs: number;
  readonly filter: number;
  readonly input: number;
  /** Σ|w| over the inputs after fusion: [filters, k_h, k_w] flat. */
  readonly magnitudes: readonly number[];
  /** √Σw² of each filter after fusion. */
  readonly norms: readonly number[];
  /** Filters that do next to nothing: |γ| < 0.01 in every branch. */
  readonly dead: readonly number[];
  /** Least and largest fused weight. */
  readonly range: Size2;
  /** The fused kernel's signed slice for the chosen filter and input. */
  readonly slice: SparseMatrix;
  /** Of a block: their slices add up to `slice`. */
  readonly branches?: readonly BranchSliceResult[];
}

export interface ConvertResult {
  readonly converted: readonly string[];
  readonly skipped: ReadonlyArray<{ readonly name: string; readonly reason: string }>;
  readonly output: string;
  /** The Python module beside the output that loads it, where one was written. */
  readonly module?: string;
  /** False for weights whose network is unknown: nothing can be run through them. */
  readonly hasGraph: boolean;
  readonly warnings: readonly string[];
}

export interface FuseResult {
  readonly fused: readonly string[];
  /** Where the branches of the blocks were taken to land. */
  readonly landings?: readonly BlockLandingResult[];
  readonly output: string;
  /** As of a conversion. */
  readonly module?: string;
  /** As of a conversion. */
  readonly hasGraph: boolean;
  readonly warnings: readonly string[];
}

export interface ExportResult {
  readonly output: string;
  /** The format's name for people. */
  readonly formatLabel: string;
  readonly warnings: readonly string[];
}

export interface VerifyResult extends VerifyEvidence {
  readonly samples: number;
  readonly maxAbs: number;
  /** max|a − b| / max|a|; behind a final softmax or sigmoid max|a| is the larger of its input's and its output's. */
  readonly maxRel: number;
  /** By `blocks` where they are there, else by `maxRel`. */
  readonly passed: boolean;
  readonly tolerance: number;
  /** Per compared tensor: every output, and the tensor before a final softmax or sigmoid. */
  readonly tensors: ReadonlyArray<{
    readonly name: string;
    readonly maxAbs: number;
    readonly maxRel: number;
  }>;
  /** Where the branches of the blocks of both files were taken to land. */
  readonly landings?: {
    readonly a: readonly BlockLandingResult[];
    readonly b: readonly BlockLandingResult[];
  };
  /** Why it failed though the numbers may agree: NaN, infinity, or a reference of zeros. */
  readonly problem?: string;
}

export interface EvaluateResult {
  readonly images: number;
  /** Percent. */
  readonly top1: number;
  /** Percent. */
  readonly top5: number;
  readonly loss: number;
  readonly imagesPerSecond: number;
  readonly backend: string;
  /** How pixels became the network's input, as in `28 × 28 × 1, pixels 0–255 × 1/255`. */
  readonly preprocessing?: string;
}

export interface PruningPoint {
  /** Zeroed weights / all weights of each layer. */
  readonly ratio: number;
  /** In percent, mean over the seeds: top-1 accuracy, or agreement (see `PruneResult.measure`). */
  readonly mean: number;
  readonly std: number;
}

/** The first measured ratio at which a curve's mean is below a level; null when it never is. */
export interface PruneThresholds {
  /** Below 50 %. */
  readonly below50: number | null;
  /** Below half of what the unpruned network has. */
  readonly belowHalf: number | null;
}

export interface PruneResult {
  /**
   * What the percentages are. `agreement`: without labels, the share of images whose top-1 class is the unpruned
   * network's; it says nothing of how right either is.
   */
  readonly measure?: 'accuracy' | 'agreement';
  readonly thresholds?: Partial<Record<PositionGroup, PruneThresholds>>;
  /** By kernel size: how many layers, and each group's share of the kernel, above which there is no point. */
  readonly sizes?: ReadonlyArray<{
    readonly kernel: Size2;
    readonly layers: number;
    readonly shares: Partial<Record<PositionGroup, number>>;
  }>;
  /** Of the fused, unpruned network, percent: top-1 accuracy, or 100 where agreement is measured. */
  readonly unpruned: number;
  /** By ratio, from the least. */
  readonly curves: Partial<Record<PositionGroup, readonly PruningPoint[]>>;
  readonly images: number;
  readonly seeds: number;
  readonly layers: number;
  /** How pixels became numbers, in words. */
  readonly preprocessing?: string;
}

/** `rotate90` is counter-clockwise; `flipLeftRight` is a control: training usually has it. */
export type Distortion = 'none' | 'rotate90' | 'rotate180' | 'flipUpDown' | 'flipLeftRight';

/** What one network does on images distorted in one way. */
export interface RobustnessShare {
  /** Images that are answered right (accuracy), or as when untouched (agreement). */
  readonly hits: number;
  /** The same in percent of all images. */
  readonly percent: number;
  /** 95 % interval in percent (Wilson); of no width where the share is 100 % by definition. */
  readonly low: number;
  readonly high: number;
  /** Accuracy against that on the untouched images, in points, over the same images; absent where it says nothing. */
  readonly change?: PairedChange;
}

/** A difference of two shares of the same images, in points of percent. */
export interface PairedChange {
  readonly points: number;
  /** 95 % interval (Bonett and Price). */
  readonly low: number;
  readonly high: number;
  /** Images that count after and not before, and the other way round. */
  readonly won: number;
  readonly lost: number;
}

/** The network minus the second one, on the same images: above zero where the network is better. */
export interface RobustnessDifference extends PairedChange {
  /** Of McNemar's exact test: how likely so uneven a split of `won` and `lost` is by chance. */
  readonly p: number;
  /** The same corrected for all the rows (Holm), once all are measured. */
  readonly adjusted?: number;
  /** By how many points the difference is larger than that on the untouched images; 95 % interval (normal). */
  readonly excess?: { readonly points: number; readonly low: number; readonly high: number };
}

export interface RobustnessRow {
  readonly distortion: Distortion;
  readonly share: RobustnessShare;
  /** Of the second network, where there is one. */
  readonly against?: RobustnessShare;
  readonly difference?: RobustnessDifference;
}

export interface RobustnessResult {
  /**
   * What the percentages are. `agreement`: without labels, the share of images whose top-1 class is the one that the
   * same network gives to the untouched image; it says nothing of how right it is.
   */
  readonly measure: 'accuracy' | 'agreement';
  readonly images: number;
  /** In the paper's order. */
  readonly rows: readonly RobustnessRow[];
  /** Distortions that were not measured, each with the reason. */
  readonly leftOut: ReadonlyArray<{ readonly distortion: Distortion; readonly reason: string }>;
  /** How pixels became numbers, in words. */
  readonly preprocessing: string;
  /** The second network. */
  readonly against?: { readonly path: string; readonly preprocessing: string };
  readonly backend: string;
}

/** Memory that training an arm takes, in bytes, as far as it can be told before the start. */
export interface MemoryNeed {
  /** Most that the process will hold. */
  readonly estimate: number;
  /** What it could still get when it was asked. */
  readonly free: number;
}

/** One line of the training log; the last line of `acnet train` is a `TrainResult`. */
export type TrainEvent =
  | {
      readonly event: 'start';
      readonly arm: Arm;
      readonly epochs: number;
      readonly stepsPerEpoch: number;
      readonly backend: string;
      /** Absent where the backend cannot tell. */
      readonly memory?: MemoryNeed;
    }
  | { readonly event: 'before'; readonly arm: Arm; readonly top1: number; readonly loss: number }
  | {
      readonly event: 'step';
      readonly arm: Arm;
      readonly epoch: number;
      readonly step: number;
      readonly loss: number;
      readonly learningRate: number;
      readonly imagesPerSecond: number;
    }
  | {
      readonly event: 'epoch';
      readonly arm: Arm;
      readonly epoch: number;
      readonly loss: number;
      readonly top1: number;
      readonly valLoss: number;
    }
  | { readonly event: 'message'; readonly text: string };

export type Arm = 'baseline' | 'acnet';

export interface TrainResult {
  /** The unconverted network. Where the job asks for no baseline it is evaluated but not trained: `trained` is false. */
  readonly baseline: { readonly top1: number; readonly before: number; readonly trained: boolean };
  readonly acnet: { readonly top1: number; readonly before: number };
  /** As in `VerifyResult`, on evaluation images, against the trained ACNet; `passed` at ≤ 1e-5. */
  readonly fused: VerifyEvidence & {
    readonly top1: number;
    readonly maxRel: number;
    readonly passed: boolean;
    /** Where it did not pass: why, in a sentence. */
    readonly failure?: string;
  };
  /** Files written. An untrained baseline is the job's own checkpoint, which is not written again. */
  readonly outputs: { readonly baseline: string; readonly acnet: string; readonly fused: string };
  /**
   * The ONNX model that said how the network of weights by name is built: its path from the job's own folder, or `none` where
   * the job left out any.
   */
  readonly architecture?: { readonly path: string; readonly sha256?: string };
  /** Convolutions that became blocks, by name; none where the file had its blocks already. */
  readonly converted?: readonly string[];
  readonly backend: string;
  readonly seconds: number;
  /** How pixels became the network's input. */
  readonly preprocessing?: string;
  /** In bytes: what was estimated before the start, and the most that the process has held so far. */
  readonly memory?: { readonly estimate?: number; readonly peak: number };
}

/** How long one operator takes in a training step, all its uses together. */
export interface OperatorProfile {
  /** As in `conv2dBackpropFilter`. */
  readonly operator: string;
  readonly count: number;
  readonly seconds: number;
  /** The same by the shapes it is used on. */
  readonly shapes: ReadonlyArray<{
    readonly shape: string;
    readonly count: number;
    readonly seconds: number;
  }>;
}

export interface ArmProfile {
  readonly arm: Arm;
  /** Of a whole step. */
  readonly seconds: number;
  /** Each timed by itself, the longest first: side by side and fused, as in the step, they take less or more. */
  readonly operators: readonly OperatorProfile[];
}

/** The result of `acnet train --profile`. */
export interface ProfileResult {
  readonly backend: string;
  readonly batch: number;
  readonly arms: readonly ArmProfile[];
}

export interface BackendResult {
  /** What networks are run on; null when TensorFlow was asked for and not found. */
  readonly backend: 'tensorflow' | 'portable' | null;
  /** Of the portable one, for people. */
  readonly description?: string;
  readonly tensorflow?: string;
  readonly tfjsNode?: string;
  /** Where the libraries lie and how they were found. */
  readonly location?: string;
  readonly foundBy?: string;
  readonly node: string;
  readonly threads: { readonly intraOp: number; readonly interOp: number };
  /** By name, as in `groupedGradients`, `bfloat16`. */
  readonly capabilities: Readonly<Record<string, boolean>>;
  /** What was tried when nothing was found. */
  readonly tried: readonly string[];
}

/** A few training steps that show that a backend works. */
export interface SelfTestResult {
  /** For people, as in `TensorFlow 2.21.0, 2 threads`. */
  readonly backend: string;
  readonly steps: number;
  readonly seconds: number;
  readonly firstLoss: number;
  readonly lastLoss: number;
}

/** Progress of any operation. */
export interface Progress {
  readonly phase: string;
  readonly done: number;
  readonly total: number;
  /** Seconds left, when it can be told. */
  readonly secondsLeft?: number;
  /** How many of what `done` counts are done in a second, when it can be told. */
  readonly perSecond?: number;
}
