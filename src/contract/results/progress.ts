import * as z from 'zod/mini';
import { loose, real, text, type Of } from '../schema';

export const progress = loose({
  /** For people. */
  phase: text,
  /** `done` and `total` are training steps of one arm. */
  steps: z.optional(z.literal(true)),
  done: real,
  total: real,
  /** Seconds left, when it can be told. */
  secondsLeft: z.optional(real),
  /** How many of what `done` counts are done in a second, when it can be told. */
  perSecond: z.optional(real),
});

/** Progress of any operation. */
export interface Progress extends Of<typeof progress> {}
