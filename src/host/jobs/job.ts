import type { Progress } from '../../contract/results';
import type { JobState } from '../../contract/page';
import type { Notice } from '../../contract/wire';
import type { Disposable } from '../dispose';
import type { CallOptions } from '../workers/client';

/** What a job is about. */
export interface JobPlan {
  readonly title: string;
  readonly kind: JobState['kind'];
  /** URI of the checkpoint that it works on. */
  readonly file: string;
  /** Of a training run. */
  readonly jobFile?: string;
  /** Whether it can be halted and gone on with. */
  readonly pausable?: boolean;
}

type Phase = 'queued' | 'running' | 'ended';

/** One piece of work on a checkpoint: waiting, running or ended. */
export class Job {
  private readonly controller = new AbortController();
  private readonly listeners = new Set<() => void>();
  private readonly pauseListeners = new Set<() => void>();
  private phase: Phase = 'queued';
  private isPaused = false;
  private latest: Progress | undefined;
  private wholeDone: number | undefined;

  constructor(
    readonly id: number,
    readonly plan: JobPlan,
  ) {}

  /** Aborted when it was asked to stop. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get isQueued(): boolean {
    return this.phase === 'queued';
  }

  /** Whether anything is shown of it any more. */
  get hasEnded(): boolean {
    return this.phase === 'ended';
  }

  /** 0 … 1 of all its phases together, where that is known. */
  get overall(): number | undefined {
    return this.wholeDone;
  }

  /** What pages and lists show. */
  get state(): JobState {
    const { title, kind } = this.plan;
    return {
      title,
      kind,
      ...(this.isQueued && { queued: true }),
      ...(this.isPaused && { paused: true }),
      ...(this.signal.aborted && { stopping: true }),
      ...(this.latest && { progress: this.latest }),
    };
  }

  onChange(listener: () => void): Disposable {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  }

  /** Asks it to stop; it has not ended yet. */
  cancel(): void {
    if (this.signal.aborted || this.hasEnded) return;
    this.controller.abort();
    this.changed();
  }

  /** Does nothing to a job that cannot be halted. */
  setPaused(paused: boolean): void {
    if (!this.plan.pausable || paused === this.isPaused || this.hasEnded) return;
    this.isPaused = paused;
    for (const listener of this.pauseListeners) listener();
    this.changed();
  }

  setOverall(fraction: number): void {
    this.wholeDone = fraction;
    this.changed();
  }

  enter(phase: Exclude<Phase, 'queued'>): void {
    this.phase = phase;
    this.changed();
  }

  /**
   * How the job's one call of a worker is made: it stops, pauses and tells progress with the job.
   * @param onNotice gets the notices that are not progress
   */
  callOptions(onNotice?: (notice: Notice) => void): CallOptions {
    return {
      signal: this.signal,
      onNotice: (notice) => {
        if (notice.kind === 'progress') this.setProgress(notice.progress);
        onNotice?.(notice);
      },
      pausing: {
        isPaused: () => this.isPaused,
        onChange: (listener) => {
          this.pauseListeners.add(listener);
          return { dispose: () => this.pauseListeners.delete(listener) };
        },
      },
    };
  }

  private setProgress(progress: Progress): void {
    this.latest = progress;
    this.changed();
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}
