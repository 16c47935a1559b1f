import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Disposable } from '../dispose';

/** Where answers are kept between windows; VS Code's Memento is one. */
export interface Store {
  get(key: string): unknown;
  update(key: string, value: unknown): PromiseLike<void>;
}

/** A kind of answer that is remembered for a file. */
export interface Answer<T> {
  readonly schema: z.core.$ZodType<T>;
  /** What was answered, in words for a list, as in `images`. */
  readonly words: string;
  /** The store's name for all of them; of this window only when absent. */
  readonly storedAs?: string;
  /** Whether files are read by it, and so anew when it changes. */
  readonly isReadBy?: boolean;
}

/** Of more files the oldest are forgotten. */
const FILES = 200;
const RECENT = 50;

/** What somebody has answered for files, by path. */
export class Memory<T> {
  /** The newest last. */
  private readonly known: Map<string, T>;
  private readonly asked = new Map<string, Set<string>>();
  private readonly listeners = new Set<(file: string) => void>();

  constructor(
    private readonly store: Store,
    readonly answer: Answer<T>,
  ) {
    const { schema, storedAs } = answer;
    const stored = z
      .array(z.tuple([z.string(), schema]))
      .safeParse(storedAs === undefined ? [] : store.get(storedAs));
    this.known = new Map(stored.success ? stored.data.map(([file, known]) => [pathOf(file), known]) : []);
  }

  /** Undefined where nobody has answered. */
  of(file: string): T | undefined {
    return this.known.get(file);
  }

  /** Files and answers, the oldest first. */
  get all(): ReadonlyArray<readonly [string, T]> {
    return [...this.known];
  }

  /** Different answers, the newest first; no more than a list can offer. */
  get recent(): readonly T[] {
    return [...new Set([...this.known.values()].reverse())].slice(0, RECENT);
  }

  remember(file: string, answer: T): void {
    this.known.delete(file);
    this.known.set(file, answer);
    for (const oldest of [...this.known.keys()].slice(0, -FILES)) this.known.delete(oldest);
    this.changed(file);
  }

  /**
   * Takes back the answer, or that it was asked for and left unanswered.
   * @returns whether there was any
   */
  forget(file: string): boolean {
    const wasAsked = this.asked.delete(file);
    const wasKnown = this.known.delete(file);
    if (wasAsked || wasKnown) this.changed(file);
    return wasAsked || wasKnown;
  }

  /**
   * True once for each file and way of asking in a window, where nobody has answered: whoever has left the question
   * unanswered is not asked again.
   */
  isToBeAsked(file: string, how: string): boolean {
    const ways = this.asked.get(file) ?? new Set<string>();
    if (this.known.has(file) || ways.has(how)) return false;
    this.asked.set(file, ways.add(how));
    return true;
  }

  /** Told of files whose answer has changed. */
  onChange(listener: (file: string) => void): Disposable {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  }

  private changed(file: string): void {
    const { storedAs } = this.answer;
    if (storedAs !== undefined) void this.store.update(storedAs, [...this.known]);
    for (const listener of this.listeners) listener(file);
  }
}

/** Some answers were stored by the URI of their file once. */
function pathOf(file: string): string {
  if (!file.startsWith('file:')) return file;
  try {
    return fileURLToPath(file);
  } catch {
    return file;
  }
}
