import { z } from 'zod';
import { bnEpsilon, equalWeights } from '../../contract/given';
import { Owner, type Disposable } from '../dispose';
import type { FileStates } from '../facts/states';
import { said } from '../preprocessing/words';
import { Memory, type Answer, type Store } from './memory';

/** An answer, and the fact of its file as which pages show it, if they do. */
interface Shown<T> extends Answer<T> {
  readonly shows?: 'lastData' | 'lastAgainst' | 'architecture';
}

const answer = <T>(record: Shown<T>): Shown<T> => record;

/** Everything that is asked once for a file and then remembered; a command takes it all back. */
export const ANSWERS = {
  /** Which images were last used on a checkpoint. */
  data: answer({ schema: z.string(), words: 'images', storedAs: 'acnet.lastData', shows: 'lastData' }),
  /** Which checkpoint the next robustness check compares it with. */
  against: answer({ schema: z.string(), words: 'second checkpoint', shows: 'lastAgainst' }),
  /** How images are made ready for its network. */
  preprocessing: answer({ schema: said, words: 'preprocessing', storedAs: 'acnet.preprocessing' }),
  /** Which ONNX model says how the network of a file of weights is built: its path, or `none`. */
  architecture: answer({
    schema: z.string(),
    words: 'attached architecture',
    storedAs: 'acnet.architectures',
    isReadBy: true,
    shows: 'architecture',
  }),
  /** Whether weights that a file has once, because they are equal, are one layer's or several layers'. */
  equalWeights: answer({
    schema: equalWeights,
    words: 'equal weights',
    storedAs: 'acnet.equalWeights',
    isReadBy: true,
  }),
  /** What batch norms add to the variance, of weights that do not store it. */
  bnEpsilon: answer({
    schema: bnEpsilon,
    words: 'ε of batch norms',
    storedAs: 'acnet.bnEpsilon',
    isReadBy: true,
  }),
};

type Answers = typeof ANSWERS;

/** What is remembered for the files of a workspace, by kind of answer. */
export type Memories = {
  readonly [K in keyof Answers]: Answers[K] extends Shown<infer T> ? Memory<T> : never;
};

/**
 * Reads what earlier windows have kept, and shows it with the files.
 * @param keyOf the name of a file among what is known of files
 */
export function openMemories(store: Store, states: FileStates, keyOf: (file: string) => string): Memories {
  const open = <T>({ shows, ...record }: Shown<T>): Memory<T> => {
    const memory = new Memory(store, record);
    if (!shows) return memory;
    const show = (file: string): void => states.update(keyOf(file), { [shows]: memory.of(file) });
    for (const [file] of memory.all) show(file);
    memory.onChange(show);
    return memory;
  };
  const memories = Object.entries(ANSWERS).map(([name, record]) => [name, open<unknown>(record)]);
  return Object.fromEntries(memories) as Memories;
}

/** Told of files that are to be read anew. */
export interface Rereading {
  onChange(listener: (file: string) => void): Disposable;
}

/** The changes of all answers by which files are read. */
export function rereadingOf(memories: Memories): Rereading {
  return {
    onChange: (listener) => {
      const all = Object.values(memories).filter(({ answer }) => answer.isReadBy);
      const owner = new Owner();
      for (const memory of all) owner.track(memory.onChange(listener));
      return owner;
    },
  };
}

/**
 * Takes back every answer for a file.
 * @returns what there was, in words
 */
export function forgetAll(memories: Memories, file: string): string[] {
  return Object.values(memories).flatMap((memory) => (memory.forget(file) ? [memory.answer.words] : []));
}
