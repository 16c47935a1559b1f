import { describe, expect, it } from 'vitest';
import { kernelMagnitudes } from '../../../src/core/analysis/magnitude';
import { deviations } from '../../../src/core/analysis/null-model';
import { drawsFor, permutedShares } from '../../../src/core/analysis/permuted';
import { DictTensor, KERNEL_ORDERS } from '../../../src/core/formats/state-dict/tensor';
import { rowMajor } from '../../../src/core/tensor/tensor';
import { NetworkBuilder } from '../../support/reference-networks';

/** Heavy tails and a filter of zeros. [3, 3, in, out] */
function kernel(inputs: number, filters: number, seed: number, dead: number): Float32Array {
  return Float32Array.from({ length: 9 * inputs * filters }, (_, i) =>
    i % filters === dead ? 0 : (((i * 7919 + seed) % 1009) / 504.5 - 1) ** 5,
  );
}

function twoLayers() {
  const builder = new NetworkBuilder(1);
  const a = builder.conv('a', builder.input(8, 8, 2), { kernel: [3, 3], filters: 5, bias: false });
  builder.set('a/kernel', [3, 3, 2, 5], kernel(2, 5, 3, 1));
  const b = builder.conv('b', a, { kernel: [3, 3], filters: 24, bias: false });
  builder.set('b/kernel', [3, 3, 5, 24], kernel(5, 24, 17, 7));
  return builder.build(b);
}

const COUNT = 8000;
const corner = (matrix: readonly (readonly number[])[]) => matrix[0][0];
const of = (
  view: Parameters<typeof permutedShares>[0],
  shape: number[],
  name: 'plain' | 'skeleton' = 'plain',
) => {
  const draws = permutedShares(view, shape, deviations([3, 3], name), { name: 'a', count: COUNT });
  if (!draws) throw new Error('the layer is zero');
  return draws;
};

/**
 * The numbers are of NumPy's default_rng(11), 100,000 draws (20,000 of the large kernel), from the definition:
 *   x = rng.permuted(abs(w).reshape(9, -1) repeated, axis=1); s = x.sum(slices); share = s / s.max()
 */
describe('a file’s own weights, permuted within each slice', () => {
  it('have the mean and the simultaneous band that NumPy draws', () => {
    const { sizes, layers } = kernelMagnitudes(twoLayers());
    const found = layers.map(({ chance }) => chance.raw);
    expect(Math.abs(corner(found[0].permuted) - 0.5602)).toBeLessThan(0.003);
    expect(Math.abs(corner(found[1].permuted) - 0.8191)).toBeLessThan(0.002);
    expect(Math.abs(corner(found[0].reach) / 0.6923 - 1)).toBeLessThan(0.03);
    expect(Math.abs(corner(found[1].reach) / 0.3071 - 1)).toBeLessThan(0.03);
    const { permuted, reach } = sizes['3x3'].chance.raw;
    expect(corner(permuted)).toBeCloseTo((corner(found[0].permuted) + corner(found[1].permuted)) / 2, 12);
    expect(Math.abs(corner(reach) / 0.3787 - 1)).toBeLessThan(0.03);
    // Alike positions have one value.
    expect(new Set([...found[0].permuted.flat(), ...found[0].reach.flat()]).size).toBe(2);
  });

  it('of many slices are a normal sum with the same moments', () => {
    const { shares, mean, deviation } = of(rowMajor(kernel(40, 40, 29, 5), [3, 3, 40, 40]), [3, 3, 40, 40]);
    expect(shares).toHaveLength(9 * COUNT);
    expect(Math.abs(corner(mean) - 0.94345)).toBeLessThan(0.001);
    expect(Math.abs(corner(deviation) / 0.0398 - 1)).toBeLessThan(0.03);
  });

  it('of a block keep its cross: they are divided by its deviations before', () => {
    const cross = deviations([3, 3], 'skeleton').flat();
    const values = kernel(5, 24, 17, 7).map((value, i) => value * cross[Math.floor(i / 120)]);
    const { mean, deviation } = of(rowMajor(values, [3, 3, 5, 24]), [3, 3, 5, 24], 'skeleton');
    const expected = [
      [0.3751, 0.7495, 0.3751],
      [0.7495, 0.9775, 0.7495],
      [0.3751, 0.7495, 0.3751],
    ];
    mean.flat().forEach((value, i) => expect(Math.abs(value - expected.flat()[i])).toBeLessThan(0.003));
    expect(deviation[0][0]).toBeCloseTo(0.0715, 2);
    expect(deviation[0][1]).toBeCloseTo(0.136, 2);
    expect(deviation[1][1]).toBeCloseTo(0.0562, 2);
  });

  it('take a filter’s scale, and any order in which weights lie', () => {
    const values = kernel(2, 5, 3, 1);
    const shape = [3, 3, 2, 5];
    const scale = [2, -1, 0, 0.5, 3];
    const scaled = values.map((value, i) => value * scale[i % 5]);
    const own = of({ ...rowMajor(values, shape), scale }, shape);
    expect(corner(own.mean)).toBeCloseTo(corner(of(rowMajor(scaled, shape), shape).mean), 7);
    for (const [order, stored] of [
      ['oihw', [5, 2, 3, 3]],
      ['ohwi', [5, 3, 3, 2]],
    ] as const) {
      const bytes = new Uint8Array(values.buffer);
      const tensor = new DictTensor(
        { name: 'w', dtype: 'float32', shape: stored, readBytes: () => bytes },
        KERNEL_ORDERS[order],
      );
      const turned = rowMajor(tensor.readFloat32(), shape);
      const { mean } = of(tensor.readAsStored(), shape);
      expect(corner(mean)).toBeCloseTo(corner(of(turned, shape).mean), 2);
    }
  });

  it('know no chance of zeros or of equal weights', () => {
    const shape = [3, 3, 1, 4];
    const view = (value: number) => rowMajor(new Float32Array(36).fill(value), shape);
    expect(
      permutedShares(view(0), shape, deviations([3, 3], 'plain'), { name: 'a', count: 10 }),
    ).toBeUndefined();
    const { mean, deviation } = of(view(2), shape);
    expect(mean.flat()).toEqual(Array.from({ length: 9 }, () => 1));
    expect(deviation.flat()).toEqual(Array.from({ length: 9 }, () => 0));
  });

  it('name a position in at most one of twenty files without any pattern', () => {
    let outside = 0;
    for (let seed = 0; seed < 60; seed++) {
      const builder = new NetworkBuilder(seed);
      const a = builder.conv('a', builder.input(8, 8, 2), { kernel: [3, 3], filters: 8, bias: false });
      const { sizes, layers } = kernelMagnitudes(
        builder.build(builder.conv('b', a, { kernel: [3, 3], filters: 8 })),
      );
      const found = [sizes['3x3'], ...layers].some(
        ({
          raw,
          chance: {
            raw: { permuted, reach },
          },
        }) => raw.some((row, i) => row.some((value, j) => Math.abs(value - permuted[i][j]) > reach[i][j])),
      );
      if (found) outside++;
    }
    // 3 are expected; more than 8 have a probability of 0.4 %.
    expect(outside).toBeLessThanOrEqual(8);
  });

  it('are drawn less often for many layers and large kernels', () => {
    expect([drawsFor(0, 1), drawsFor(5, 9), drawsFor(80, 9), drawsFor(5000, 9), drawsFor(5, 961)]).toEqual([
      2000, 2000, 1250, 500, 1040,
    ]);
  });
});
