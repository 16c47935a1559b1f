/** What the page shows. The host owns it; a page draws nothing that does not pass these schemas. */
import * as z from 'zod/mini';
import { loose, positionGroup, real, text, texts, type Of } from './schema';
import { compareKernelsResult } from './results/compare';
import { inspectResult } from './results/inspect';
import { kernelSlicesResult, kernelsResult } from './results/kernels';
import { progress } from './results/progress';
import { pruneResult, pruningPoint } from './results/pruning';
import { robustnessResult, robustnessRow } from './results/robustness';
import { arm, trainResult } from './results/training';
import { verifyResult } from './results/verify';

export type { PageMessage } from './intents';

const flag = z.optional(z.boolean());

const errorState = loose({
  title: text,
  file: z.optional(text),
  where: z.optional(text),
  found: z.optional(text),
  allowed: z.optional(text),
});

/** What went wrong with a file, ready to be shown. */
export interface ErrorState extends Of<typeof errorState> {}

/** A part of the page's data that arrives on its own. */
export type Loadable<T> =
  | { readonly phase: 'idle' }
  | { readonly phase: 'loading' }
  | { readonly phase: 'ready'; readonly value: T }
  | { readonly phase: 'error'; readonly error: ErrorState };

/** @__NO_SIDE_EFFECTS__ */
function loadable<S extends z.core.$ZodType>(value: S): z.ZodMiniType<Loadable<Of<S>>> {
  return z.discriminatedUnion('phase', [
    loose({ phase: z.literal('idle') }),
    loose({ phase: z.literal('loading') }),
    loose({ phase: z.literal('ready'), value }),
    loose({ phase: z.literal('error'), error: errorState }),
  ]) as unknown as z.ZodMiniType<Loadable<Of<S>>>;
}

const jobState = loose({
  title: text,
  kind: z.enum(['convert', 'fuse', 'export', 'verify', 'train', 'prune', 'robustness']),
  /** Waits until the jobs before it have ended. */
  queued: flag,
  paused: flag,
  /** Asked to stop, and not yet ended. */
  stopping: flag,
  progress: z.optional(progress),
});

/** A job that acts on the open file. */
export interface JobState extends Of<typeof jobState> {}

const runPhase = z.enum(['queued', 'running', 'done', 'stopped', 'failed']);

/** How far a run has come; what was measured stays whatever the phase. */
export type RunPhase = Of<typeof runPhase>;

const armHistory = loose({
  /** Of the arm's first network, before a step. Top-1 in percent. */
  before: z.optional(loose({ top1: real, loss: real })),
  /** Training loss by step since the start of the arm, thinned to at most 600 points. */
  steps: z.array(loose({ step: real, loss: real })),
  /** `epoch` counts from 1; top-1 in percent, of the validation images. */
  epochs: z.array(loose({ epoch: real, loss: real, top1: real, valLoss: real })),
  learningRate: z.optional(real),
  imagesPerSecond: z.optional(real),
});

/** One arm of a training run, as measured so far. */
export interface ArmHistory extends Of<typeof armHistory> {}

const trainingState = loose({
  jobFile: text,
  phase: runPhase,
  paused: flag,
  epochs: z.optional(real),
  stepsPerEpoch: z.optional(real),
  backend: z.optional(text),
  /** Which arm is being trained. */
  arm: z.optional(arm),
  arms: z.partialRecord(arm, armHistory),
  progress: z.optional(progress),
  /** The newest lines of the log, at most 200, oldest first. */
  log: texts,
  result: z.optional(trainResult),
  error: z.optional(errorState),
  /** Whether a stopped or failed run can continue where it was. */
  resumable: flag,
});

/** A fine-tuning run on the open file: the one under way, else the last one. */
export interface TrainingState extends Of<typeof trainingState> {}

const pruningOptions = loose({
  groups: z.array(positionGroup),
  /** Zeroed weights by all weights of a layer, 0 … 1; the paper's steps when absent. */
  ratios: z.optional(z.array(real)),
  seeds: real,
  /** Images; all when absent. */
  limit: z.optional(real),
});

/** What a pruning check is asked for. */
export interface PruningOptions extends Of<typeof pruningOptions> {}

