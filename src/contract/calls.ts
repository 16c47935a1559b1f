import { z } from 'zod';
import type {
  BackendResult,
  CompareKernelsResult,
  ConvertResult,
  EvaluateResult,
  ExportResult,
  FuseResult,
  InspectResult,
  KernelSlicesResult,
  KernelsResult,
  PruneResult,
  RobustnessResult,
  SelfTestResult,
  TrainEvent,
  TrainResult,
  VerifyResult,
} from './results';
import {
  backendResult,
  compareKernelsResult,
  convertResult,
  evaluateResult,
  exportResult,
  fuseResult,
  inspectResult,
  kernelSlicesResult,
  kernelsResult,
  pruneResult,
  robustnessResult,
  selfTestResult,
  trainEvent,
  trainResult,
  verifyResult,
} from './result-schemas';
import type { PositionGroup } from '../shared/position-groups';

/** How pixels become the network's input: pixel × scale, then − mean, ÷ std. */
export interface Preprocessing {
  readonly scale?: number | undefined;
  readonly mean?: readonly number[] | undefined;
  readonly std?: readonly number[] | undefined;
}

/** What equal weights are that a file has once. */
export type EqualWeights = 'shared' | 'separate';

/** Where the network of a file of weights is said, and what else is said of files. */
export interface Attachment {
  /** Absolute path of the ONNX model; `none` for no model, the one beside the file when absent. */
  readonly architecture?: string;
  /** Of the files that the call opens, where somebody has said it. */
  readonly readings?: ReadonlyArray<{ readonly file: string; readonly equalWeights: EqualWeights }>;
}

/** What a conversion is asked for. */
export interface ConvertRequest extends Attachment {
  readonly path: string;
  readonly output: string;
  /** Exact names; every selected site when absent. */
  readonly layers?: readonly string[];
  readonly variant: 'skeleton' | 'border';
  readonly initialisation: 'preserve' | 'random';
  readonly overwrite: boolean;
  readonly seed?: number;
  /** γ of all three branches, with `random` alone; 1 when absent. */
  readonly gamma?: number;
  /** Of weights without a network: takes in the batch norm that by its name stands behind a convolution. */
  readonly assumeNorms?: boolean;
  /** Height and width of images for which branches are aligned, where the network leaves them open. */
  readonly inputSize?: readonly [number, number];
}

/** A job file, checked, with absolute paths. */
export interface JobFacts {
  readonly checkpoint: string;
  readonly data: string;
  readonly epochs: number;
  readonly baseline: boolean;
  readonly statistics: 'batch' | 'frozen';
  readonly equalWeights?: EqualWeights | undefined;
  /** Which convolutions become blocks: names with `*` and `?`, or exact ones; each one's own default when absent. */
  readonly layers?: string | readonly string[] | undefined;
  /** Where the checkpoints go. */
  readonly outputs: string;
  /** The job's own folder; its results, and its report `report.html`, are there. */
  readonly folder: string;
  /** What the folder holds: an unfinished run can be resumed. */
  readonly run: 'none' | 'unfinished' | 'finished';
  /** What it would write outside of the folder of its file and the allowed ones. */
  readonly outside: {
    /** Folders, links in them resolved. */
    readonly folders: readonly string[];
    /** Its outputs that are there already: a run that overwrites replaces them. */
    readonly existing: readonly string[];
  };
  /** What the job says of how pixels become numbers. */
  readonly preprocessing: Preprocessing & { readonly size?: number | undefined };
}

/** Images of a job. */
interface ImageCounts {
  readonly training: number;
  readonly evaluation: number;
}

/**
 * Everything the host can ask of a worker process. Request and result types of the whole transport are
 * derived from this one interface; `requests` and `results` check what really crosses.
 */
