import { z } from 'zod';
import type {
  Arm,
  CompareKernelsResult,
  InspectResult,
  KernelSlicesResult,
  KernelsResult,
  Progress,
  PruneResult,
  PruningPoint,
  RobustnessResult,
  RobustnessRow,
  TrainResult,
  VerifyResult,
} from './results';
import type { PositionGroup } from '../shared/position-groups';

/** What went wrong with a file, ready to be shown. */
export interface ErrorState {
  readonly title: string;
  readonly file?: string;
  readonly where?: string;
  readonly found?: string;
  readonly allowed?: string;
}

/** A part of the page's data that arrives on its own. */
export type Loadable<T> =
  | { readonly phase: 'idle' }
  | { readonly phase: 'loading' }
  | { readonly phase: 'ready'; readonly value: T }
  | { readonly phase: 'error'; readonly error: ErrorState };

/** A job that acts on the open file. */
export interface JobState {
  readonly title: string;
  readonly kind: 'convert' | 'fuse' | 'export' | 'verify' | 'train' | 'prune' | 'robustness';
  /** Waits until the jobs before it have ended. */
  readonly queued?: boolean;
  readonly paused?: boolean;
  /** Asked to stop, and not yet ended. */
  readonly stopping?: boolean;
  readonly progress?: Progress;
}

/** How far a run has come; what was measured stays whatever the phase. */
export type RunPhase = 'queued' | 'running' | 'done' | 'stopped' | 'failed';

/** One arm of a training run, as measured so far. */
export interface ArmHistory {
  /** Of the arm's first network, before a step. Top-1 in percent. */
  readonly before?: { readonly top1: number; readonly loss: number };
  /** Training loss by step since the start of the arm, thinned to at most 600 points. */
  readonly steps: ReadonlyArray<{ readonly step: number; readonly loss: number }>;
  /** `epoch` counts from 1; top-1 in percent, of the validation images. */
  readonly epochs: ReadonlyArray<{
    readonly epoch: number;
    readonly loss: number;
    readonly top1: number;
    readonly valLoss: number;
  }>;
  readonly learningRate?: number;
  readonly imagesPerSecond?: number;
}

/** A fine-tuning run on the open file: the one under way, else the last one. */
export interface TrainingState {
  readonly jobFile: string;
  readonly phase: RunPhase;
  readonly paused?: boolean;
  readonly epochs?: number;
  readonly stepsPerEpoch?: number;
  readonly backend?: string;
  /** Which arm is being trained. */
  readonly arm?: Arm;
  readonly arms: Partial<Record<Arm, ArmHistory>>;
  readonly progress?: Progress;
  /** The newest lines of the log, at most 200, oldest first. */
  readonly log: readonly string[];
  readonly result?: TrainResult;
  readonly error?: ErrorState;
  /** Whether a stopped or failed run can go on where it was. */
  readonly resumable?: boolean;
}

/** What a pruning check is asked for. */
export interface PruningOptions {
  readonly groups: readonly PositionGroup[];
  /** Zeroed weights by all weights of a layer, 0 … 1; the paper's steps when absent. */
  readonly ratios?: readonly number[];
  readonly seeds: number;
  /** Images; all when absent. */
  readonly limit?: number;
}

/** A pruning check of the open file: the one under way, else the last one. */
export interface PruningState {
  /** Folder or file of images, as chosen. */
  readonly data?: string;
  readonly phase: RunPhase;
  readonly options: PruningOptions;
  /** By ratio, from the least; points come while it runs. */
  readonly curves: Partial<Record<PositionGroup, readonly PruningPoint[]>>;
  readonly progress?: Progress;
  readonly result?: PruneResult;
  readonly error?: ErrorState;
  /** The file has changed since. */
  readonly outdated?: boolean;
}

/** A robustness check of the open file: the one under way, else the last one. */
export interface RobustnessState {
  /** Folder of images, as chosen. */
  readonly data: string;
  /** Path of the second checkpoint, where there is one. */
  readonly against?: string;
  /** Images; all when absent. */
  readonly limit?: number;
  readonly phase: RunPhase;
  /** In the order of the paper's table; they come while it runs. */
  readonly rows: readonly RobustnessRow[];
  readonly progress?: Progress;
  readonly result?: RobustnessResult;
  readonly error?: ErrorState;
  /** One of the files has changed since. */
  readonly outdated?: boolean;
}

/** The last check that the open file and another one say the same. */
export interface VerifyState {
  readonly other: string;
  readonly phase: RunPhase;
  readonly result?: VerifyResult;
  readonly error?: ErrorState;
  /** One of the two files has changed since. */
  readonly outdated?: boolean;
}

