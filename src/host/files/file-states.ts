import type { InspectorState } from '../../contract/page';
import type { Disposable } from '../dispose';

/** What is known of a file beside its contents: the work on it, and what that came to. */
export type FileFacts = Pick<
  InspectorState,
  | 'job'
  | 'training'
  | 'pruning'
  | 'robustness'
  | 'verify'
  | 'compare'
  | 'lastData'
  | 'lastAgainst'
  | 'architecture'
>;

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