/** What every check of the open file has: it is under way, or was the last of its kind. */
const checkFields = {
  phase: runPhase,
  progress: z.optional(progress),
  error: z.optional(errorState),
  /** A file that it is about has changed since. */
  outdated: flag,
};

const pruningState = loose({
  ...checkFields,
  /** Folder or file of images, as chosen. */
  data: z.optional(text),
  options: pruningOptions,
  /** By ratio, from the least; points come while it runs. */
  curves: z.partialRecord(positionGroup, z.array(pruningPoint)),
  result: z.optional(pruneResult),
});

/** A pruning check of the open file: the one under way, else the last one. */
export interface PruningState extends Of<typeof pruningState> {}

const robustnessState = loose({
  ...checkFields,
  /** Folder of images, as chosen. */
  data: text,
  /** Path of the second checkpoint, where there is one. */
  against: z.optional(text),
  /** Images; all when absent. */
  limit: z.optional(real),
  /** In the order of the paper's table; they come while it runs. */
  rows: z.array(robustnessRow),
  result: z.optional(robustnessResult),
});

/** A robustness check of the open file: the one under way, else the last one. */
export interface RobustnessState extends Of<typeof robustnessState> {}

const verifyState = loose({
  ...checkFields,
  other: text,
  result: z.optional(verifyResult),
});

/** The last check that the open file and another one give the same outputs. */
export interface VerifyState extends Of<typeof verifyState> {}

const compareState = loose({
  ...checkFields,
  phase: z.enum(['running', 'done', 'stopped', 'failed'] satisfies RunPhase[]),
  other: text,
  /** Whether the open file is the later of the two. */
  swapped: z.boolean(),
  /** Stays while a newer one is under way. */
  result: z.optional(compareKernelsResult),
  /** Another number each time that somebody asked for a comparison: pages then turn to it. */
  asked: real,
});

/** The open file's kernels beside another one's: the comparison under way, else the last one. */
export interface CompareState extends Of<typeof compareState> {}

const slicesState = loose({ layer: text, data: loadable(kernelSlicesResult) });

/** One layer's kernels from near, read when a page asks for them. */
export interface SlicesState extends Of<typeof slicesState> {}

/** Strict: a field that the page does not know would be shown nowhere. */
export const inspectorState = z.strictObject({
  fileName: text,
  path: text,
  /** BCP 47 tag for numbers. */
  locale: text,
  /** False in a restricted workspace: files are shown, nothing is run. */
  trusted: z.boolean(),
  inspect: loadable(inspectResult),
  /** Milliseconds the header took to read. */
  readMilliseconds: z.optional(real),
  kernels: loadable(kernelsResult),
  /** The layer looked at from near, and what is asked for of it. */
  slices: z.optional(slicesState),
  job: z.optional(jobState),
  training: z.optional(trainingState),
  pruning: z.optional(pruningState),
  robustness: z.optional(robustnessState),
  verify: z.optional(verifyState),
  compare: z.optional(compareState),
  /** The images last used on this file, offered for the next check. */
  lastData: z.optional(text),
  /** Path of the checkpoint that the next robustness check compares the file with. */
  lastAgainst: z.optional(text),
  /** The ONNX model that was chosen as the network of a file of weights: its path, or `none`. */
  architecture: z.optional(text),
  /** What networks run on, once it is known: `TensorFlow 2.21.0`, `portable (WebAssembly)`. */
  backend: z.optional(loose({ native: z.boolean(), label: text })),
});

/** Everything the page shows; the host owns it, the page draws it. */
export interface InspectorState extends Of<typeof inspectorState> {}

/** Host to page. */
export interface StateMessage {
  readonly type: 'state';
  readonly state: InspectorState;
}

/**
 * The state in a message of the host; undefined for any other message, a sentence for a malformed one: a page that trusts
 * its messages shows nonsense quietly.
 */
export function readState(message: unknown): InspectorState | string | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { type, state } = message as Partial<Record<keyof StateMessage, unknown>>;
  if (type !== 'state') return undefined;
  if (typeof state !== 'object' || state === null) return 'state is missing';
  const parsed = inspectorState.safeParse(state);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const [field] = issue?.path ?? [];
  if (field !== undefined) return `state.${String(field)} is malformed`;
  return issue?.code === 'unrecognized_keys' ? `state.${issue.keys[0]} is not known` : 'state is malformed';
}
