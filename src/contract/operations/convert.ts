import * as z from 'zod/mini';
import { call } from '../call';
import { count, given, layerNames } from '../given';
import { operation } from '../operation';
import { convertResult } from '../results/convert';
import { BRANCHES, STARTS, VARIANTS } from '../../shared/choices';

const conversionFields = {
  output: given,
  /** Exact names; every selected site when absent. */
  layers: z.optional(z.array(given).check(z.maxLength(100_000))),
  variant: z.enum(VARIANTS),
  /** What the network starts from; `checkpoint` when absent. */
  start: z.optional(z.enum(STARTS)),
  /** How new branches start; `zero` from a checkpoint and `paper` from scratch when absent. */
  branches: z.optional(z.enum(BRANCHES)),
  overwrite: z.boolean(),
  seed: z.optional(z.int()),
  /** How much live branches carry, 0 … 1; `DEFAULT_SHARE` when absent. */
  share: z.optional(z.number().check(z.positive(), z.maximum(1))),
  /** γ of all three branches, with branches as in the `paper` only; 1 when absent. */
  gamma: z.optional(z.number().check(z.positive())),
  /** Of weights without a network: takes in the batch norm that by its name follows a convolution. */
  assumeNorms: z.optional(z.boolean()),
  /** Height and width of images for which branches are aligned, where the network leaves them open. */
  inputSize: z.optional(z.tuple([count, count])),
};

/** Convolutions become ACNet blocks. */
export const convert = operation({
  job: 'convert',
  calls: {
    convert: call({
      worker: 'reader',
      minutes: 60,
      checkpoints: { path: given },
      request: conversionFields,
      result: convertResult,
      writes: 'output',
    }),
    /** New batch norms are calibrated on the images in `data`. */
    convertWithData: call({
      worker: 'trainer',
      minutes: 60,
      checkpoints: { path: given },
      request: { ...conversionFields, data: given },
      result: convertResult,
      writes: 'output',
    }),
  },
  intents: { convert: { layers: layerNames } },
});
