/** Everything the host can ask of a worker process: one record for each call. */
import * as z from 'zod/mini';
import { call, type WorkerName } from './call';
import { count, equalWeights, given, preprocessingFields } from './given';
import { backendResult, selfTestResult } from './results/backend';
import { compareKernelsResult } from './results/compare';
import { convertResult, exportResult, fuseResult } from './results/convert';
import { evaluateResult } from './results/evaluate';
import { assumedNetwork, inspectResult } from './results/inspect';
import { imageCounts, jobFacts, jobHistory } from './results/job';
import { kernelSlicesResult, kernelsResult } from './results/kernels';
import { progress } from './results/progress';
import { pruneResult, pruningPoint } from './results/pruning';
import { robustnessResult, robustnessRow } from './results/robustness';
import { trainEvent, trainResult } from './results/training';
import { verifyResult } from './results/verify';
import { loose, positionGroup, real, whole, type Frozen, type Of } from './schema';

export type { WorkerName } from './call';
export type { Attachment, EqualWeights, Preprocessing } from './given';

const flag = z.optional(z.boolean());
const seed = z.optional(z.int());
/** Folders into which it may write beside the one its file lies in. */
const allowed = z.optional(z.array(given).check(z.maxLength(1000)));

/** How images of `data` become the network's input. */
const imageFields = { data: given, ...preprocessingFields, size: z.optional(count) };

const conversionFields = {
  output: given,
  /** Exact names; every selected site when absent. */
  layers: z.optional(z.array(given).check(z.maxLength(100_000))),
  variant: z.enum(['skeleton', 'border']),
  initialisation: z.enum(['preserve', 'random']),
  overwrite: z.boolean(),
  seed,
  /** γ of all three branches, with `random` only; 1 when absent. */
  gamma: z.optional(z.number().check(z.positive())),
  /** Of weights without a network: takes in the batch norm that by its name follows a convolution. */
  assumeNorms: flag,
  /** Height and width of images for which branches are aligned, where the network leaves them open. */
  inputSize: z.optional(z.tuple([count, count])),
};

