import * as z from 'zod/mini';
import { call } from '../call';
import { given } from '../given';
import { operation } from '../operation';
import { fuseResult } from '../results/convert';

/** ACNet blocks become convolutions again. */
export const fuse = operation({
  job: 'fuse',
  calls: {
    fuse: call({
      worker: 'reader',
      minutes: 60,
      checkpoints: { path: given },
      request: { output: given, fold: z.boolean(), overwrite: z.boolean() },
      result: fuseResult,
      writes: 'output',
    }),
  },
  intents: { fuse: {} },
});
