import type { Progress } from '../../contract/results';
import type { OperationContext, Resting } from './context';

/** Least milliseconds between two reports. */
const RHYTHM = 100;

/** Counts what one phase of an operation has done, and reports it with rate and time left. */
export class Meter implements Resting {
  private started = performance.now();
  private reported = -Infinity;
  private done = 0;

  constructor(
    private readonly context: Pick<OperationContext, 'onProgress'>,
    private readonly phase: string,
    private readonly total: number,
    /** Whether it counts training steps of an arm. */
    private readonly kind: Pick<Progress, 'steps'> = {},
  ) {
    context.onProgress({ phase, ...kind, done: 0, total });
  }

  /** The time that the work rested is not counted. */
  onResume(milliseconds: number): void {
    this.started += milliseconds;
  }

  add(count: number): void {
    this.done += count;
    const now = performance.now();
    if (now - this.reported < RHYTHM && this.done < this.total) return;
    this.reported = now;
    const seconds = (now - this.started) / 1000;
    const perSecond = seconds > 0 ? this.done / seconds : 0;
    const { phase, kind, done, total } = this;
    const secondsLeft = perSecond > 0 ? Math.max(total - done, 0) / perSecond : undefined;
    this.context.onProgress({ phase, ...kind, done, total, secondsLeft, perSecond });
  }
}
