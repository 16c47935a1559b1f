import * as z from 'zod/mini';
import { loose, matrix, pair, real, text, whole, type Of } from '../schema';
import { kernelSize, nullName } from './kernels';

const kernelChange = loose({
  /** ‖W′ − W‖ / ‖W‖; null where W is zero and W′ is not. */
  relative: z.nullable(real),
  /** ⟨W, W′⟩ / (‖W‖·‖W′‖); null where one of them is zero. */
  cosine: z.nullable(real),
  /** max |W′ − W|. */
  maxAbs: real,
  /** No weight differs by more than 32-bit numbers are rounded. */
  identical: z.boolean(),
  /** Mean |W| at each position. */
  before: matrix,
  after: matrix,
  /** After − before. */
  difference: matrix,
});

/** What became of one kernel W → W′. */
export interface KernelChangeResult extends Of<typeof kernelChange> {}

const kernelFields = {
  name: text,
  kernel: pair,
  /** [h, w, in / groups, out] */
  shape: z.array(whole),
};

const comparedKernel = loose({
  /** `name` is its layer's name in the first file, and this in the second. */
  ...kernelFields,
  nameAfter: text,
  /** The same name; one name in two spellings; the same place among the kernels of its shape. */
  matchedBy: z.enum(['name', 'spelling', 'order']),
  /** A block in one file and a plain convolution in the other: both measures are of the fused kernels. */
  throughFused: z.boolean(),
  /** Kernels as stored (a block's three placed and added without their batch norms). */
  raw: kernelChange,
  /** After batch-norm and branch fusion. */
  fused: kernelChange,
});

/** A kernel that both files have. */
export interface ComparedKernelResult extends Of<typeof comparedKernel> {}

const unmatchedKernel = loose({
  ...kernelFields,
  /** Why what looks like its partner is not. */
  reason: z.optional(text),
});

/** A kernel that one file lacks. */
export interface UnmatchedKernelResult extends Of<typeof unmatchedKernel> {}

const comparedFile = loose({
  path: text,
  formatLabel: text,
  /** Bytes. */
  size: real,
  /**
   * `acnet`: some kernels are blocks. `fused`: batch norms are as a fusion leaves them. `folded`: biases where the other
   * file has batch norms.
   */
  kind: z.enum(['plain', 'acnet', 'fused', 'folded']),
});

/** One of the two files. */
export interface ComparedFileResult extends Of<typeof comparedFile> {}

const comparedSize = loose({
  before: kernelSize,
  after: kernelSize,
  /** Where the files are compared with different nulls: the part of the difference that needs no training. */
  fusing: z.optional(
    loose({
      from: nullName,
      to: nullName,
      /** Untrained `to` − untrained `from`. */
      alone: matrix,
      /** After − before − alone. */
      remainder: loose({ raw: matrix, fused: matrix }),
    }),
  ),
});

/** Average magnitudes of one kernel size in both files, over all of each file's layers that were looked at. */
export interface ComparedSizeResult extends Of<typeof comparedSize> {}

export const compareKernelsResult = loose({
  before: comparedFile,
  after: comparedFile,
  /** Only one file says which batch norms belong to its kernels: plain convolutions are measured as stored, without them. */
  asStored: z.optional(z.boolean()),
  /** In the order of the first file. */
  matched: z.array(comparedKernel),
  onlyBefore: z.array(unmatchedKernel),
  onlyAfter: z.array(unmatchedKernel),
  /** Sizes that both files have, as in `3x3`. */
  sizes: z.record(text, comparedSize),
});

/** The kernels of two checkpoints beside each other. */
export interface CompareKernelsResult extends Of<typeof compareKernelsResult> {}
