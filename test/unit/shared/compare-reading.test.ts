import { describe, expect, it } from 'vitest';
import { comparisonReading } from '../../../src/shared/compare-reading';
import { createFormat } from '../../../src/shared/format';

/** Corners and the other positions of a 3×3 difference. */
function change(corner: number, rest: number): number[][] {
  return [
    [corner, rest, corner],
    [rest, rest, rest],
    [corner, rest, corner],
  ];
}

const nulls = { before: 'plain', after: 'plain' } as const;
const claimOf = (layers: readonly number[][][], total = change(-0.05, 0.05)): string =>
  comparisonReading({ nulls, total, layers }, createFormat('en')).claim;

describe('the reading of a comparison', () => {
  const steady = [change(-0.04, 0.05), change(-0.05, 0.05), change(-0.06, 0.05)];

  it('claims a gain that every layer has', () => {
    expect(claimOf(steady)).toBe('the skeleton gained 0.10 on the corners');
  });

  it('claims none where the layers differ by more', () => {
    // Gains of −0.2, 0.1 and 0.4: a mean of 0.1, its standard error is 0.3 / √3 = 0.17.
    const unsteady = [change(0.1, -0.1), change(-0.05, 0.05), change(-0.2, 0.2)];
    expect(claimOf(unsteady)).toBe('this does not show that training strengthened the skeleton');
  });

  it('claims none of two layers, nor one that nobody sees', () => {
    expect(claimOf(steady.slice(1))).toContain('does not show');
    const slight = change(-0.005, 0.005);
    expect(claimOf([slight, slight, slight], slight)).toContain('does not show');
  });
});
