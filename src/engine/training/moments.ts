import type { Moments } from '../backend';

/** Joins the moments of batches into those of all their images (Chan, Golub and LeVeque, 1979). */
export class MomentsSum {
  private count = 0;
  private mean = new Float64Array();
  private squares = new Float64Array();

  add({ mean, variance, count }: Moments): void {
    if (this.count === 0) {
      this.mean = new Float64Array(mean.length);
      this.squares = new Float64Array(mean.length);
    }
    const total = this.count + count;
    for (let channel = 0; channel < mean.length; channel++) {
      const difference = mean[channel] - this.mean[channel];
      this.mean[channel] += (difference * count) / total;
      this.squares[channel] += variance[channel] * count + (difference ** 2 * this.count * count) / total;
    }
    this.count = total;
  }

  get moments(): Moments {
    return {
      mean: this.mean,
      variance: this.squares.map((square) => square / this.count),
      count: this.count,
    };
  }
}
