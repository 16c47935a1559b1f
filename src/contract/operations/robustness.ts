import * as z from 'zod/mini';
import { call } from '../call';
import { count, given, imageFields, imageLimit } from '../given';
import { fact, measurement, operation } from '../operation';
import { robustnessResult, robustnessRow } from '../results/robustness';
import { checkFields } from '../run';
import { loose, real, text, type Of } from '../schema';

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

/** Accuracy on rotated and mirrored images. */
export const robustness = operation({
  job: 'robustness',
  calls: {
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
  },
  facts: {
    robustness: measurement(robustnessState, ({ against }) => [against]),
    /** Path of the checkpoint that the next check compares the file with. */
    lastAgainst: fact(text),
  },
  intents: {
    robustness: { limit: imageLimit },
    /** Asks for a second checkpoint, or for none; the answer comes as `lastAgainst`. */
    chooseAgainst: {},
  },
});
