import type { Progress } from '../../contract/results';
import type { ErrorState, RunPhase } from '../../contract/run';
import type { Notice } from '../../contract/wire';

/** How a check ended. */
export type CheckEnding<Result> =
  | { readonly phase: 'done'; readonly result: Result }
  | { readonly phase: 'stopped' }
  | { readonly phase: 'failed'; readonly error: ErrorState };

/** What pages show of every check, whatever it measures. */
export interface CheckState<Result> {
  readonly phase: RunPhase;
  readonly progress?: Progress;
  readonly result?: Result;
  readonly error?: ErrorState;
  readonly outdated?: boolean;
}

/** Gathers what is a check's own. */
export interface Gathering<Result, Own> {
  /** Keeps what the trainer tells on the way. */
  note(notice: Notice): void;
  /** What pages show of it. @param result once it is there, in place of the progress */
  shown(result: Result | undefined): Own;
}

/** Gathers how far a check of a file has come, what it has measured, and its end. */
export class CheckRun<Result, Own> {
  private phase: RunPhase = 'queued';
  private progress: Progress | undefined;
  private result: Result | undefined;
  private error: ErrorState | undefined;

  constructor(private readonly own: Gathering<Result, Own>) {}

  begin(): void {
    this.phase = 'running';
  }

  setProgress(progress: Progress): void {
    this.progress = progress;
  }

  note(notice: Notice): void {
    this.own.note(notice);
  }

  end(ending: CheckEnding<Result>): void {
    this.phase = ending.phase;
    if (ending.phase === 'done') this.result = ending.result;
    if (ending.phase === 'failed') this.error = ending.error;
  }

  get state(): Own & CheckState<Result> {
    const { phase, progress, result, error } = this;
    return {
      ...this.own.shown(result),
      phase,
      ...(progress && phase === 'running' && { progress }),
      ...(result && { result }),
      ...(error && { error }),
    };
  }
}
