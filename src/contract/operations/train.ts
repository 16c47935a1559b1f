import * as z from 'zod/mini';
import { call } from '../call';
import { allowedFolders, given, readingFields } from '../given';
import { fact, operation } from '../operation';
import { progress } from '../results/progress';
import { arm, trainEvent, trainResult } from '../results/training';
import { errorState, runPhase } from '../run';
import { loose, real, text, texts, type Of } from '../schema';

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
  paused: z.optional(z.boolean()),
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
  resumable: z.optional(z.boolean()),
});

/** A fine-tuning run on the open file: the one under way, else the last one. */
export interface TrainingState extends Of<typeof trainingState> {}

/** A job file: convert, fine-tune beside a baseline, fuse. */
export const train = operation({
  job: 'train',
  calls: {
    /** Runs a job file, or continues a run of it that was left; a report is written beside its results. */
    train: call({
      worker: 'trainer',
      minutes: undefined,
      request: {
        path: given,
        resume: z.optional(z.boolean()),
        /** Replace what an earlier run left, whatever the job says. */
        overwrite: z.optional(z.boolean()),
        /** Pauses itself after a doubt is reported, before a weight changes. */
        restAtDoubt: z.optional(z.boolean()),
        allowed: allowedFolders,
        /** Of the checkpoint, where the job does not say it. */
        ...readingFields,
      },
      result: trainResult,
      notices: { train: { event: trainEvent } },
    }),
  },
  facts: { training: fact(trainingState) },
  intents: {
    fineTune: {},
    resumeTraining: {},
    /** Which of the run's files; the page never names a path. */
    openResult: { file: z.enum(['job', 'baseline', 'acnet', 'fused', 'report', 'folder']) },
  },
});
