/** What the page shows of everything that runs: its phase, how far it is, what went wrong. */
import * as z from 'zod/mini';
import { progress } from './results/progress';
import { loose, text, type Of } from './schema';

export const errorState = loose({
  title: text,
  file: z.optional(text),
  where: z.optional(text),
  found: z.optional(text),
  expected: z.optional(text),
});

/** What went wrong with a file, ready to be shown. */
export interface ErrorState extends Of<typeof errorState> {}

export const runPhase = z.enum(['queued', 'running', 'done', 'stopped', 'failed']);

/** How far a run has come; what was measured stays whatever the phase. */
export type RunPhase = Of<typeof runPhase>;

/** What every check of the open file has: it is under way, or was the last of its kind. */
export const checkFields = {
  phase: runPhase,
  progress: z.optional(progress),
  error: z.optional(errorState),
  /** A file that it is about has changed since. */
  outdated: z.optional(z.boolean()),
};
