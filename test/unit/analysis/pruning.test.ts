import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupShare, inGroup } from '../../../src/core/analysis/position';
import {
  coarseFirst,
  firstBelow,
  kernelSizes,
  prunableKernels,
  pruneWeights,
  pruningMask,
} from '../../../src/core/analysis/pruning';
import { createRandom } from '../../../src/core/random';
import { NetworkBuilder } from '../../support/reference-networks';
import type { PositionGroup } from '../../../src/shared/position-groups';

const picture = (group: PositionGroup, height: number, width: number): string =>
  Array.from({ length: height }, (_, row) =>
    Array.from({ length: width }, (__, column) =>
      inGroup(group, [height, width], row, column) ? '#' : '.',
    ).join(''),
  ).join(' ');

describe('position groups', () => {
  it.each([
    ['corner', 3, 3, '#.# ... #.#'],
    ['skeleton', 3, 3, '.#. ### .#.'],
    ['global', 3, 3, '### ### ###'],
    ['square', 3, 3, '##. ##. ...'],
    ['border', 3, 3, '..# ..# ###'],
    ['skeleton', 4, 4, '.#.. #### .#.. .#..'],
    ['skeleton', 2, 5, '##### ..#..'],
    ['corner', 5, 2, '.# .# .. .# .#'],
  ] as const)('%s of %i × %i', (group, height, width, expected) => {
    expect(picture(group, height, width)).toBe(expected);
  });

  it('hold the shares of the paper', () => {
    expect(groupShare('corner', [3, 3])).toBeCloseTo(4 / 9, 12);
    expect(groupShare('skeleton', [3, 3])).toBeCloseTo(5 / 9, 12);
    expect(groupShare('global', [3, 3])).toBe(1);
  });
});

const group = fc.constantFrom<PositionGroup>('corner', 'skeleton', 'global', 'square', 'border');

describe('pruning masks', () => {
  it('zero exactly the rounded number of weights, all of the group', () => {
    const size = fc.integer({ min: 2, max: 5 });
    const channels = fc.integer({ min: 1, max: 6 });
    fc.assert(
      fc.property(
        size,
        size,
        channels,
        channels,
        group,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(),
        (h, w, i, o, g, ratio, seed) => {
          const mask = pruningMask([h, w, i, o], g, ratio, createRandom(seed));
          const wanted = Math.round(ratio * h * w * i * o);
          const possible =
            ratio <= groupShare(g, [h, w]) && wanted <= Math.round(groupShare(g, [h, w]) * h * w * i * o);
          expect(mask !== undefined).toBe(possible);
          if (!mask) return;
          expect(mask.reduce((sum, value) => sum + value, 0)).toBe(wanted);
          mask.forEach((value, index) => {
            const position = Math.floor(index / (i * o));
            if (value) expect(inGroup(g, [h, w], Math.floor(position / w), position % w)).toBe(true);
          });
        },
      ),
    );
  });

  it('has no point above the share of the group', () => {
    const shape = [3, 3, 16, 16];
    const count = (ratio: number) =>
      pruningMask(shape, 'corner', ratio, createRandom(1))?.reduce((sum, value) => sum + value, 0);
    expect(count(0)).toBe(0);
    expect(count(0.44)).toBe(Math.round(0.44 * 2304));
    expect(count(4 / 9)).toBe(1024);
    expect(count(0.45)).toBeUndefined();
  });

  it('chooses every weight of the group equally often', () => {
    const counts = new Float64Array(18);
    for (let seed = 0; seed < 3000; seed++) {
      pruningMask([3, 3, 2, 1], 'skeleton', 3 / 18, createRandom(seed))?.forEach(
        (value, i) => (counts[i] += value),
      );
    }
    counts.forEach((count, i) => {
      const expected = inGroup('skeleton', [3, 3], Math.floor(i / 6), Math.floor(i / 2) % 3) ? 0.3 : 0;
      expect(count / 3000).toBeCloseTo(expected, 1);
    });
  });
});

