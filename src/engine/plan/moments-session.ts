import type { InferenceSession, Moments, MomentsSession } from '../backend';

/**
 * Statistics of values, from a session whose outputs are the mean and the variance of each in turn: the values themselves are
 * never taken out.
 */
export class PlannedMoments implements MomentsSession {
  constructor(
    private readonly session: InferenceSession,
    readonly values: readonly string[],
    /** Elements of one image that one channel's statistics are over, per value. */
    private readonly positions: readonly number[],
  ) {}

  run(inputs: readonly Float32Array[], batch: number): readonly Moments[] {
    const results = this.session.run(inputs, batch);
    return this.values.map((_, i) => ({
      mean: Float64Array.from(results[2 * i].values),
      variance: Float64Array.from(results[2 * i + 1].values),
      count: batch * this.positions[i],
    }));
  }

  dispose(): void {
    this.session.dispose();
  }
}
