import * as z from 'zod/mini';
import { call } from '../call';
import { count, given, imageFields } from '../given';
import { operation } from '../operation';
import { evaluateResult } from '../results/evaluate';

/** Accuracy on images. */
export const evaluate = operation({
  calls: {
    evaluate: call({
      worker: 'trainer',
      minutes: 15,
      checkpoints: { path: given },
      request: { ...imageFields, limit: z.optional(count), batch: z.optional(count) },
      result: evaluateResult,
    }),
  },
});
