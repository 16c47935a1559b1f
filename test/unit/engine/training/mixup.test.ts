import { describe, expect, it } from 'vitest';
import { mixed, mixingShare } from '../../../../src/engine/training/mixup';

describe('mixup', () => {
  it('mixes each image and its target with those of the image before it', () => {
    const batch = {
      input: Float32Array.of(1, 2, 10, 20, 100, 200),
      targets: Float32Array.of(1, 0, 0, 1, 1, 0),
    };
    const { input, targets } = mixed(batch, 3, 0.75);
    expect([...input]).toEqual([25.75, 51.5, 7.75, 15.5, 77.5, 155]);
    expect([...targets]).toEqual([1, 0, 0.25, 0.75, 0.75, 0.25]);
    expect(mixed(batch, 3, 1)).toEqual(batch);
  });

  it.each([0.2, 1, 4])('draws the share from Beta(α, α), α %d', (alpha) => {
    const shares = Array.from({ length: 20_000 }, (_, step) => mixingShare(alpha, 3, step));
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    const variance = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / shares.length;
    expect(mean).toBeCloseTo(0.5, 1.9);
    expect(variance / (1 / (4 * (2 * alpha + 1)))).toBeCloseTo(1, 1.5);
    expect(mixingShare(alpha, 3, 7)).toBe(shares[7]);
    expect(mixingShare(alpha, 4, 7)).not.toBe(shares[7]);
  });
});
