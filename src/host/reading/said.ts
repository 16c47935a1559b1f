import type { Reading } from '../../contract/given';
import type { Memory } from '../memory/memory';
import type { Said, Stated } from './questions';

/** What was stated of files, by what it is. */
export type ReadingMemories = { readonly [K in Stated]: Memory<Said<K>> };

/** What was stated of a file. */
export function readingSaid({ equalWeights, bnEpsilon }: ReadingMemories, file: string): Reading {
  return statedIn({ equalWeights: equalWeights.of(file), bnEpsilon: bnEpsilon.of(file) });
}

/** Only what is stated: a property is left out where nothing is. */
export function statedIn({ equalWeights, bnEpsilon }: Reading): Reading {
  return {
    ...(equalWeights !== undefined && { equalWeights }),
    ...(bnEpsilon !== undefined && { bnEpsilon }),
  };
}

/** The same holds of a file that was made from it. */
export function rememberReading(memories: ReadingMemories, file: string, said: Reading): void {
  if (said.equalWeights !== undefined) memories.equalWeights.remember(file, said.equalWeights);
  if (said.bnEpsilon !== undefined) memories.bnEpsilon.remember(file, said.bnEpsilon);
}
