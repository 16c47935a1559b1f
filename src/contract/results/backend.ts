import * as z from 'zod/mini';
import { BACKENDS } from '../backend-names';
import { loose, real, text, texts, whole, type Of } from '../schema';

export const backendResult = loose({
  /** What networks are run on; null when TensorFlow was asked for and not found. */
  backend: z.nullable(z.enum(BACKENDS)),
  /** Of the portable one, for people. */
  description: z.optional(text),
  tensorflow: z.optional(text),
  tfjsNode: z.optional(text),
  /** Where the libraries lie and how they were found. */
  location: z.optional(text),
  foundBy: z.optional(text),
  node: text,
  threads: loose({ intraOp: real, interOp: real }),
  /** By name, as in `groupedGradients`, `bfloat16`. */
  capabilities: z.record(text, z.boolean()),
  /** What was tried when nothing was found. */
  tried: texts,
});

/** What networks are run on, and how it was found. */
export interface BackendResult extends Of<typeof backendResult> {}

export const selfTestResult = loose({
  /** For people, as in `TensorFlow 2.21.0, 2 threads`. */
  backend: text,
  steps: whole,
  seconds: real,
  firstLoss: real,
  lastLoss: real,
});

/** A few training steps that show that a backend works. */
export interface SelfTestResult extends Of<typeof selfTestResult> {}
