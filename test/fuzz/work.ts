/** What a thread is to examine: `first`, `first + step`, … below `end`. */
export interface Work {
  readonly first: number;
  readonly end: number;
  readonly step: number;
  /** Start of the seeds' names; all when absent. */
  readonly only?: string;
  /** Bytes the process may take at most. */
  readonly memoryLimit: number;
  /** Shared; see `STATE`. */
  readonly state: Int32Array;
}

/** Places in the shared state: number of the mutation at hand, how many were begun, and how each ended. */
export const STATE = { number: 0, begun: 1, refused: 2, opened: 3, rewritten: 4, size: 5 } as const;

/** Something that must not be. */
export interface Finding {
  readonly number: number;
  readonly seed: string;
  readonly kind: 'error' | 'hang' | 'memory' | 'crash';
  readonly text: string;
}

export interface Counts {
  readonly refused: number;
  readonly opened: number;
  readonly rewritten: number;
}

export type ThreadMessage =
  { readonly type: 'finding'; readonly finding: Finding } | { readonly type: 'end'; readonly next: number };
