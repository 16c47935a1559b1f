import * as z from 'zod/mini';
import { loose, matrix, real, text, texts, whole, type Of } from '../schema';
import { pairedChangeFields } from './robustness';
import { verifyEvidenceFields } from './verify';
import { STARTS } from '../../shared/choices';
import { DOUBT_CAUSES } from '../../shared/doubt-words';

export const arm = z.enum(['baseline', 'acnet']);

/** One of the two networks of a job. */
export type Arm = Of<typeof arm>;

const memoryNeed = loose({
  /** Most that the process will hold. */
  estimate: real,
  /** What it could still get when it was asked. */
  free: real,
});

/** Memory that training an arm takes, in bytes, as far as it is known before the start. */
export interface MemoryNeed extends Of<typeof memoryNeed> {}

const startKernels = loose({
  /** By kernel size, as in `3x3`: equation 10 of the network fused. */
  sizes: z.record(text, matrix),
  /** Equation 9 of each layer, fused. */
  layers: z.array(loose({ name: text, fused: matrix })),
});

/** Average magnitudes of a network before its first step: the reference for what its training made of them. */
export interface StartKernels extends Of<typeof startKernels> {}

const doubtFields = {
  /** Of the first evaluation of the network without blocks, in percent, with its 95 % interval (Wilson). */
  top1: real,
  low: real,
  high: real,
  images: whole,
  /** Of these images, in percent: those of the most frequent class. */
  share: real,
  /** Its name, in quotes. */
  class: text,
  /** The likely ones first. */
  causes: z.array(
    loose({
      cause: z.enum(DOUBT_CAUSES),
      /** What is the case here, where the cause depends on it. */
      found: z.optional(text),
    }),
  ),
};

const trainDoubt = loose(doubtFields);

/** Before training the network is no better than its most frequent class: its inputs are likely not what it was trained with. */
export interface TrainDoubt extends Of<typeof trainDoubt> {}

export const trainEvent = z.discriminatedUnion('event', [
  loose({
    event: z.literal('start'),
    arm,
    epochs: whole,
    stepsPerEpoch: whole,
    backend: text,
    /** Absent where the backend cannot tell. */
    memory: z.optional(memoryNeed),
  }),
  loose({ event: z.literal('before'), arm, top1: real, loss: real, kernels: z.optional(startKernels) }),
  loose({
    event: z.literal('step'),
    arm,
    epoch: whole,
    step: whole,
    loss: real,
    learningRate: real,
    imagesPerSecond: real,
  }),
  loose({ event: z.literal('epoch'), arm, epoch: whole, loss: real, top1: real, valLoss: real }),
  /** Follows the first `before` of a run from a checkpoint, before a step is made. */
  loose({ event: z.literal('doubt'), arm, ...doubtFields }),
  loose({ event: z.literal('message'), text }),
  /** What follows is of the run with this seed, the `run`th of `runs`. */
  loose({ event: z.literal('seed'), seed: whole, run: whole, runs: whole }),
]);

/** One line of the training log; the last line of `acnet train` is a `TrainResult`. */
export type TrainEvent = Of<typeof trainEvent>;

/** Top-1 in percent after training, and before; the start's kernels, absent in results of earlier versions. */
const trainedFields = { top1: real, before: real, kernels: z.optional(startKernels) };

const trainedDifference = loose({
  ...pairedChangeFields,
  /** Of McNemar's exact test: how likely so uneven a split of `won` and `lost` is by chance. */
  p: real,
  images: whole,
});

/** ACNet − baseline on the same evaluation images: what is known of these two networks, not of others trained alike. */
export interface TrainedDifference extends Of<typeof trainedDifference> {}

const seedRun = loose({
  seed: whole,
  /** Top-1 in percent. */
  baseline: real,
  acnet: real,
  /** Where its checkpoints, log and result lie, from the job's own folder. */
  folder: text,
});

