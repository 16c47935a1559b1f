import type { Progress } from '../../contract/results';
import type { ErrorState, RunPhase } from '../../contract/page';

/** How a check ended. */
export type CheckEnding<Result> =
  | { readonly phase: 'done'; readonly result: Result }
  | { readonly phase: 'stopped' }
  | { readonly phase: 'failed'; readonly error: ErrorState };

/** What pages show of every check, whatever it measures. */
interface Shared<Result> {
  readonly phase: RunPhase;
  readonly progress?: Progress;
  readonly result?: Result;
  readonly error?: ErrorState;
}

/** Gathers how far a check of a file has come, and its end; what it measures is its subclass's. */
export abstract class CheckRun<Result> {
  private phase: RunPhase = 'queued';
  private progress: Progress | undefined;
  protected result: Result | undefined;
  private error: ErrorState | undefined;

  begin(): void {
    this.phase = 'running';
  }

  setProgress(progress: Progress): void {
    this.progress = progress;
  }

  end(ending: CheckEnding<Result>): void {
    this.phase = ending.phase;
    if (ending.phase === 'done') this.result = ending.result;
    if (ending.phase === 'failed') this.error = ending.error;
  }

  protected get shared(): Shared<Result> {
    const { phase, progress, result, error } = this;
    return {
      phase,
      ...(progress && phase === 'running' && { progress }),
      ...(result && { result }),
      ...(error && { error }),
    };
  }
}
