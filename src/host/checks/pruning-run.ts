import type { PruneResult, PruningPoint } from '../../contract/results';
import type { PruningOptions, PruningState } from '../../contract/page';
import { CheckRun } from './check-run';
import type { PositionGroup } from '../../shared/position-groups';

/** Gathers the points of a pruning check into what pages show of it. */
export class PruningRun extends CheckRun<PruneResult> {
  private readonly curves = new Map<PositionGroup, readonly PruningPoint[]>();

  constructor(
    private readonly data: string,
    private readonly options: PruningOptions,
  ) {
    super();
  }

  get state(): PruningState {
    const { data, options } = this;
    const curves = this.result?.curves ?? Object.fromEntries(this.curves);
    return { data, options, ...this.shared, curves };
  }

  add(group: PositionGroup, point: PruningPoint): void {
    const others = (this.curves.get(group) ?? []).filter(({ ratio }) => ratio !== point.ratio);
    this.curves.set(
      group,
      [...others, point].sort((a, b) => a.ratio - b.ratio),
    );
  }
}
