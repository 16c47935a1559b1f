/** One measured step of training. */
interface StepPoint {
  readonly step: number;
  readonly loss: number;
}

/** As many as a chart can show; more cost messages. */
const MOST = 600;

/** A curve by step of at most 600 points, evenly thinned as it grows; its newest point is always there. */
export class StepSeries {
  private kept: StepPoint[] = [];
  private newest: StepPoint | undefined;
  /** Least distance of two kept points, in steps. */
  private distance = 0;

  get points(): readonly StepPoint[] {
    return this.newest ? [...this.kept, this.newest] : this.kept;
  }

  /** A step that is not after the last one was done again: what was measured from there on no longer counts. */
  add(point: StepPoint): void {
    if (this.newest && this.newest.step >= point.step) this.newest = undefined;
    this.kept = this.kept.filter(({ step }) => step < point.step);
    if (this.newest) this.keep(this.newest);
    this.newest = point;
  }

  private keep(point: StepPoint): void {
    const last = this.kept.at(-1);
    if (last && point.step - last.step < this.distance) return;
    this.kept.push(point);
    if (this.kept.length < MOST) return;
    this.kept = this.kept.filter((_, index) => index % 2 === 0);
    const [first, second] = this.kept;
    this.distance = second.step - first.step;
  }
}
