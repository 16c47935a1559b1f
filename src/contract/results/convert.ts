import * as z from 'zod/mini';
import { loose, text, texts, type Of } from '../schema';
import { blockLanding } from './inspect';

const writtenFields = {
  output: text,
  /** The Python module beside the output that loads it, where one was written. */
  module: z.optional(text),
  /** False for weights whose network is unknown: nothing can be run through them. */
  hasGraph: z.boolean(),
  warnings: texts,
};

export const convertResult = loose({
  /** Names of layers. */
  converted: texts,
  skipped: z.array(loose({ name: text, reason: text })),
  ...writtenFields,
});

/** What a conversion did. */
export interface ConvertResult extends Of<typeof convertResult> {}

export const fuseResult = loose({
  /** Names of layers. */
  fused: texts,
  /** Those of them that have a bias, which the block's own convolution had not. */
  biased: z.optional(texts),
  /** Where the branches of the blocks were taken to land. */
  landings: z.optional(z.array(blockLanding)),
  ...writtenFields,
});

/** What a fusion did. */
export interface FuseResult extends Of<typeof fuseResult> {}

export const exportResult = loose({
  output: text,
  /** The format's name for people. */
  formatLabel: text,
  warnings: texts,
});

/** What an export wrote. */
export interface ExportResult extends Of<typeof exportResult> {}
