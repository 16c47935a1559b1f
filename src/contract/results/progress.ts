import * as z from 'zod/mini';
import { loose, real, text, type Of } from '../schema';

export const progress = loose({
  /** For people. */
  phase: text,
  /** `done` and `total` are training steps of one arm. */
  steps: z.optional(z.literal(true)),
  done: real,
  total: real,
  /** Seconds left, where known. */
  secondsLeft: z.optional(real),
  /** How many of what `done` counts are done in a second, where known. */
  perSecond: z.optional(real),
});

/** Progress of any operation. */
export interface Progress extends Of<typeof progress> {}
