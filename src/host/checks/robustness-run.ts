import type { RobustnessResult, RobustnessRow } from '../../contract/results';
import type { RobustnessState } from '../../contract/page';
import { CheckRun } from './check-run';

/** What a robustness check was asked for. */
type Asked = Pick<RobustnessState, 'data' | 'against' | 'limit'>;

/** Gathers the rows of a robustness check into what pages show of it. */
export class RobustnessRun extends CheckRun<RobustnessResult> {
  private readonly rows: RobustnessRow[] = [];

  constructor(private readonly asked: Asked) {
    super();
  }

  get state(): RobustnessState {
    return { ...this.asked, ...this.shared, rows: this.result?.rows ?? [...this.rows] };
  }

  add(row: RobustnessRow): void {
    this.rows.push(row);
  }
}
