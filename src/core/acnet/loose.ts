import type { Checkpoint } from '../checkpoint';

/**
 * A checkpoint that is rewritten only in its convolutions, because its network is unknown (weight surgery). Running it
 * makes no sense then: what reads what is not known.
 */
export function withConvolutions(checkpoint: Checkpoint, assumeNorms: boolean): Checkpoint {
  if (checkpoint.graph || !checkpoint.weights) return checkpoint;
  return { ...checkpoint, ...checkpoint.weights.convolutions(assumeNorms) };
}
