import { describe, expect, it } from 'vitest';
import { convertToAcnet } from '../../../src/core/acnet/convert';
import { findSites } from '../../../src/core/acnet/sites';
import { kernelSlices } from '../../../src/core/analysis/slices';
import { CheckpointError } from '../../../src/core/errors';
import { NetworkBuilder } from '../../support/reference-networks';

/** One 2 × 2 convolution of two inputs and three filters behind a batch norm with scales 1, −2 and 0.001. */
function small() {
  const builder = new NetworkBuilder(1);
  const conv = builder.conv('conv', builder.input(6, 6, 2), { kernel: [2, 2], filters: 3, bias: false });
  // [row, column, input, filter]
  const weights = Array.from({ length: 2 * 2 * 2 * 3 }, (_, i) => i + 1);
  builder.set('conv/kernel', [2, 2, 2, 3], weights);
  const output = builder.batchNorm('bn', conv, { epsilon: 0.5 });
  builder.set('bn/gamma', [3], [1, -2, 0.001]);
  builder.set('bn/moving_variance', [3], [0.5, 0.5, 0.5]);
  return builder.build(output);
}

function block(variant: 'skeleton' | 'border') {
  const builder = new NetworkBuilder(4);
  const conv = builder.conv('conv', builder.input(8, 8, 3), { kernel: [3, 3], filters: 5 });
  const original = builder.build(builder.batchNorm('bn', conv));
  const options = { sites: findSites(original), variant, branches: 'paper', seed: 1 } as const;
  return convertToAcnet(original, options).checkpoint;
}

describe('one kernel from near', () => {
  it('sums each filter’s magnitudes, batch norm fused, and takes a signed slice', () => {
    const slices = kernelSlices(small(), 'conv', { filter: 0, input: 1 });
    expect(slices).toMatchObject({ kernel: [2, 2], filters: 3, inputs: 2, filter: 0, input: 1 });
    // Filter 0: inputs 1 + 4, 7 + 10, 13 + 16, 19 + 22; filter 1 is scaled by −2.
    expect(slices.magnitudes.slice(0, 8)).toEqual([5, 17, 29, 41, 14, 38, 62, 86]);
    expect(slices.slice).toEqual([
      [4, 10],
      [16, 22],
    ]);
    expect(kernelSlices(small(), 'conv', { filter: 1, input: 0 }).slice).toEqual([
      [-4, -16],
      [-28, -40],
    ]);
    expect(slices.range).toEqual([-46, 22]);
    expect(slices.branches).toBeUndefined();
  });

  it('chooses the filter and input of the largest norm, and finds dead filters', () => {
    const { filter, input, dead, norms } = kernelSlices(small(), 'conv');
    expect([filter, input]).toEqual([1, 1]);
    expect(dead).toEqual([2]);
    expect(norms[0]).toBeCloseTo(Math.hypot(1, 4, 7, 10, 13, 16, 19, 22), 9);
  });

  it.each(['skeleton', 'border'] as const)(
    'of a block: the %s branches add up to the fused slice',
    (variant) => {
      const { slice, branches, norms } = kernelSlices(block(variant), 'conv', { filter: 2, input: 1 });
      expect(branches?.map(({ name }) => name)).toEqual(['square', 'horizontal', 'vertical']);
      const [, horizontal, vertical] = branches ?? [];
      const landing = variant === 'skeleton' ? 1 : 2;
      horizontal?.slice.forEach((row, r) =>
        expect(row.every((value) => (value !== null) === (r === landing))).toBe(true),
      );
      vertical?.slice.forEach((row) =>
        expect(row.map((value) => value !== null).indexOf(true)).toBe(landing),
      );
      slice.forEach((row, r) =>
        row.forEach((value, c) => {
          const sum = (branches ?? []).reduce((total, branch) => total + (branch.slice[r]?.[c] ?? 0), 0);
          expect(sum).toBeCloseTo(value ?? NaN, 12);
        }),
      );
      expect(branches?.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
      expect(norms).toHaveLength(5);
    },
  );

  it('finds a layer in a file of weights alone', () => {
    const slices = kernelSlices({ ...small(), graph: undefined }, 'conv', { filter: 2, input: 0 });
    expect(slices.slice).toEqual([
      [3, 9],
      [15, 21],
    ]);
    expect(slices.dead).toEqual([]);
  });

  it.each([
    ['other', {}],
    ['conv', { filter: 3 }],
    ['conv', { filter: 0, input: 2 }],
  ])('refuses what there is not: %s %o', (layer, wanted) => {
    expect(() => kernelSlices(small(), layer, wanted)).toThrow(CheckpointError);
  });
});
