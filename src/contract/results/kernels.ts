import * as z from 'zod/mini';
import { NULL_NAMES } from '../../shared/positions';
import { loose, matrix, pair, real, reals, sparse, text, whole, type Of } from '../schema';

const nullModels = loose({ plain: matrix, skeleton: matrix, border: matrix });

/** Average magnitudes of untrained kernels: what a file is compared with. */
export interface NullModels extends Of<typeof nullModels> {}

/** An untrained network to compare with: kernels without blocks, or with blocks on the centre or the last row and column. */
export const nullName = z.enum(NULL_NAMES satisfies ReadonlyArray<keyof NullModels>);

/** Average magnitudes of one kernel size, without what chance gives. */
export const kernelSize = loose({
  layers: whole,
  /** Equation 10 over the kernels as stored (an ACB's branches placed and added without their batch norms). */
  raw: matrix,
  /** Equation 10 after batch-norm and branch fusion. */
  fused: matrix,
  nullModel: nullModels,
  /** Which null the file is to be compared with. */
  suggestedNull: nullName,
});

const chance = loose({
  /** Of the file's own weights, permuted over the positions within each kernel slice: by what they hold on average. */
  permuted: matrix,
  /**
   * So far from what it is compared with a position may be by chance: in 95 % of permuted files no position of any
   * layer, and of no average over layers, is farther off.
   */
  reach: matrix,
});

const chances = loose({ raw: chance, fused: chance });

const layerChance = loose({
  ...chance.shape,
  /**
   * Standard deviation ÷ mean of one position's sum of |weight|, if weights like those of the layer's slices were drawn for
   * each position independently.
   */
  variation: real,
});

const measuredSize = loose({ ...kernelSize.shape, chance: chances });

/** Average magnitudes of one kernel size. */
export interface KernelSizeResult extends Of<typeof measuredSize> {}

const layerKernel = loose({
  ...{ name: text, kernel: pair, raw: matrix, fused: matrix },
  /** Of untrained kernels of this layer's own size. */
  nullModel: nullModels,
  chance: loose({ raw: layerChance, fused: layerChance }),
});

/** As `KernelSizeResult`, of one layer. */
export interface LayerKernelResult extends Of<typeof layerKernel> {}

export const kernelsResult = loose({
  /** By size, as in `3x3`. */
  sizes: z.record(text, measuredSize),
  layers: z.array(layerKernel),
});

/** Average magnitudes of every k×k kernel of a file. */
export interface KernelsResult extends Of<typeof kernelsResult> {}

const branchSlice = loose({
  name: z.enum(['square', 'horizontal', 'vertical']),
  kernel: pair,
  slice: sparse,
  /** γ/σ of the chosen filter, and the mean |γ/σ| of all; null without a batch norm. */
  scale: z.nullable(real),
  meanScale: z.nullable(real),
  /** Its part of Σ|weight| over the three branches, 0 … 1. */
  share: real,
  /** Filters with |γ| < 0.01. */
  dead: whole,
});

/** One branch of an ACB after its batch norm, where it lands on the square kernel. */
export interface BranchSliceResult extends Of<typeof branchSlice> {}

export const kernelSlicesResult = loose({
  layer: text,
  kernel: pair,
  filters: whole,
  /** Input channels that each filter reads. */
  inputs: whole,
  filter: whole,
  input: whole,
  /** Σ|w| over the inputs after fusion: [filters, k_h, k_w] flat. */
  magnitudes: reals,
  /** √Σw² of each filter after fusion. */
  norms: reals,
  /** Filters that do next to nothing: |γ| < 0.01 in every branch. */
  dead: reals,
  /** Least and largest fused weight. */
  range: pair,
  /** The fused kernel's signed slice for the chosen filter and input. */
  slice: sparse,
  /** Of a block: their slices add up to `slice`. */
  branches: z.optional(z.array(branchSlice)),
});

/** One layer's kernels from near. Filters and inputs count from 0. */
export interface KernelSlicesResult extends Of<typeof kernelSlicesResult> {}
