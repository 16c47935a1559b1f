import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extent, resolvePadding, samePadding, windowOutput } from '../../../src/core/graph/padding';

describe('samePadding', () => {
  it('puts the smaller half first', () => {
    // 4 rows, window 2, stride 1: one zero is lacking, and it goes behind.
    expect(samePadding(4, 2, 1, 1)).toEqual([0, 1]);
    expect(samePadding(5, 3, 1, 1)).toEqual([1, 1]);
  });

  it('depends on the input size when the stride is 2', () => {
    expect(samePadding(8, 3, 2, 1)).toEqual([0, 1]);
    expect(samePadding(9, 3, 2, 1)).toEqual([1, 1]);
  });

  it('is never negative', () => {
    expect(samePadding(8, 1, 2, 1)).toEqual([0, 0]);
  });

  it('makes exactly the windows that "same" promises', () => {
    const size = fc.integer({ min: 1, max: 64 });
    const small = fc.integer({ min: 1, max: 7 });
    fc.assert(
      fc.property(
        size,
        small,
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 3 }),
        (n, k, s, d) => {
          const [before, after] = samePadding(n, k, s, d);
          expect(after - before === 0 || after - before === 1).toBe(true);
          const windows = Math.floor((n + before + after - extent(k, d)) / s) + 1;
          expect(windows).toBe(Math.ceil(n / s));
        },
      ),
    );
  });
});

describe('windowOutput', () => {
  it.each([
    [28, 3, 1, 1, 'same', 28],
    [28, 3, 1, 1, 'valid', 26],
    [28, 3, 2, 1, 'same', 14],
    [29, 3, 2, 1, 'valid', 14],
    [28, 3, 1, 2, 'valid', 24],
    [28, 5, 1, 1, 4, 28],
  ] as const)(
    'size %i, kernel %i, stride %i, dilation %i, %s: %i',
    (size, kernel, stride, dilation, padding, out) => {
      expect(windowOutput(size, kernel, stride, dilation, padding)).toBe(out);
    },
  );

  it('stays unknown for an unknown size', () => {
    expect(windowOutput(null, 3, 1, 1, 'same')).toBeNull();
  });
});

describe('resolvePadding', () => {
  const window = { kernel: [3, 5], stride: [1, 2], dilation: [1, 1] } as const;

  it('resolves each axis by itself', () => {
    expect(resolvePadding('same', [6, 8], window)).toEqual({ top: 1, bottom: 1, left: 1, right: 2 });
  });

  it('is nothing for "valid" and itself when explicit', () => {
    expect(resolvePadding('valid', [6, 8], window)).toEqual({ top: 0, bottom: 0, left: 0, right: 0 });
    const sides = { top: 1, bottom: 2, left: 3, right: 4 };
    expect(resolvePadding(sides, [6, 8], window)).toBe(sides);
  });
});
