import type { RecognisedArchitecture } from '../opened';
import type { NetworkBuilder } from './network';

/** What an architecture made of a state dict. */
export interface Described extends Omit<RecognisedArchitecture, 'prefix'> {
  /** The value that is the network's output. */
  readonly output: string;
}

/**
 * Builds a network from the tensors of a state dict if they are those of its architecture.
 * @returns undefined if they are plainly not
 * @throws Mismatch if something is missing or other than it should be.
 */
export type Recogniser = (net: NetworkBuilder) => Described | undefined;