export interface Calls {
  /** Reader. Reads the header alone. */
  inspect(request: Attachment & { readonly path: string }): InspectResult & {
    /** What opening and reading the header took. */
    readonly readMilliseconds: number;
  };
  /** Reader. Reads every k×k kernel. */
  kernels(request: Attachment & { readonly path: string }): KernelsResult;
  /** Reader. Reads one layer. */
  kernelSlices(
    request: Attachment & {
      readonly path: string;
      readonly layer: string;
      readonly filter?: number;
      readonly input?: number;
    },
  ): KernelSlicesResult;
  /** Reader. Reads every k×k kernel of both files. */
  compareKernels(
    request: Attachment & {
      readonly before: string;
      readonly after: string;
      /** Names with `*` and `?`, separated by commas; every kernel when absent. */
      readonly layers?: string;
    },
  ): CompareKernelsResult;
  /** Reader. */
  convert(request: ConvertRequest): ConvertResult;
  /** Trainer: new batch norms are calibrated on the images in `data`. */
  convertWithData(request: ConvertRequest & { readonly data: string }): ConvertResult;
  /** Reader. */
  fuse(
    request: Attachment & {
      readonly path: string;
      readonly output: string;
      readonly fold: boolean;
      readonly overwrite: boolean;
    },
  ): FuseResult;
  /** Reader. The network in the format that the output's name says; `layout` is for ONNX. */
  exportAs(
    request: Attachment & {
      readonly path: string;
      readonly output: string;
      readonly layout?: 'nhwc' | 'nchw';
      readonly overwrite: boolean;
    },
  ): ExportResult;
  /** Reader. What a job file asks for, and how far it has come. */
  job(request: {
    readonly path: string;
    /** Folders into which it may write beside the one its file lies in. */
    readonly allowed?: readonly string[];
  }): JobFacts;
  /** Reader. How many images a job on these data would train and evaluate on. */
  countImages(request: { readonly data: string }): ImageCounts;
  /** Reader. What the present run of a job file has told, and its result when it is finished. */
  history(request: { readonly path: string }): {
    readonly events: readonly TrainEvent[];
    readonly result?: TrainResult;
  };
  /** Reader. Removes the unfinished files of a killed process from a folder; says how many there were. */
  removeLeftovers(request: { readonly folder: string }): { readonly removed: number };
  /** Trainer. */
  verify(
    request: Preprocessing &
      Attachment & {
        readonly a: string;
        readonly b: string;
        readonly samples: number;
        readonly size?: number | undefined;
        readonly data?: string;
        readonly tolerance?: number;
        readonly seed?: number;
      },
  ): VerifyResult;
  /** Trainer. */
  evaluate(
    request: Preprocessing &
      Attachment & {
        readonly path: string;
        readonly data: string;
        readonly size?: number;
        readonly limit?: number;
        readonly batch?: number;
      },
  ): EvaluateResult;
  /** Trainer. */
  prune(
    request: Preprocessing &
      Attachment & {
        readonly path: string;
        readonly data: string;
        readonly size?: number | undefined;
        readonly groups?: readonly PositionGroup[];
        readonly ratios?: readonly number[];
        readonly seeds?: number;
        readonly limit?: number;
      },
  ): PruneResult;
  /** Trainer. */
  robustness(
    request: Preprocessing &
      Attachment & {
        readonly path: string;
        readonly data: string;
        /** A second checkpoint. */
        readonly against?: string | undefined;
        readonly size?: number | undefined;
        readonly limit?: number | undefined;
      },
  ): RobustnessResult;
  /** Trainer. Runs a job file, or goes on with a run of it that was left; a report is written beside its results. */
  train(request: {
    readonly path: string;
    readonly resume?: boolean;
    /** Replace what an earlier run left, whatever the job says. */
    readonly overwrite?: boolean;
    /** Folders into which it may write beside the one its file lies in. */
    readonly allowed?: readonly string[];
  }): TrainResult;
  /** Trainer. What TensorFlow was found. */
  backend(request: Readonly<Record<string, never>>): BackendResult;
  /** Trainer. Ten training steps of a tiny network. */
  selfTest(request: Readonly<Record<string, never>>): SelfTestResult;
}

export type CallName = keyof Calls;
export type RequestOf<N extends CallName> = Parameters<Calls[N]>[0];
export type ResultOf<N extends CallName> = ReturnType<Calls[N]>;

/** The process that answers a call. */
export type WorkerName = 'reader' | 'trainer';

export const workerOf = {
  inspect: 'reader',
  kernels: 'reader',
  kernelSlices: 'reader',
  compareKernels: 'reader',
  convert: 'reader',
  fuse: 'reader',
  job: 'reader',
  exportAs: 'reader',
  countImages: 'reader',
  history: 'reader',
  removeLeftovers: 'reader',
  convertWithData: 'trainer',
  verify: 'trainer',
  evaluate: 'trainer',
  prune: 'trainer',
  robustness: 'trainer',
  train: 'trainer',
  backend: 'trainer',
  selfTest: 'trainer',
} as const satisfies Record<CallName, WorkerName>;

/** The calls that one kind of worker answers. */
export type CallsOf<W extends WorkerName> = {
  [N in CallName]: (typeof workerOf)[N] extends W ? N : never;
}[CallName];