export const calls = {
  /** Reads only the header. */
  inspect: call({
    worker: 'reader',
    minutes: 2,
    checkpoints: { path: given },
    request: {},
    result: loose({
      ...inspectResult.shape,
      /** What opening and reading the header took. */
      readMilliseconds: real,
    }),
    onPage: true,
  }),
  /** Reads every k×k kernel, perhaps over a network. */
  kernels: call({
    worker: 'reader',
    minutes: 5,
    checkpoints: { path: given },
    request: {},
    result: kernelsResult,
    onPage: true,
  }),
  /** Reads one layer. */
  kernelSlices: call({
    worker: 'reader',
    minutes: 2,
    checkpoints: { path: given },
    request: { layer: given, filter: z.optional(whole), input: z.optional(whole) },
    result: kernelSlicesResult,
    onPage: true,
  }),
  /** Reads every k×k kernel of both files. */
  compareKernels: call({
    worker: 'reader',
    minutes: 10,
    checkpoints: { before: given, after: given },
    request: {
      /** Names with `*` and `?`, separated by commas; every kernel when absent. */
      layers: z.optional(given),
    },
    result: compareKernelsResult,
  }),
  convert: call({
    worker: 'reader',
    minutes: 60,
    checkpoints: { path: given },
    request: conversionFields,
    result: convertResult,
    writes: 'output',
  }),
  /** New batch norms are calibrated on the images in `data`. */
  convertWithData: call({
    worker: 'trainer',
    minutes: 60,
    checkpoints: { path: given },
    request: { ...conversionFields, data: given },
    result: convertResult,
    writes: 'output',
  }),
  fuse: call({
    worker: 'reader',
    minutes: 60,
    checkpoints: { path: given },
    request: { output: given, fold: z.boolean(), overwrite: z.boolean() },
    result: fuseResult,
    writes: 'output',
  }),
  /** The network in the format that the output's name says. */
  exportAs: call({
    worker: 'reader',
    minutes: 60,
    checkpoints: { path: given },
    request: {
      output: given,
      /** For ONNX. */
      layout: z.optional(z.enum(['nhwc', 'nchw'])),
      overwrite: z.boolean(),
    },
    result: exportResult,
  }),
  /** What a job file asks for, and how far it has come. */
  job: call({ worker: 'reader', minutes: 2, request: { path: given, allowed }, result: jobFacts }),
  /** How many images a job on these data would train and evaluate on. Looks at every file, perhaps over a network. */
  countImages: call({ worker: 'reader', minutes: 5, request: { data: given }, result: imageCounts }),
  /** What the present run of a job file has told, and its result when it is finished. */
  history: call({ worker: 'reader', minutes: 2, request: { path: given }, result: jobHistory }),
  /** Removes the unfinished files of a killed process from a folder; says how many there were. */
  removeLeftovers: call({
    worker: 'reader',
    minutes: 2,
    request: { folder: given },
    result: z.strictObject({ removed: whole }),
  }),
  verify: call({
    worker: 'trainer',
    minutes: 15,
    checkpoints: { a: given, b: given },
    request: {
      ...imageFields,
      /** Random inputs when absent. */
      data: z.optional(given),
      samples: count,
      tolerance: z.optional(z.number().check(z.positive())),
      seed,
    },
    result: verifyResult,
  }),
  evaluate: call({
    worker: 'trainer',
    minutes: 15,
    checkpoints: { path: given },
    request: { ...imageFields, limit: z.optional(count), batch: z.optional(count) },
    result: evaluateResult,
  }),
  prune: call({
    worker: 'trainer',
    minutes: 15,
    checkpoints: { path: given },
    request: {
      ...imageFields,
      groups: z.optional(z.array(positionGroup)),
      ratios: z.optional(z.array(z.number().check(z.gte(0), z.lte(1))).check(z.maxLength(1000))),
      seeds: z.optional(count),
      limit: z.optional(count),
    },
    result: pruneResult,
    notices: { point: { group: positionGroup, point: pruningPoint } },
  }),
  robustness: call({
    worker: 'trainer',
    minutes: 15,
    checkpoints: {
      path: given,
      /** A second checkpoint. */
      against: z.optional(given),
    },
    request: { ...imageFields, limit: z.optional(count) },
    result: robustnessResult,
    notices: { row: { row: robustnessRow } },
  }),
  /** Runs a job file, or continues a run of it that was left; a report is written beside its results. */
  train: call({
    worker: 'trainer',
    minutes: undefined,
    request: {
      path: given,
      resume: flag,
      /** Replace what an earlier run left, whatever the job says. */
      overwrite: flag,
      allowed,
      /** Of the checkpoint, where the job does not say it. */
      equalWeights: z.optional(equalWeights),
    },
    result: trainResult,
    notices: { train: { event: trainEvent } },
  }),
  /** What TensorFlow was found. Its libraries may come from a slow disk. */
  backend: call({ worker: 'trainer', minutes: 5, request: {}, result: backendResult }),
  /** Ten training steps of a tiny network. */
  selfTest: call({ worker: 'trainer', minutes: 5, request: {}, result: selfTestResult }),
};

type Calls = typeof calls;
export type CallName = keyof Calls;
export type RequestOf<N extends CallName> = Of<Calls[N]['request']>;
export type ResultOf<N extends CallName> = Of<Calls[N]['result']>;

/** The calls that one kind of worker answers. */
export type CallsOf<W extends WorkerName> = {
  [N in CallName]: Calls[N]['worker'] extends W ? N : never;
}[CallName];

/** Every call by its name. */
export const CALL_NAMES = Object.keys(calls) as readonly CallName[];

/** What any call may tell while it runs. */
const common = { progress: { progress }, assumed: { assumed: assumedNetwork } };

/** Of `{ row: { row: schema } }` the notice `{ kind: 'row', row }`. */
type NoticesIn<S> = {
  [K in keyof S]: { readonly kind: K } & Frozen<{ [F in keyof S[K]]: z.infer<S[K][F]> }>;
}[keyof S];

/** What a call may tell while it runs. */
export type NoticeOf<N extends CallName> = NoticesIn<typeof common> | NoticesIn<Calls[N]['notices']>;

/** What some call tells while it runs. */
export type Notice = { [N in CallName]: NoticeOf<N> }[CallName];

/** Fields of each notice by its kind. */
const noticeShapes = Object.entries(
  CALL_NAMES.reduce<Readonly<Record<string, z.core.$ZodLooseShape>>>(
    (all, name) => ({ ...all, ...calls[name].notices }),
    common,
  ),
);

export const notice = z.union(
  noticeShapes.map(([kind, shape]) => z.strictObject({ kind: z.literal(kind), ...shape })),
) as unknown as z.ZodMiniType<Notice>;
