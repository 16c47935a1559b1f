import { z } from 'zod';
import type { Disposable } from '../dispose';

/** Where it is kept between windows; VS Code's Memento is one. */
export interface Store {
  get(key: string): unknown;
  update(key: string, value: unknown): PromiseLike<void>;
}

/** Of more files the oldest are forgotten. */
const FILES = 200;

/** What somebody has chosen for files of this workspace. Every call of a worker on such a file takes it along. */
export class FileChoices<T extends string> {
  /** By path, the newest last. */
  private readonly known: Map<string, T>;
  private readonly listeners = new Set<(file: string) => void>();

  /** @param key the store's name for all of them */
  constructor(
    private readonly store: Store,
    private readonly key: string,
    choice: z.core.$ZodType<T>,
  ) {
    const stored = z.array(z.tuple([z.string(), choice])).safeParse(store.get(key));
    this.known = new Map(stored.success ? stored.data : []);
  }

  /** Undefined where nobody has chosen. */
  of(file: string): T | undefined {
    return this.known.get(file);
  }

  /** Files and choices. */
  protected get all(): ReadonlyArray<readonly [string, T]> {
    return [...this.known];
  }

  choose(file: string, choice: T): void {
    this.known.delete(file);
    this.known.set(file, choice);
    for (const oldest of [...this.known.keys()].slice(0, -FILES)) this.known.delete(oldest);
    void this.store.update(this.key, [...this.known]);
    for (const listener of this.listeners) listener(file);
  }

  /** Told of files that are to be read anew. */
  onChange(listener: (file: string) => void): Disposable {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  }
}

/** Told of files that are to be read anew, whatever was chosen for them. */
export interface ChoiceChanges {
  onChange(listener: (file: string) => void): Disposable;
}

/** The changes of several. */
export function changesOf(choices: readonly ChoiceChanges[]): ChoiceChanges {
  return {
    onChange: (listener) => {
      const all = choices.map((each) => each.onChange(listener));
      return { dispose: () => all.forEach((each) => each.dispose()) };
    },
  };
}
