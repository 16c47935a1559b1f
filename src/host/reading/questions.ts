import type { Reading } from '../../contract/given';
import { askText, type PickItem } from '../ui/window';

/** What a person can state of a file. */
export type Stated = keyof Reading;

/** What was stated. */
export type Said<K extends Stated> = NonNullable<Reading[K]>;

interface Choice<T> extends PickItem {
  /** What the choice states; asked further where it is a function. */
  readonly means: T | (() => Thenable<T | undefined>);
}

interface Question<K extends Stated> {
  /** What is asked about, over the choices. */
  readonly about: string;
  readonly why: string;
  readonly choices: ReadonlyArray<Choice<Said<K>>>;
  /** What the page's notes say; how to choose is added. */
  readonly note: string;
}

/** One record for everything that a person can state and a file may leave open. */
export const QUESTIONS: { readonly [K in Stated]: Question<K> } = {
  equalWeights: {
    about: 'Equal Weights',
    why: 'The exporter wrote equal weights once; the file does not show whether they are one layer’s or several layers’.',
    choices: [
      {
        label: 'Each layer has its own',
        detail:
          'They were equal when the model was exported, as in a new network. Training changes each by itself.',
        means: 'separate',
      },
      {
        label: 'The layers share them',
        detail: 'One set of weights that several layers use. It stays one.',
        means: 'shared',
      },
    ],
    note: 'The file does not show whether its equal weights belong to one layer or to several.',
  },
  bnEpsilon: {
    about: 'Batch Norms',
    why: 'The file does not store what its batch norms add to the variance (ε). PyTorch’s default is assumed.',
    choices: [
      { label: 'ε = 1e-5', detail: 'PyTorch’s default.', means: 1e-5 },
      {
        label: 'ε = 1e-3',
        detail: 'Keras’s default; also of networks that were ported from TensorFlow, as EfficientNet.',
        means: 1e-3,
      },
      { label: 'Another ε…', detail: 'As the network’s source has it: eps=…', means: askEpsilon },
    ],
    note: 'The file does not store what its batch norms add to the variance (ε): PyTorch’s default is assumed.',
  },
};

function askEpsilon(): Thenable<number | undefined> {
  const read = (typed: string): number | undefined => {
    const value = Number(typed);
    return typed.trim() !== '' && value > 0 && value < 1 ? value : undefined;
  };
  return askText({
    title: 'ε of the Batch Norms',
    prompt: 'What every batch norm adds to the variance, as in eps=0.001',
    validateInput: (typed) =>
      read(typed) === undefined ? 'ε must be a number above 0 and below 1, as in 1e-3' : undefined,
  }).then((typed) => (typed === undefined ? undefined : read(typed)));
}
