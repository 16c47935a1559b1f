import * as z from 'zod/mini';
import { NEW_NETWORK_IDS } from '../../shared/networks';
import { call } from '../call';
import { count, given } from '../given';
import { operation } from '../operation';
import { loose, text, whole, type Of } from '../schema';

const newResult = loose({
  output: text,
  /** The format's name for people. */
  formatLabel: text,
  /** Trainable weights. */
  parameters: whole,
  /** How the weights were drawn, for people. */
  law: text,
  seed: whole,
  /** The Python module beside the output that loads it, where one was written. */
  module: z.optional(text),
});

/** What a new network is, and where it was written. */
export interface NewResult extends Of<typeof newResult> {}

/** An untrained network, in the format that the output's name says. */
export const newNetwork = operation({
  calls: {
    newNetwork: call({
      worker: 'reader',
      minutes: 10,
      request: {
        output: given,
        network: z.enum(NEW_NETWORK_IDS),
        classes: z.optional(count),
        /** Of the images. */
        channels: z.optional(count),
        overwrite: z.boolean(),
      },
      result: newResult,
    }),
  },
});
