import type { KernelSlicesResult } from '../../contract/results';
import type { InspectorState, Loadable } from '../../contract/page';
import type { Notice } from '../../contract/wire';
import type { Disposable } from '../dispose';
import { unclearIn, type Unclear } from '../reading/ask';
import { isCancelled, toErrorState } from '../errors';
import { isFact, type FileFacts } from '../facts/facts';
import type { WorkerClient } from '../workers/client';
import { PARTS, READINGS, type Part } from './readings';

/** The file a model shows. */
export interface InspectedFile {
  readonly fileName: string;
  readonly path: string;
  /** Why it cannot be read at all; set for a file that is on no disk. */
  readonly refusal?: Error;
}

/** A layer to be looked at from near. */
export interface SlicesWish {
  readonly layer: string;
  readonly filter?: number;
  readonly input?: number;
}

/** What a model needs from the extension. */
export interface ModelServices {
  readonly reader: Pick<WorkerClient<'reader'>, 'call'>;
  readonly locale: string;
  isTrusted(): boolean;
  logFailure(error: unknown): void;
  /** Hears what the file leaves open. */
  onUnclear?(unclear: Unclear): void;
}

/**
 * The state of one open checkpoint; any number of pages show it. Reads go through the reader process and are
 * given up when the model is disposed or the file is read anew.
 */
export class InspectorModel implements Disposable {
  private current: InspectorState;
  private readonly listeners = new Set<(state: InspectorState) => void>();
  private reading = new AbortController();
  private disposed = false;

  constructor(
    private readonly file: InspectedFile,
    private readonly services: ModelServices,
  ) {
    this.current = {
      fileName: file.fileName,
      path: file.path,
      locale: services.locale,
      trusted: services.isTrusted(),
      ...idle(PARTS),
    };
  }

  get state(): InspectorState {
    return this.current;
  }

  onChange(listener: (state: InspectorState) => void): Disposable {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  }

  /**
   * Reads the header, and what pages have asked for before. What is shown stays until the new answer is there, unless it
   * was an error.
   */
  async load(): Promise<void> {
    this.reading.abort();
    this.reading = new AbortController();
    const { signal } = this.reading;
    const later = PARTS.filter((part) => !READINGS[part].isFirst);
    const wanted = later.filter((part) => this.current[part].phase !== 'idle');
    for (const part of PARTS) if (READINGS[part].isFirst) await this.read(part);
    if (signal.aborted) return;
    if (this.current.inspect.phase === 'ready') await Promise.all(wanted.map((part) => this.read(part)));
    else this.update(idle(later));
  }

  /** Reads one part; does nothing while that is under way. */
  async read(part: Part): Promise<void> {
    const { signal } = this.reading;
    const { path, refusal } = this.file;
    this.update({ [part]: loadingUnlessReady<unknown>(this.current[part]) });
    try {
      if (refusal) throw refusal;
      const onNotice = (notice: Notice): void => this.noticed(notice);
      this.update(await READINGS[part].read(this.services.reader, path, { signal, onNotice }));
    } catch (error) {
      if (signal.aborted || isCancelled(error)) return;
      this.services.logFailure(error);
      this.update({ [part]: { phase: 'error', error: toErrorState(error, path) } });
    }
  }

  /**
   * Reads one layer from near for one of the pages.
   * @returns undefined when it was given up: by `asked`, or since the file is read anew
   */
  async readSlices(
    wanted: SlicesWish,
    asked: AbortSignal,
  ): Promise<Loadable<KernelSlicesResult> | undefined> {
    const signal = AbortSignal.any([this.reading.signal, asked]);
    const request = { path: this.file.path, ...wanted };
    try {
      const value = await this.services.reader.call('kernelSlices', request, { signal });
      return signal.aborted ? undefined : { phase: 'ready', value };
    } catch (error) {
      if (signal.aborted || isCancelled(error)) return undefined;
      this.services.logFailure(error);
      return { phase: 'error', error: toErrorState(error, this.file.path) };
    }
  }

  setTrusted(trusted: boolean): void {
    this.update({ trusted });
  }

  /** Replaces all that is known of the file beside its contents. */
  setFacts(facts: FileFacts): void {
    const others = Object.entries(this.current).filter(([name]) => !isFact(name));
    this.replace({ ...(Object.fromEntries(others) as Omit<InspectorState, keyof FileFacts>), ...facts });
  }

  setBackend(backend: InspectorState['backend']): void {
    this.update({ backend });
  }

  dispose(): void {
    this.disposed = true;
    this.reading.abort();
    this.listeners.clear();
  }

  private noticed(notice: Notice): void {
    const unclear = unclearIn(notice);
    if (unclear) this.services.onUnclear?.(unclear);
  }

  private update(change: Partial<InspectorState>): void {
    this.replace({ ...this.current, ...change });
  }

  private replace(state: InspectorState): void {
    this.current = state;
    if (this.disposed) return;
    for (const listener of this.listeners) listener(state);
  }
}

function idle(parts: readonly Part[]): Record<Part, { readonly phase: 'idle' }> {
  return Object.fromEntries(parts.map((part) => [part, { phase: 'idle' }])) as Record<
    Part,
    { phase: 'idle' }
  >;
}

function loadingUnlessReady<T>(part: Loadable<T>): Loadable<T> {
  return part.phase === 'ready' ? part : { phase: 'loading' };
}
