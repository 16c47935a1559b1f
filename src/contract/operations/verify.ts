import * as z from 'zod/mini';
import { call } from '../call';
import { count, given, imageFields } from '../given';
import { measurement, operation } from '../operation';
import { verifyResult } from '../results/verify';
import { checkFields } from '../run';
import { loose, text, type Of } from '../schema';

const verifyState = loose({
  ...checkFields,
  other: text,
  result: z.optional(verifyResult),
});

/** The last check that the open file and another one give the same outputs. */
export interface VerifyState extends Of<typeof verifyState> {}

/** Whether two files' networks give the same outputs. */
export const verify = operation({
  job: 'verify',
  calls: {
    verify: call({
      worker: 'trainer',
      minutes: 15,
      checkpoints: { a: given, b: given },
      request: {
        ...imageFields,
        /** Random inputs when absent. */
        data: z.optional(given),
        samples: count,
        tolerance: z.optional(z.number().check(z.positive())),
        seed: z.optional(z.int()),
      },
      result: verifyResult,
    }),
  },
  facts: { verify: measurement(verifyState, ({ other }) => [other]) },
  intents: { verify: {} },
});
