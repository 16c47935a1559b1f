import type { NodeOf } from '../graph/graph';
import type { Pair } from '../graph/padding';

/** The three branches of a block in the graph. */
export interface AcbBlock {
  readonly square: Branch;
  readonly horizontal: Branch;
  readonly vertical: Branch;
  /** The node that sums the branches. */
  readonly sum: NodeOf<'add'>;
  /** Row of the square kernel on which the horizontal kernel lands, column for the vertical one. */
  readonly row: number;
  readonly column: number;
  /** Every node of the block, padding and cropping included, in graph order. */
  readonly nodes: ReadonlySet<string>;
  /** The value the block reads. */
  readonly input: string;
}

/** A convolution and the batch norm that follows it, if any. */
export interface Branch {
  readonly conv: NodeOf<'conv2d'>;
  readonly batchNorm?: NodeOf<'batchNorm'>;
}

/** One convolution layer of the graph, and whether it could become an ACB. */
export interface Site {
  readonly name: string;
  /** Its first call. */
  readonly conv: NodeOf<'conv2d'>;
  /** All its calls, in graph order: several for a shared layer. */
  readonly calls: readonly [NodeOf<'conv2d'>, ...NodeOf<'conv2d'>[]];
  readonly kernel: Pair;
  readonly kind: 'plain' | 'acb';
  /** Set for `acb`: the first call's. */
  readonly block?: AcbBlock;
  /** `absorbed`: conv → BN directly; `separate`: a BN behind an activation or sum; `none`. */
  readonly batchNorm: 'absorbed' | 'separate' | 'none';
  /** The batch norm behind the first call. */
  readonly absorbs?: NodeOf<'batchNorm'>;
  /** That behind each call, one layer; empty where none is absorbed. */
  readonly norms: ReadonlyArray<NodeOf<'batchNorm'>>;
  readonly eligible: boolean;
  readonly reason?: string;
  /** Eligible, kernel ≤ 7 and not frozen in the file: what is converted when nobody chooses. */
  readonly selected: boolean;
  /** It would be selected if it were not frozen. */
  readonly isOnlyFrozen?: boolean;
}
