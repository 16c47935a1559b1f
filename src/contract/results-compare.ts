import type { KernelSizeResult, NullModels, Size2 } from './results';
import type { Matrix } from '../shared/matrix';

/** What became of one kernel W → W′. */
export interface KernelChangeResult {
  /** ‖W′ − W‖ / ‖W‖; null where W is zero and W′ is not. */
  readonly relative: number | null;
  /** ⟨W, W′⟩ / (‖W‖·‖W′‖); null where one of them is zero. */
  readonly cosine: number | null;
  /** max |W′ − W|. */
  readonly maxAbs: number;
  /** No weight differs by more than 32-bit numbers are rounded. */
  readonly identical: boolean;
  /** Mean |W| at each position. */
  readonly before: Matrix;
  readonly after: Matrix;
  /** After − before. */
  readonly difference: Matrix;
}

/** A kernel that both files have. */
export interface ComparedKernelResult {
  /** Its layer's name in the first file, and in the second. */
  readonly name: string;
  readonly nameAfter: string;
  readonly kernel: Size2;
  /** [h, w, in / groups, out] */
  readonly shape: readonly number[];
  /** The same name; one name in two spellings; the same place among the kernels of its shape. */
  readonly matchedBy: 'name' | 'spelling' | 'order';
  /** A block in one file and a plain convolution in the other: both measures are of the fused kernels. */
  readonly throughFused: boolean;
  /** Kernels as stored (a block's three placed and added without their batch norms). */
  readonly raw: KernelChangeResult;
  /** After batch-norm and branch fusion. */
  readonly fused: KernelChangeResult;
}

/** A kernel that one file lacks. */
export interface UnmatchedKernelResult {
  readonly name: string;
  readonly kernel: Size2;
  readonly shape: readonly number[];
  /** Why what looks like its partner is none. */
  readonly reason?: string;
}

/** One of the two files. */
export interface ComparedFileResult {
  readonly path: string;
  readonly formatLabel: string;
  /** Bytes. */
  readonly size: number;
  /**
   * `acnet`: some kernels are blocks. `fused`: batch norms are as a fusion leaves them. `folded`: biases where the other
   * file has batch norms.
   */
  readonly kind: 'plain' | 'acnet' | 'fused' | 'folded';
}

/** Average magnitudes of one kernel size in both files, over all of each file's layers that were looked at. */
export interface ComparedSizeResult {
  readonly before: KernelSizeResult;
  readonly after: KernelSizeResult;
  /** Where the files are held against different nulls: the part of the difference that needs no training. */
  readonly fusing?: {
    readonly from: keyof NullModels;
    readonly to: keyof NullModels;
    /** Untrained `to` − untrained `from`. */
    readonly alone: Matrix;
    /** After − before − alone. */
    readonly remainder: { readonly raw: Matrix; readonly fused: Matrix };
  };
}

/** The kernels of two checkpoints beside each other. */
export interface CompareKernelsResult {
  readonly before: ComparedFileResult;
  readonly after: ComparedFileResult;
  /** One file alone says which batch norms belong to its kernels: plain convolutions are measured as stored, without them. */
  readonly asStored?: boolean;
  /** In the order of the first file. */
  readonly matched: readonly ComparedKernelResult[];
  readonly onlyBefore: readonly UnmatchedKernelResult[];
  readonly onlyAfter: readonly UnmatchedKernelResult[];
  /** Sizes that both files have, as in `3x3`. */
  readonly sizes: Readonly<Record<string, ComparedSizeResult>>;
}
