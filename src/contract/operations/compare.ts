import * as z from 'zod/mini';
import { call } from '../call';
import { given } from '../given';
import { measurement, operation } from '../operation';
import { compareKernelsResult } from '../results/compare';
import { checkFields, type RunPhase } from '../run';
import { loose, real, text, type Of } from '../schema';

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

/** The kernels of two files, position by position. */
export const compare = operation({
  calls: {
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
  },
  facts: { compare: measurement(compareState, ({ other }) => [other]) },
  intents: {
    /** Asks for the other file. */
    compare: {},
    compareSwap: {},
    compareAgain: {},
    compareStop: {},
  },
});
