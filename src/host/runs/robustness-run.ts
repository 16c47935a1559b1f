import type { Progress, RobustnessResult, RobustnessRow } from '../../operations/results';
import type { ErrorState, RobustnessState, RunPhase } from '../../protocol/inspector';

/** What a robustness check was asked for. */
type Asked = Pick<RobustnessState, 'data' | 'against' | 'limit'>;

/** Gathers the rows of a robustness check into what pages show of it. */
export class RobustnessRun {
  private phase: RunPhase = 'queued';
  private readonly rows: RobustnessRow[] = [];
  private progress: Progress | undefined;
  private result: RobustnessResult | undefined;
  private error: ErrorState | undefined;

  constructor(private readonly asked: Asked) {}

  get state(): RobustnessState {
    const { asked, phase, rows, progress, result, error } = this;
    return {
      ...asked,
      phase,
      rows: result?.rows ?? [...rows],
      ...(progress && phase === 'running' && { progress }),
      ...(result && { result }),
      ...(error && { error }),
    };
  }

  begin(): void {
    this.phase = 'running';
  }

  setProgress(progress: Progress): void {
    this.progress = progress;
  }

  add(row: RobustnessRow): void {
    this.rows.push(row);
  }

  end(
    ending:
      | { readonly phase: 'done'; readonly result: RobustnessResult }
      | { readonly phase: 'stopped' }
      | { readonly phase: 'failed'; readonly error: ErrorState },
  ): void {
    this.phase = ending.phase;
    if (ending.phase === 'done') this.result = ending.result;
    if (ending.phase === 'failed') this.error = ending.error;
  }
}
