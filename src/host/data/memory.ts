import { z } from 'zod';
import type { FileStates } from '../files/file-states';

/** Where it is kept between windows; VS Code's Memento is one. */
interface Store {
  get(key: string): unknown;
  update(key: string, value: unknown): PromiseLike<void>;
}

const KEY = 'acnet.lastData';
/** Of more files the oldest are forgotten. */
const FILES = 50;
const entries = z.array(z.tuple([z.string(), z.string()]));

/** Which images were last used on which checkpoint of the workspace. */
export class DataMemory {
  /** By URI of the checkpoint, the newest last. */
  private readonly known: Map<string, string>;

  constructor(
    private readonly store: Store,
    private readonly states: FileStates,
  ) {
    const stored = entries.safeParse(store.get(KEY));
    this.known = new Map(stored.success ? stored.data : []);
    for (const [file, data] of this.known) states.update(file, { lastData: data });
  }

  /** The images last used on a file. */
  of(file: string): string | undefined {
    return this.known.get(file);
  }

  /** Every folder or file of images that was used, the newest first. */
  get recent(): readonly string[] {
    return [...new Set([...this.known.values()].reverse())];
  }

  remember(file: string, data: string): void {
    this.known.delete(file);
    this.known.set(file, data);
    for (const oldest of [...this.known.keys()].slice(0, -FILES)) this.known.delete(oldest);
    this.states.update(file, { lastData: data });
    void this.store.update(KEY, [...this.known]);
  }
}