/** The open file's kernels beside another one's: the comparison under way, else the last one. */
export interface CompareState {
  readonly other: string;
  /** Whether the open file is the later of the two. */
  readonly swapped: boolean;
  readonly phase: Exclude<RunPhase, 'queued'>;
  readonly progress?: Progress;
  /** Stays while a newer one is under way. */
  readonly result?: CompareKernelsResult;
  readonly error?: ErrorState;
  /** One of the two files has changed since. */
  readonly outdated?: boolean;
  /** Another number each time that somebody asked for a comparison: pages then turn to it. */
  readonly asked: number;
}

/** One layer's kernels from near, read when a page asks for them. */
export interface SlicesState {
  readonly layer: string;
  readonly data: Loadable<KernelSlicesResult>;
}

/** Everything the page shows; the host owns it, the page draws it. */
export interface InspectorState {
  readonly fileName: string;
  readonly path: string;
  /** BCP 47 tag for numbers. */
  readonly locale: string;
  /** False in a restricted workspace: files are shown, nothing is run. */
  readonly trusted: boolean;
  readonly inspect: Loadable<InspectResult>;
  /** Milliseconds the header took to read. */
  readonly readMilliseconds?: number;
  readonly kernels: Loadable<KernelsResult>;
  /** The layer looked at from near, and what is asked for of it. */
  readonly slices?: SlicesState;
  readonly job?: JobState;
  readonly training?: TrainingState;
  readonly pruning?: PruningState;
  readonly robustness?: RobustnessState;
  readonly verify?: VerifyState;
  readonly compare?: CompareState;
  /** The images last used on this file, offered for the next check. */
  readonly lastData?: string;
  /** Path of the checkpoint that the next robustness check holds the file against. */
  readonly lastAgainst?: string;
  /** The ONNX model that was chosen as the network of a file of weights: its path, or `none`. */
  readonly architecture?: string;
  /** What networks run on, once it is known: `TensorFlow 2.21.0`, `portable (WebAssembly)`. */
  readonly backend?: { readonly native: boolean; readonly label: string };
}

/** Host to page. */
export interface StateMessage {
  readonly type: 'state';
  readonly state: InspectorState;
}

const positionGroup = z.enum(['corner', 'skeleton', 'global', 'square', 'border']);

/** Page to host: what the person wants. */
export const pageMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('loadKernels') }),
  // The filter and input of the largest norm when absent; both count from 0.
  z.strictObject({
    type: z.literal('kernelSlices'),
    layer: z.string().max(4096),
    filter: z.int().nonnegative().optional(),
    input: z.int().nonnegative().optional(),
  }),
  z.strictObject({ type: z.literal('retry') }),
  z.strictObject({
    type: z.literal('convert'),
    layers: z.array(z.string().max(4096)).max(100_000).optional(),
  }),
  // What is ticked in the table of sites, by exact names; absent while it is each site's own default.
  z.strictObject({
    type: z.literal('ticked'),
    layers: z.array(z.string().max(4096)).max(100_000).optional(),
  }),
  z.strictObject({ type: z.literal('fuse') }),
  z.strictObject({ type: z.literal('exportAs') }),
  z.strictObject({ type: z.literal('fineTune') }),
  z.strictObject({ type: z.literal('verify') }),
  // Asks for the other file.
  z.strictObject({ type: z.literal('compare') }),
  z.strictObject({ type: z.literal('compareSwap') }),
  z.strictObject({ type: z.literal('compareAgain') }),
  z.strictObject({ type: z.literal('compareStop') }),
  z.strictObject({ type: z.literal('attachArchitecture') }),
  z.strictObject({ type: z.literal('detachArchitecture') }),
  // Asks for images; the answer comes as `pruning.data` or `lastData`.
  z.strictObject({ type: z.literal('chooseData') }),
  z.strictObject({
    type: z.literal('prune'),
    groups: z.array(positionGroup).min(1).max(5),
    ratios: z.array(z.number().min(0).max(1)).min(1).max(100).optional(),
    seeds: z.int().min(1).max(100),
    limit: z.int().positive().optional(),
  }),
  // Asks for a second checkpoint, or for none; the answer comes as `lastAgainst`.
  z.strictObject({ type: z.literal('chooseAgainst') }),
  z.strictObject({ type: z.literal('robustness'), limit: z.int().positive().optional() }),
  z.strictObject({ type: z.literal('cancelJob') }),
  z.strictObject({ type: z.literal('pauseJob'), paused: z.boolean() }),
  z.strictObject({ type: z.literal('resumeTraining') }),
  z.strictObject({ type: z.literal('installBackend') }),
  // Which of the run's files; the page never names a path.
  z.strictObject({
    type: z.literal('openResult'),
    file: z.enum(['job', 'baseline', 'acnet', 'fused', 'report', 'folder']),
  }),
  z.strictObject({ type: z.literal('showLog') }),
  z.strictObject({ type: z.literal('copy'), text: z.string().max(5_000_000) }),
]);

export type PageMessage = z.infer<typeof pageMessage>;