// Long enough for any path or layer name; a longer one is a mistake or an attack.
const text = z.string().min(1).max(32_768);
const file = z.strictObject({ path: text });
const folders = z.array(text).max(1000);
export const equalWeights = z.enum(['shared', 'separate']);
const readings = z.array(z.strictObject({ file: text, equalWeights })).max(16);
const attachment = { architecture: text.optional(), readings: readings.optional() };
const checkpoint = z.strictObject({ path: text, ...attachment });
const preprocessing = {
  scale: z.number().optional(),
  mean: z.array(z.number()).max(64).optional(),
  std: z.array(z.number()).max(64).optional(),
};
const conversion = {
  path: text,
  ...attachment,
  output: text,
  layers: z.array(text).max(100_000).optional(),
  variant: z.enum(['skeleton', 'border']),
  initialisation: z.enum(['preserve', 'random']),
  overwrite: z.boolean(),
  seed: z.int().optional(),
  gamma: z.number().positive().optional(),
  assumeNorms: z.boolean().optional(),
  inputSize: z.tuple([z.int().positive(), z.int().positive()]).optional(),
};
/** A group of kernel positions. */
export const group = z.enum(['corner', 'skeleton', 'global', 'square', 'border']);
const count = z.int().positive();
const index = z.int().nonnegative();

/** Checked by the worker. */
export const requests: { readonly [N in CallName]: z.ZodType<RequestOf<N>> } = {
  inspect: checkpoint,
  kernels: checkpoint,
  kernelSlices: z.strictObject({
    path: text,
    ...attachment,
    layer: text,
    filter: index.optional(),
    input: index.optional(),
  }),
  compareKernels: z.strictObject({ before: text, after: text, ...attachment, layers: text.optional() }),
  convert: z.strictObject(conversion),
  convertWithData: z.strictObject({ ...conversion, data: text }),
  fuse: z.strictObject({
    path: text,
    ...attachment,
    output: text,
    fold: z.boolean(),
    overwrite: z.boolean(),
  }),
  exportAs: z.strictObject({
    path: text,
    ...attachment,
    output: text,
    layout: z.enum(['nhwc', 'nchw']).optional(),
    overwrite: z.boolean(),
  }),
  job: z.strictObject({ path: text, allowed: folders.optional() }),
  countImages: z.strictObject({ data: text }),
  history: file,
  removeLeftovers: z.strictObject({ folder: text }),
  verify: z.strictObject({
    a: text,
    b: text,
    ...attachment,
    ...preprocessing,
    size: count.optional(),
    samples: count,
    data: text.optional(),
    tolerance: z.number().positive().optional(),
    seed: z.int().optional(),
  }),
  evaluate: z.strictObject({
    path: text,
    data: text,
    ...attachment,
    ...preprocessing,
    size: count.optional(),
    limit: count.optional(),
    batch: count.optional(),
  }),
  prune: z.strictObject({
    path: text,
    data: text,
    ...attachment,
    ...preprocessing,
    size: count.optional(),
    groups: z.array(group).optional(),
    ratios: z.array(z.number().min(0).max(1)).max(1000).optional(),
    seeds: count.optional(),
    limit: count.optional(),
  }),
  robustness: z.strictObject({
    path: text,
    data: text,
    against: text.optional(),
    ...attachment,
    ...preprocessing,
    size: count.optional(),
    limit: count.optional(),
  }),
  train: z.strictObject({
    path: text,
    resume: z.boolean().optional(),
    overwrite: z.boolean().optional(),
    allowed: folders.optional(),
  }),
  backend: z.strictObject({}),
  selfTest: z.strictObject({}),
};

/** Checked by the host. */
export const results: { readonly [N in CallName]: z.ZodType<ResultOf<N>> } = {
  inspect: inspectResult.extend({ readMilliseconds: z.number() }),
  kernels: kernelsResult,
  kernelSlices: kernelSlicesResult,
  compareKernels: compareKernelsResult,
  convert: convertResult,
  convertWithData: convertResult,
  fuse: fuseResult,
  job: z.looseObject({
    checkpoint: z.string(),
    data: z.string(),
    epochs: z.int(),
    baseline: z.boolean(),
    statistics: z.enum(['batch', 'frozen']),
    equalWeights: equalWeights.optional(),
    layers: z.union([text, z.array(text)]).optional(),
    outputs: z.string(),
    folder: z.string(),
    run: z.enum(['none', 'unfinished', 'finished']),
    outside: z.strictObject({ folders: z.array(z.string()), existing: z.array(z.string()) }),
    preprocessing: z.strictObject({ ...preprocessing, size: count.optional() }),
  }),
  exportAs: exportResult,
  countImages: z.strictObject({ training: index, evaluation: index }),
  history: z.strictObject({ events: z.array(trainEvent), result: trainResult.optional() }),
  removeLeftovers: z.strictObject({ removed: z.int().nonnegative() }),
  verify: verifyResult,
  evaluate: evaluateResult,
  prune: pruneResult,
  robustness: robustnessResult,
  train: trainResult,
  backend: backendResult,
  selfTest: selfTestResult,
};
