import { z } from 'zod';
import type { Disposable } from './dispose';
import type { FileStates } from './file-states';

/** Where it is kept between windows; VS Code's Memento is one. */
interface Store {
  get(key: string): unknown;
  update(key: string, value: unknown): PromiseLike<void>;
}

/** In place of a model: none, whatever lies beside the file. */
export const NO_ARCHITECTURE = 'none';

const KEY = 'acnet.architectures';
/** Of more files the oldest are forgotten. */
const FILES = 200;
const entries = z.array(z.tuple([z.string(), z.string()]));

/**
 * Which ONNX model says how the network of a file of weights is built, for the files of this workspace where somebody has
 * chosen it. Every call of a worker on such a file takes it along.
 */
export class Architectures {
  /** By path of the file of weights, the newest last: path of the model, or `none`. */
  private readonly known: Map<string, string>;
  private readonly listeners = new Set<(file: string) => void>();

  /** @param keyOf the name of a file among the states of files */
  constructor(
    private readonly store: Store,
    private readonly states: FileStates,
    private readonly keyOf: (file: string) => string,
  ) {
    const stored = entries.safeParse(store.get(KEY));
    this.known = new Map(stored.success ? stored.data : []);
    for (const [file, model] of this.known) this.show(file, model);
  }

  /** Path of the model that was chosen for a file, or `none`; undefined where nobody has chosen. */
  of(file: string): string | undefined {
    return this.known.get(file);
  }

  /** @param model path of an ONNX model, or `none` */
  choose(file: string, model: string): void {
    this.known.delete(file);
    this.known.set(file, model);
    for (const oldest of [...this.known.keys()].slice(0, -FILES)) this.known.delete(oldest);
    this.show(file, model);
    void this.store.update(KEY, [...this.known]);
    for (const listener of this.listeners) listener(file);
  }

  /** Told of files that are to be read anew. */
  onChange(listener: (file: string) => void): Disposable {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  }

  private show(file: string, model: string): void {
    this.states.update(this.keyOf(file), { architecture: model });
  }
}
