import type { CompareKernelsResult } from '../../contract/results';
import type { CompareState } from '../../contract/operations/compare';
import type { Target } from '../checkpoints/target';
import { HostError, isCancelled, toErrorState } from '../errors';
import type { FileStates } from '../facts/states';
import type { Measurements } from '../facts/measurements';
import type { CallOptions, WorkerClient } from '../workers/client';

/** Two files, of which the first one's pages show the comparison. */
export interface Compared {
  /** The file whose pages show it. */
  readonly target: Pick<Target, 'key' | 'path'>;
  readonly other: string;
  /** Whether the file is the later of the two. */
  readonly swapped: boolean;
}

/**
 * Comparisons of kernels. They only read, so that they wait for no job and need no trust; of each file one is under way, and a
 * newer one takes its place. What was found is among the facts of the file.
 */
export class Comparisons {
  private readonly running = new Map<string, AbortController>();
  private readonly known = new Map<string, Compared>();

  constructor(
    private readonly reader: Pick<WorkerClient<'reader'>, 'call'>,
    private readonly states: FileStates,
    private readonly measurements: Measurements,
    /** Of the last one asked for: pages remember it longer than a window lives. */
    private asked = Date.now(),
  ) {}

  /**
   * Compares, and lets the pages of the file show it.
   * @returns undefined when it was stopped, or a newer one took its place
   * @throws what the reader answers instead; the pages show that too
   */
  ask(compared: Compared): Promise<CompareKernelsResult | undefined> {
    this.asked++;
    return this.run(compared);
  }

  /** The same two files, the other way round. */
  async swap(file: string): Promise<CompareKernelsResult | undefined> {
    const compared = this.of(file);
    return this.run({ ...compared, swapped: !compared.swapped });
  }

  /** The same once more: the files have changed, or could not be read. */
  async again(file: string): Promise<CompareKernelsResult | undefined> {
    return this.run(this.of(file));
  }

  stop(file: string): void {
    this.running.get(file)?.abort();
  }

  private of(file: string): Compared {
    const compared = this.known.get(file);
    if (!compared) throw new HostError('nothing was compared with this file yet', file);
    return compared;
  }

  private async run(compared: Compared): Promise<CompareKernelsResult | undefined> {
    const { target } = compared;
    const { key: file, path } = target;
    this.stop(file);
    const controller = new AbortController();
    this.running.set(file, controller);
    const isCurrent = (): boolean => this.running.get(file) === controller;
    const show = (change: Partial<CompareState>): void => {
      if (isCurrent()) this.show(compared, change);
    };
    // What is shown of these two files stays until the new numbers are there.
    const { result: old } = this.shownBefore(compared) ?? {};
    this.known.set(file, compared);
    const kept = old && { result: old };
    show({ phase: 'running', ...kept });
    try {
      await this.measurements.begin(target, 'compare');
      const result = await this.read(compared, controller.signal, (progress) =>
        show({ phase: 'running', ...kept, progress }),
      );
      show({ phase: 'done', result });
      await this.measurements.look(file);
      return isCurrent() ? result : undefined;
    } catch (error) {
      if (!isCancelled(error)) show({ phase: 'failed', error: toErrorState(error, path) });
      else show({ phase: 'stopped', ...kept });
      if (isCancelled(error) || !isCurrent()) return undefined;
      throw error;
    } finally {
      if (isCurrent()) this.running.delete(file);
    }
  }

  private read(
    { target: { path }, other, swapped }: Compared,
    signal: AbortSignal,
    onProgress: (progress: NonNullable<CompareState['progress']>) => void,
  ): Promise<CompareKernelsResult> {
    const [before, after] = swapped ? [other, path] : [path, other];
    const options: CallOptions = {
      signal,
      onNotice: (notice) => {
        if (notice.kind === 'progress') onProgress(notice.progress);
      },
    };
    return this.reader.call('compareKernels', { before, after }, options);
  }

  private shownBefore({ target, other }: Compared): CompareState | undefined {
    const { compare } = this.states.get(target.key);
    return compare?.other === other ? compare : undefined;
  }

  private show({ target, other, swapped }: Compared, change: Partial<CompareState>): void {
    const compare: CompareState = { other, swapped, asked: this.asked, phase: 'running', ...change };
    this.states.update(target.key, { compare });
  }
}