describe('pruned weights', () => {
  const builder = new NetworkBuilder(1);
  const stem = builder.conv('stem', builder.input(8, 8, 2), { kernel: [3, 3], filters: 4 });
  const point = builder.conv('point', stem, { kernel: [1, 1], filters: 4 });
  const last = builder.conv('last', point, { kernel: [5, 5], filters: 4 });
  const checkpoint = builder.build(builder.dense('dense', builder.node('flatten', 'flatten', {}, [last]), 2));

  it('take every k × k convolution, the first one included, and nothing else', () => {
    expect([...prunableKernels(checkpoint).keys()]).toEqual(['stem/kernel', 'last/kernel']);
  });

  it('have the same ratio in each layer, follow the seed, and leave the given ones alone', () => {
    const kernels = prunableKernels(checkpoint);
    const before = [...kernels.values()].map(({ values }) => values.slice());
    const pruned = pruneWeights(kernels, 'global', 0.25, 1);
    for (const [name, values] of pruned ?? []) {
      expect(values.filter((value) => value === 0)).toHaveLength(values.length / 4);
      const original = kernels.get(name)?.values;
      values.forEach((value, i) => expect(value === 0 || value === original?.[i]).toBe(true));
    }
    expect(pruned?.size).toBe(2);
    expect([...kernels.values()].map(({ values }) => values)).toEqual(before);
    expect(pruneWeights(kernels, 'global', 0.25, 1)).toEqual(pruned);
    expect(pruneWeights(kernels, 'global', 0.25, 2)).not.toEqual(pruned);
  });

  it('have no point where one kernel cannot reach the ratio', () => {
    const kernels = prunableKernels(checkpoint);
    // Skeletons: 5/9 of 3 × 3, but 9/25 of 5 × 5.
    expect(pruneWeights(kernels, 'skeleton', 0.36, 1)?.size).toBe(2);
    expect(pruneWeights(kernels, 'skeleton', 0.5, 1)).toBeUndefined();
  });
});

describe('ratios, coarse first', () => {
  it.each([
    [[], []],
    [[0.3], [0.3]],
    [
      [0.2, 0.1],
      [0.1, 0.2],
    ],
    [
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
      [0, 4, 8, 9, 2, 6, 1, 3, 5, 7],
    ],
  ])('of %j', (ratios, expected) => {
    expect(coarseFirst(ratios)).toEqual(expected);
  });

  it('have each once, and both ends early', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(1000), { minLength: 3, maxLength: 60 }), (ratios) => {
        const order = coarseFirst([...ratios, ...ratios]);
        const sorted = [...ratios].sort((a, b) => a - b);
        expect([...order].sort((a, b) => a - b)).toEqual(sorted);
        const third = order.slice(0, Math.ceil(order.length / 3) + 2);
        expect(third).toContain(sorted[0]);
        expect(third).toContain(sorted.at(-1));
      }),
    );
  });
});

describe('the place where a curve falls', () => {
  const points = [80, 60, 49, 55, 20].map((mean, i) => ({ ratio: i / 10, mean }));

  it('is the first ratio below the level, though the curve may rise again', () => {
    expect(firstBelow(points, 50)).toBe(0.2);
    expect(firstBelow(points, 40)).toBe(0.4);
    expect(firstBelow(points, 20)).toBeNull();
    expect(firstBelow([], 50)).toBeNull();
  });
});

describe('kernel sizes', () => {
  it('are counted, with the share of each group', () => {
    const shapes = { a: [3, 3, 1, 1], b: [5, 2, 1, 1], c: [3, 3, 4, 4] };
    const kernels = new Map(Object.entries(shapes).map(([name, shape]) => [name, { shape }]));
    expect(kernelSizes(kernels)).toMatchObject([
      { kernel: [3, 3], layers: 2, shares: { corner: 4 / 9, border: 5 / 9, global: 1 } },
      { kernel: [5, 2], layers: 1, shares: { corner: 4 / 10, square: 4 / 10 } },
    ]);
  });
});
