/** Two networks compared piece by piece: each block, and each convolution with its batch norm, on the same input. */
export interface BlockComparison {
  /** Pairs that were compared. */
  readonly count: number;
  /** max|a − b| / max|a| over one channel's outputs, of the worst channel of the worst pair. */
  readonly maxRel: number;
  /** The pair's name in the reference; absent where all are exactly equal. */
  readonly worst?: string;
  /** Its name in the other network, where that is another one. */
  readonly worstOther?: string;
}

/** What a comparison of two networks is judged by, beside the outputs of the whole networks. */
export interface VerifyEvidence {
  /** Present where both networks are made of the same pieces, which then decide. */
  readonly blocks?: BlockComparison;
  /** Why they are not: then the outputs of the whole networks decide. */
  readonly unpaired?: string;
  /**
   * How much the reference's own outputs move, as `maxRel`, when its inputs and kernels move by one step of 32-bit
   * numbers: an estimate of what rounding alone does to them.
   */
  readonly noise?: number;
}