const overSeeds = loose({
  runs: z.array(seedRun),
  /** ACNet − baseline of one seed each: their mean in points, with Student's 95 % interval over the seeds. */
  mean: real,
  low: real,
  high: real,
  /** The sample standard deviation of that difference. */
  deviation: real,
});

/** Runs of a job that differ in their seed alone. */
export interface OverSeeds extends Of<typeof overSeeds> {}

export const leftOutImage = loose({
  /** Relative to the data. */
  image: text,
  /** As in `the image is damaged and cannot be decoded (found it ends too early)`. */
  reason: text,
});

/** An image that a job leaves out, since it cannot be decoded. */
export interface LeftOutImage extends Of<typeof leftOutImage> {}

export const trainResult = loose({
  /** The unconverted network. Where the job asks for no baseline it is evaluated but not trained: `trained` is false. */
  baseline: loose({ ...trainedFields, trained: z.boolean() }),
  acnet: loose(trainedFields),
  /** Absent where there is none, and of networks that start from scratch. */
  doubt: z.optional(trainDoubt),
  /** Absent where the baseline was not trained. */
  difference: z.optional(trainedDifference),
  /** As in `VerifyResult`, on evaluation images, against the trained ACNet; `passed` at ≤ 1e-5. */
  fused: loose({
    ...verifyEvidenceFields,
    top1: real,
    maxRel: real,
    passed: z.boolean(),
    /** Where it did not pass: why, in a sentence. */
    failure: z.optional(text),
  }),
  /** Of a job with several seeds, whose first one all else here is of. */
  seeds: z.optional(overSeeds),
  /** Digests of the checkpoint and the images that were trained on; absent in results of earlier versions. */
  inputs: z.optional(loose({ checkpoint: text, data: text })),
  /** Files written. An untrained baseline is the job's own checkpoint, which is not written again. */
  outputs: loose({ baseline: text, acnet: text, fused: text }),
  /**
   * The ONNX model that said how the network of weights by name is built: its path from the job's own folder, or `none`
   * where the job left out any.
   */
  architecture: z.optional(loose({ path: text, sha256: z.optional(text) })),
  /** Convolutions that became blocks, by name; none where the file had its blocks already. */
  converted: z.optional(texts),
  /** Convolutions that got a batch norm in both networks while they had none; absent in results of versions whose baseline got none. */
  inserted: z.optional(texts),
  /** What both networks started from; absent in results of versions that knew the checkpoint only. */
  start: z.optional(z.enum(STARTS)),
  /** How both networks were trained, a line each; absent in results of earlier versions. */
  recipe: z.optional(texts),
  /** What was reported before the start: layers that were frozen, and what training left out of others. */
  layers: z.optional(texts),
  backend: text,
  seconds: real,
  /** How pixels became the network's input. */
  preprocessing: z.optional(text),
  /** Images that were left out of training and evaluation; absent where there are none. */
  leftOut: z.optional(z.array(leftOutImage)),
  /** In bytes: what was estimated before the start, and the most that the process has held so far. */
  memory: z.optional(loose({ estimate: z.optional(real), peak: real })),
});

/** What a job measured and wrote. */
export interface TrainResult extends Of<typeof trainResult> {}

/** How long one operator takes in a training step, all its uses together. */
const operatorProfile = loose({
  /** As in `conv2dBackpropFilter`. */
  operator: text,
  count: whole,
  seconds: real,
  /** The same by the shapes it is used on. */
  shapes: z.array(loose({ shape: text, count: whole, seconds: real })),
});

const armProfile = loose({
  arm,
  /** Of a whole step. */
  seconds: real,
  /** Each timed by itself, the longest first: side by side and fused, as in the step, they take less or more. */
  operators: z.array(operatorProfile),
});

/** Where the time of one arm's step goes. */
export interface ArmProfile extends Of<typeof armProfile> {}

export const profileResult = loose({ backend: text, batch: whole, arms: z.array(armProfile) });

/** The result of `acnet train --profile`. */
export interface ProfileResult extends Of<typeof profileResult> {}
