/** What the null models are called: the untrained kernels that a file's are compared with. */
import { NULL_NAMES } from '../../src/shared/positions';
import type { NullName } from '../../src/shared/positions';
import { capitalised } from '../../src/shared/words';

interface NullWords {
  /** In a sentence, after `untrained`. */
  readonly label: string;
  /** Over its matrix. */
  readonly title: string;
  /** Below the title: how it is made. */
  readonly caption: string;
  /** Over its column of numbers. */
  readonly column: string;
}

const FUSED = 'null model, fused';
const WORDS: Readonly<Record<NullName, NullWords>> = {
  plain: {
    label: 'plain',
    title: 'Untrained, same layers',
    caption: 'null model',
    column: 'Untrained, plain',
  },
  skeleton: { label: 'ACNet', title: 'Untrained ACNet', caption: FUSED, column: 'Untrained ACNet' },
  border: {
    label: 'border variant',
    title: 'Untrained border variant',
    caption: FUSED,
    column: 'Untrained border variant',
  },
};

/** What a null model is called. */
export function nullWords(name: NullName): NullWords {
  return WORDS[name];
}

/** The choice between the null models. */
export const NULL_OPTIONS = NULL_NAMES.map((value) => ({ value, label: capitalised(WORDS[value].label) }));
