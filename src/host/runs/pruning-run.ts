import type { PositionGroup, Progress, PruneResult, PruningPoint } from '../../operations/results';
import type { ErrorState, PruningOptions, PruningState, RunPhase } from '../../protocol/inspector';

/** Gathers the points of a pruning check into what pages show of it. */
export class PruningRun {
  private phase: RunPhase = 'queued';
  private readonly curves = new Map<PositionGroup, readonly PruningPoint[]>();
  private progress: Progress | undefined;
  private result: PruneResult | undefined;
  private error: ErrorState | undefined;

  constructor(
    private readonly data: string,
    private readonly options: PruningOptions,
  ) {}

  get state(): PruningState {
    const { data, phase, options, progress, result, error } = this;
    return {
      data,
      phase,
      options,
      curves: result?.curves ?? Object.fromEntries(this.curves),
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

  add(group: PositionGroup, point: PruningPoint): void {
    const others = (this.curves.get(group) ?? []).filter(({ ratio }) => ratio !== point.ratio);
    this.curves.set(
      group,
      [...others, point].sort((a, b) => a.ratio - b.ratio),
    );
  }

  end(
    ending:
      | { readonly phase: 'done'; readonly result: PruneResult }
      | { readonly phase: 'stopped' }
      | { readonly phase: 'failed'; readonly error: ErrorState },
  ): void {
    this.phase = ending.phase;
    if (ending.phase === 'done') this.result = ending.result;
    if (ending.phase === 'failed') this.error = ending.error;
  }
}
