import * as z from 'zod/mini';
import { call } from '../call';
import { given } from '../given';
import { operation } from '../operation';
import { exportResult } from '../results/convert';
import { LAYOUTS } from '../../shared/choices';

/** The network in the format that the output's name says. */
export const exportAs = operation({
  job: 'export',
  calls: {
    exportAs: call({
      worker: 'reader',
      minutes: 60,
      checkpoints: { path: given },
      request: {
        output: given,
        /** For ONNX. */
        layout: z.optional(z.enum(LAYOUTS)),
        overwrite: z.boolean(),
      },
      result: exportResult,
    }),
  },
  intents: { exportAs: {} },
});
