import { describe, expect, it } from 'vitest';
import { chiSquareQuantile, seedMean, seedsNeeded, studentQuantile } from '../../../src/core/analysis/seeds';

describe('quantiles', () => {
  // SciPy 1.17.1: scipy.stats.t.ppf(0.975, df)
  it.each([
    [1, 12.706204736174694],
    [2, 4.302652729749462],
    [3, 3.1824463052837078],
    [4, 2.7764451051977934],
    [9, 2.262157162798205],
    [30, 2.0422724563012378],
    [99, 1.9842169515864174],
  ])('of Student’s t with %i degrees of freedom', (freedom, expected) => {
    expect(studentQuantile(0.975, freedom)).toBeCloseTo(expected, 9);
  });

  // SciPy 1.17.1: scipy.stats.chi2.ppf(0.2, df)
  it.each([
    [1, 0.0641847546673016],
    [2, 0.4462871026284195],
    [3, 1.0051740130523492],
    [4, 1.648776618065969],
    [9, 5.380053211773292],
    [50, 41.449210673620215],
  ])('of χ² with %i degrees of freedom', (freedom, expected) => {
    expect(chiSquareQuantile(0.2, freedom)).toBeCloseTo(expected, 7);
  });
});

describe('the mean over seeds', () => {
  it('has the interval of Student’s t', () => {
    const { mean, deviation, low, high } = seedMean([0.2, 0.5, 0.8]);
    expect(mean).toBeCloseTo(0.5, 12);
    expect(deviation).toBeCloseTo(0.3, 12);
    expect(high - mean).toBeCloseTo((4.302652729749462 * 0.3) / Math.sqrt(3), 9);
    expect(mean - low).toBeCloseTo(high - mean, 12);
  });

  it('covers the true one in 95 of 100 cases', () => {
    // Triples of a fixed sequence that fills the unit square evenly: no luck of a seed.
    const normal = (u: number, v: number): number => Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
    const part = (i: number, step: number): number => (0.5 + i * step) % 1;
    const steps = [Math.SQRT2, Math.sqrt(3), Math.sqrt(5), Math.sqrt(7), Math.sqrt(11), Math.sqrt(13)];
    let covered = 0;
    for (let i = 1; i <= 4000; i++) {
      const [a, b, c, d, e, f] = steps.map((step) => part(i, step));
      const { low, high } = seedMean([normal(a, b), normal(c, d), normal(e, f)]);
      if (low <= 0 && high >= 0) covered++;
    }
    expect(Math.abs(covered / 4000 - 0.95)).toBeLessThan(0.015);
  });

  it('says how many seeds an interval needs, from the upper bound of what a pilot shows', () => {
    const pilot = [0.2, 0.5, 0.8];
    // σ is at most 0.3 · √(2 / 0.4463) = 0.635 with 80 % confidence.
    const needed = seedsNeeded(pilot, 0.3) ?? 0;
    const half = (count: number): number => (studentQuantile(0.975, count - 1) * 0.635) / Math.sqrt(count);
    expect(half(needed)).toBeLessThanOrEqual(0.3);
    expect(half(needed - 1)).toBeGreaterThan(0.3);
    expect(seedsNeeded(pilot, 1e-4)).toBeUndefined();
    expect(seedsNeeded([1, 1, 1], 0.3)).toBe(3);
  });
});
