import type { KernelSlicesResult, KernelsResult } from '../../contract/results';
import type { InspectorState, Loadable } from '../../contract/page';
import type { Notice } from '../../contract/wire';
import type { Disposable } from '../dispose';
import { unclearIn } from '../equal-weights/ask';
import { isCancelled, toErrorState } from '../errors';
import { isFact, type FileFacts } from '../facts/facts';
import type { WorkerClient } from '../workers/client';

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
  /** Told where a file does not show whose its equal weights are. */
  onUnclear?(file: string): void;
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
      inspect: { phase: 'idle' },
      kernels: { phase: 'idle' },
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
   * Reads the header, and the kernels where a page has asked for them before. What is shown stays until the new
   * answer is there, unless it was an error.
   */
  async load(): Promise<void> {
    this.reading.abort();
    this.reading = new AbortController();
    const { signal } = this.reading;
    const wanted = this.current.kernels.phase !== 'idle';
    this.update({ inspect: loadingUnlessReady(this.current.inspect) });
    await this.settle('inspect', signal, async () => {
      if (this.file.refusal) throw this.file.refusal;
      const { readMilliseconds, ...value } = await this.services.reader.call(
        'inspect',
        { path: this.file.path },
        { signal, onNotice: (notice) => this.noticed(notice) },
      );
      this.update({ inspect: { phase: 'ready', value }, readMilliseconds });
    });
    if (signal.aborted) return;
    if (this.current.inspect.phase !== 'ready') this.update({ kernels: { phase: 'idle' } });
    else if (wanted) await this.loadKernels();
  }

  /** Computes the kernels' magnitudes; does nothing while that is under way. */
  async loadKernels(): Promise<void> {
    const { signal } = this.reading;
    this.update({ kernels: loadingUnlessReady(this.current.kernels) });
    await this.settle('kernels', signal, async () => {
      const value: KernelsResult = await this.services.reader.call(
        'kernels',
        { path: this.file.path },
        { signal },
      );
      this.update({ kernels: { phase: 'ready', value } });
    });
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
    if (unclear !== undefined) this.services.onUnclear?.(unclear);
  }

  private async settle(
    part: 'inspect' | 'kernels',
    signal: AbortSignal,
    work: () => Promise<void>,
  ): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (signal.aborted || isCancelled(error)) return;
      this.services.logFailure(error);
      this.update({ [part]: { phase: 'error', error: toErrorState(error, this.file.path) } });
    }
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

function loadingUnlessReady<T>(part: Loadable<T>): Loadable<T> {
  return part.phase === 'ready' ? part : { phase: 'loading' };
}
