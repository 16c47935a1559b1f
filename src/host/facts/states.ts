import type { Disposable } from '../dispose';
import type { FileFacts } from './facts';

/**
 * The facts of every file that was worked on in this window, by URI, whether an editor shows it or not: a run that
 * was begun from a job file is seen when its checkpoint is opened later.
 */
export class FileStates {
  private readonly facts = new Map<string, FileFacts>();
  private readonly listeners = new Set<(file: string) => void>();

  get(file: string): FileFacts {
    return this.facts.get(file) ?? {};
  }

  /** Replaces some facts; `undefined` takes one away. */
  update(file: string, change: Partial<FileFacts>): void {
    const changed = Object.entries({ ...this.get(file), ...change }).filter(
      ([, value]) => value !== undefined,
    );
    this.facts.set(file, Object.fromEntries(changed));
    for (const listener of this.listeners) listener(file);
  }

  onChange(listener: (file: string) => void): Disposable {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  }
}
