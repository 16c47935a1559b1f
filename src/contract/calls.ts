/** Everything the host can ask of a worker process: one record for each call. */
import * as z from 'zod/mini';
import { call, type WorkerName } from './call';
import { allowedFolders, given } from './given';
import { merged } from './operation';
import { OPERATIONS } from './operations';
import { backendResult, selfTestResult } from './results/backend';
import { assumedNetwork, inspectResult } from './results/inspect';
import { imageCounts, jobFacts, jobHistory } from './results/job';
import { kernelSlicesResult, kernelsResult } from './results/kernels';
import { progress } from './results/progress';
import { loose, real, whole, type Frozen, type Of } from './schema';

export type { WorkerName } from './call';
export type { Attachment, Preprocessing, Reading } from './given';

/** Beside those of the operations: reading files for the page, and what keeps the rest going. */
/** The record of each call by its name: who answers it, what it is asked, what it answers and what it tells meanwhile. */
export const calls = {
  ...merged(OPERATIONS, 'calls'),
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
  /** What a job file asks for, and how far it has come. */
  job: call({
    worker: 'reader',
    minutes: 2,
    request: { path: given, allowed: allowedFolders },
    result: jobFacts,
  }),
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
  /** What TensorFlow was found. Its libraries may come from a slow disk. */
  backend: call({ worker: 'trainer', minutes: 5, request: {}, result: backendResult }),
  /** Ten training steps of a tiny network. */
  selfTest: call({ worker: 'trainer', minutes: 5, request: {}, result: selfTestResult }),
};

type Calls = typeof calls;
/** The name of a call, as it crosses to a worker. */
export type CallName = keyof Calls;

/** What a call is asked with; paths in it are absolute. */
export type RequestOf<N extends CallName> = Of<Calls[N]['request']>;

/** What a call answers if it does not fail. */
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

/** The schema of `Notice`: strict, since what a worker says of a stranger's file is shown. */
export const notice = z.union(
  noticeShapes.map(([kind, shape]) => z.strictObject({ kind: z.literal(kind), ...shape })),
) as unknown as z.ZodMiniType<Notice>;
