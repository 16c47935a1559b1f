import type { Checkpoint } from '../checkpoint';

/**
 * A checkpoint that is rewritten by its convolutions alone where its network is unknown (weight surgery). Running it
 * makes no sense then: what reads what is not known.
 */
export function withConvolutions(checkpoint: Checkpoint, assumeNorms: boolean): Checkpoint {
  if (checkpoint.graph || !checkpoint.convolutions) return checkpoint;
  return { ...checkpoint, ...checkpoint.convolutions(assumeNorms) };
}
