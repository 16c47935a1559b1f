import * as z from 'zod/mini';
import { loose, real, text, whole, type Of, type OfFields } from '../schema';
import { blockLanding } from './inspect';

const blockComparison = loose({
  /** Pairs that were compared. */
  count: whole,
  /** max|a − b| / max|a| over one channel's outputs, of the worst channel of the worst pair. */
  maxRel: real,
  /** The pair's name in the reference; absent where all are exactly equal. */
  worst: z.optional(text),
  /** Its name in the other network, where that is another one. */
  worstOther: z.optional(text),
});

/** Two networks compared piece by piece: each block, and each convolution with its batch norm, on the same input. */
export interface BlockComparison extends Of<typeof blockComparison> {}

export const verifyEvidenceFields = {
  /** Present where both networks are made of the same pieces, which then decide. */
  blocks: z.optional(blockComparison),
  /** Why they are not: then the outputs of the whole networks decide. */
  unpaired: z.optional(text),
  /**
   * How much the reference's own outputs move, as `maxRel`, when its inputs and kernels move by one step of 32-bit
   * numbers: an estimate of what rounding by itself does to them.
   */
  noise: z.optional(real),
};

/** What a comparison of two networks is judged by, beside the outputs of the whole networks. */
export interface VerifyEvidence extends OfFields<typeof verifyEvidenceFields> {}

export const verifyResult = loose({
  ...verifyEvidenceFields,
  samples: whole,
  maxAbs: real,
  /** max|a − b| / max|a|; behind a final softmax or sigmoid max|a| is the larger of its input's and its output's. */
  maxRel: real,
  /** By `blocks` where they are there, else by `maxRel`. */
  passed: z.boolean(),
  tolerance: real,
  /** Per compared tensor: every output, and the tensor before a final softmax or sigmoid. */
  tensors: z.array(loose({ name: text, maxAbs: real, maxRel: real })),
  /** Where the branches of the blocks of both files were taken to land. */
  landings: z.optional(loose({ a: z.array(blockLanding), b: z.array(blockLanding) })),
  /** Why it failed though the numbers may agree: NaN, infinity, or a reference of zeros. */
  problem: z.optional(text),
});

/** Whether two networks give the same outputs. */
export interface VerifyResult extends Of<typeof verifyResult> {}
