/** What the null models are called: untrained kernels that a file's are compared with, or its own, permuted. */
import { NULL_NAMES, REFERENCES } from '../../src/shared/positions';
import type { ReferenceName } from '../../src/shared/positions';
import { capitalised } from '../../src/shared/words';

interface NullWords {
  /** In a choice; of an untrained network also in a sentence, after `untrained`. */
  readonly label: string;
  /** Over its matrix. */
  readonly title: string;
  /** Below the title: how it is made. */
  readonly caption: string;
  /** Over its column of numbers. */
  readonly column: string;
}

const FUSED = 'null model, fused';
const WORDS: Readonly<Record<ReferenceName, NullWords>> = {
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
  permuted: {
    label: 'permuted',
    title: 'Own weights permuted',
    caption: 'within each kernel slice',
    column: 'Own weights, permuted',
  },
};

/** What a null model is called. */
export function nullWords(name: ReferenceName): NullWords {
  return WORDS[name];
}

function options<T extends ReferenceName>(names: readonly T[]): Array<{ value: T; label: string }> {
  return names.map((value) => ({ value, label: capitalised(WORDS[value].label) }));
}

/** The choice between the untrained networks. */
export const NULL_OPTIONS = options(NULL_NAMES);

/** The choice between all that a file is compared with. */
export const REFERENCE_OPTIONS = options(REFERENCES);
