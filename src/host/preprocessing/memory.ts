import { z } from 'zod';
import type { Said } from './words';

/** Where it is kept between windows; VS Code's Memento is one. */
interface Store {
  get(key: string): unknown;
  update(key: string, value: unknown): PromiseLike<void>;
}

const KEY = 'acnet.preprocessing';
/** Of more files the oldest are forgotten. */
const FILES = 50;
const numbers = z.array(z.number()).max(64).optional();
const entries = z.array(
  z.tuple([
    z.string(),
    z.strictObject({
      size: z.int().positive().optional(),
      scale: z.number().positive().optional(),
      mean: numbers,
      std: numbers,
    }),
  ]),
);

/** How images are made ready for the networks of the workspace, where the user has chosen it. */
export class PreprocessingMemory {
  /** By URI of the checkpoint, the newest last. */
  private readonly known: Map<string, Said>;

  constructor(private readonly store: Store) {
    const stored = entries.safeParse(store.get(KEY));
    this.known = new Map(stored.success ? stored.data : []);
  }

  of(file: string): Said | undefined {
    return this.known.get(file);
  }

  /** Nothing said is nothing remembered. */
  remember(file: string, said: Said): void {
    this.known.delete(file);
    if (Object.values(said).some((value) => value !== undefined)) this.known.set(file, said);
    for (const oldest of [...this.known.keys()].slice(0, -FILES)) this.known.delete(oldest);
    void this.store.update(KEY, [...this.known]);
  }
}
