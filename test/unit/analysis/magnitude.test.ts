import { describe, expect, it } from 'vitest';
import { kernelMagnitudes, magnitudes, normalised } from '../../../src/core/analysis/magnitude';
import { layerNulls, nullModels } from '../../../src/core/analysis/null-model';
import { FIGURE_5, FIGURE_6 } from '../../../src/shared/paper';
import { convertToAcnet } from '../../../src/core/acnet/convert';
import { fuseAcnet } from '../../../src/core/acnet/fuse';
import { findSites } from '../../../src/core/acnet/sites';
import { CheckpointError } from '../../../src/core/errors';
import type { Shape } from '../../../src/core/tensor/tensor';
import { NetworkBuilder } from '../../support/reference-networks';

const round = (matrix: readonly (readonly number[])[], digits = 6) =>
  matrix.map((row) => row.map((value) => Number(value.toFixed(digits))));

describe('magnitude matrix', () => {
  it('sums absolute values over input channels and filters, by position (equation 9)', () => {
    // [h, w, in, out] = [2, 2, 1, 2]
    expect(magnitudes([1, -2, 3, 4, 0, 0, -5, 5], [2, 2, 1, 2])).toEqual([
      [3, 7],
      [0, 10],
    ]);
    expect(
      normalised([
        [5, 0],
        [10, 2],
      ]),
    ).toEqual([
      [0.5, 0],
      [1, 0.2],
    ]);
    expect(
      normalised([
        [0, 0],
        [0, 0],
      ]),
    ).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  /** Two 2 × 2 layers, one with a batch norm, and a 1 × 1 layer that does not count. */
  function twoLayers() {
    const builder = new NetworkBuilder(1);
    const input = builder.input(6, 6, 1);
    const a = builder.conv('a', input, { kernel: [2, 2], filters: 2, bias: false });
    builder.set('a/kernel', [2, 2, 1, 2], [1, 1, 2, 0, 0, 4, 1, 1]);
    const bn = builder.batchNorm('bn', a, { epsilon: 1 });
    builder.set('bn/gamma', [2], [-1, 4]);
    builder.set('bn/moving_variance', [2], [0, 3]); // scales −1 and 2
    const point = builder.conv('point', bn, { kernel: [1, 1], filters: 1 });
    const b = builder.conv('b', point, { kernel: [2, 2], filters: 1 });
    builder.set('b/kernel', [2, 2, 1, 1], [1, -2, 0, 0.5]);
    return { builder, output: b };
  }

  it('averages over the layers of a size, raw and fused (equation 10)', () => {
    const { builder, output } = twoLayers();
    const { sizes, layers } = kernelMagnitudes(builder.build(output));
    expect(layers.map(({ name, kernel }) => [name, kernel])).toEqual([
      ['a', [2, 2]],
      ['b', [2, 2]],
    ]);
    expect(layers[0].raw).toEqual([
      [0.5, 0.5],
      [1, 0.5],
    ]);
    expect(round(layers[0].fused)).toEqual([
      [0.375, 0.25],
      [1, 0.375],
    ]); // 3, 2, 8, 3
    expect(layers[1].raw).toEqual([
      [0.5, 1],
      [0, 0.25],
    ]);
    expect(layers[1].fused).toEqual(layers[1].raw);
    expect(Object.keys(sizes)).toEqual(['2x2']);
    expect(sizes['2x2']).toMatchObject({
      layers: 2,
      raw: [
        [0.5, 0.75],
        [0.5, 0.375],
      ],
      suggestedNull: 'plain',
    });
  });

  it('an ACB counts once; its fused matrix is that of the fused file', () => {
    const builder = new NetworkBuilder(2);
    const conv = builder.conv('conv', builder.input(8, 8, 3), { kernel: [3, 3], filters: 4 });
    const original = builder.build(builder.batchNorm('bn', conv));
    for (const variant of ['skeleton', 'border'] as const) {
      const options = { sites: findSites(original), variant, branches: 'paper', seed: 1 } as const;
      const { checkpoint } = convertToAcnet(original, options);
      const block = kernelMagnitudes(checkpoint);
      const fused = kernelMagnitudes(fuseAcnet(checkpoint, { fold: true }).checkpoint);
      expect(block.layers).toHaveLength(1);
      expect(round(block.layers[0].fused)).toEqual(round(fused.layers[0].raw));
      expect(block.sizes['3x3'].suggestedNull).toBe(variant);
      expect(fused.sizes['3x3'].suggestedNull).toBe('plain');
    }
  });

  it('holds a block whose branches do nothing yet against plain kernels', () => {
    const builder = new NetworkBuilder(3);
    const conv = builder.conv('conv', builder.input(8, 8, 3), { kernel: [3, 3], filters: 4 });
    const original = builder.build(builder.batchNorm('bn', conv));
    const options = { sites: findSites(original), variant: 'skeleton', seed: 1 } as const;
    const preserved = convertToAcnet(original, { ...options, branches: 'zero' });
    const { layers, sizes } = kernelMagnitudes(preserved.checkpoint);
    expect(layers[0].fused).toEqual(kernelMagnitudes(original).layers[0].fused);
    expect(sizes['3x3'].suggestedNull).toBe('plain');
  });

  it('takes kernels by name and shape from a file of weights alone', () => {
    const { builder, output } = twoLayers();
    builder.set('c/c/kernel:0', [3, 3, 1, 1], new Float32Array(9).fill(2));
    builder.set('optimiser/slot', [3, 3, 1, 1], new Float32Array(9));
    const { layers, sizes } = kernelMagnitudes({ ...builder.build(output), graph: undefined });
    expect(layers.map(({ name }) => name).sort()).toEqual(['a', 'b', 'c/c']);
    expect(Object.keys(sizes).sort()).toEqual(['2x2', '3x3']);
    layers.forEach(({ raw, fused }) => expect(fused).toEqual(raw));
  });

  it('takes the numbered kernels of Keras 3’s files of weights, in the order of their numbers', () => {
    const { builder, output } = twoLayers();
    const ones = new Float32Array(9).fill(1);
    for (const layer of ['conv2d', 'conv2d_10', 'conv2d_2'])
      builder.set(`layers/${layer}/vars/0`, [3, 3, 1, 1], ones);
    builder.set('layers/separable/vars/1', [3, 3, 1, 1], ones);
    builder.set('layers/dense/vars/0', [3, 3], ones);
    const { layers } = kernelMagnitudes({ ...builder.build(output), graph: undefined });
    const names = layers.map(({ name }) => name).filter((name) => name.startsWith('layers/'));
    expect(names).toEqual(['layers/conv2d', 'layers/conv2d_2', 'layers/conv2d_10']);
  });

  it('leaves layers of zeros out of the average', () => {
    const { builder, output } = twoLayers();
    const weights = (layer: string, value: number) =>
      builder.set(`${layer}/kernel`, [3, 3, 1, 1], new Float32Array(9).fill(value));
    weights('c', 2);
    weights('d', 0);
    const { sizes, layers } = kernelMagnitudes({ ...builder.build(output), graph: undefined });
    const of3x3 = layers.filter(({ kernel }) => kernel.join('x') === '3x3');
    expect(sizes['3x3'].layers).toBe(of3x3.length - 1);
    const alive = of3x3.filter(({ name }) => name !== 'd');
    const corner = alive.reduce((sum, { raw }) => sum + raw[0][0], 0) / alive.length;
    expect(sizes['3x3'].raw[0][0]).toBeCloseTo(corner, 6);
  });

  it('refuses weights that are no numbers', () => {
    const { builder, output } = twoLayers();
    expect(kernelMagnitudes(builder.build(output)).layers).toHaveLength(2);
    builder.set('bn/beta', [2], [0, NaN]);
    expect(() => kernelMagnitudes(builder.build(output))).toThrow(CheckpointError);
  });
});

describe('null models', () => {
  const nulls = (...shapes: Shape[]) => nullModels([shapes[0][0], shapes[0][1]], shapes, layerNulls());

  it('skeleton: 0.378 : 0.756 : 1 for 3 × 3 of many weights, from the variances', () => {
    const { skeleton, border } = nulls([3, 3, 512, 512]);
    expect(round(skeleton, 3)).toEqual([
      [0.378, 0.756, 0.378],
      [0.756, 1, 0.756],
      [0.378, 0.756, 0.378],
    ]);
    expect(round(border, 3)).toEqual([
      [0.378, 0.378, 0.756],
      [0.378, 0.378, 0.756],
      [0.756, 0.756, 1],
    ]);
  });

  it('rectangles: each branch by its own length', () => {
    // Variances 1/10 everywhere, + 1/5 on row 0, + 1/2 on column 2.
    const { skeleton } = nulls([2, 5, 512, 512]);
    const expected = [0.3, 0.3, 0.8, 0.3, 0.3].map((v) => Math.sqrt(v / 0.8));
    expect(round([skeleton[0]], 4)).toEqual(round([expected], 4));
    expect(skeleton[1][0]).toBeCloseTo(Math.sqrt(0.1 / 0.8), 4);
  });

  /**
   * Means of |w| sums ÷ their largest over 200,000 draws of numpy.random.default_rng(7), 40,000 for 144 weights:
   *   w = abs(rng.standard_normal((draws, 9, n))).sum(2) * sd; (w / w.max(1, keepdims=True)).mean(0)
   * plain with sd = 1; corner, edge and centre of a block with sd² = 1/9, 4/9, 7/9.
   */
  it.each([
    [1, 0.44808, 0.26316, 0.48859, 0.60417],
    [3, 0.59619, 0.3163, 0.61614, 0.78286],
    [9, 0.72343, 0.35474, 0.70467, 0.90903],
    [16, 0.77831, 0.36847, 0.73422, 0.95205],
    [32, 0.83308, 0.37716, 0.75404, 0.98406],
    [33, 0.83523, 0.37766, 0.75475, 0.9849],
    [48, 0.85966, 0.37957, 0.75895, 0.99359],
    [144, 0.91412, 0.37941, 0.75883, 0.99992],
  ])('of %i weights a position agrees with drawing them', (weights, plain, corner, edge, centre) => {
    const found = nulls([3, 3, 1, weights]);
    // Three standard errors of the draws are up to 0.001 for so few weights.
    const off = (value: number, expected: number) => Math.abs(value - expected);
    expect(off(found.plain[0][0], plain)).toBeLessThan(0.0005);
    expect(off(found.skeleton[0][2], corner)).toBeLessThan(0.001);
    expect(off(found.skeleton[1][0], edge)).toBeLessThan(0.001);
    expect(off(found.skeleton[1][1], centre)).toBeLessThan(0.001);
    expect(found.border[2][2]).toBe(found.skeleton[1][1]);
  });

  it('positions that are equal by symmetry have one value', () => {
    const { plain, skeleton } = nulls([3, 3, 3, 16], [3, 3, 16, 16], [3, 3, 64, 64]);
    expect(new Set(plain.flat()).size).toBe(1);
    expect(new Set(skeleton.flat()).size).toBe(3);
  });

  it('of layers of several sizes is the mean of each layer’s own', () => {
    const [small, large] = [nulls([3, 3, 1, 8]), nulls([3, 3, 64, 64])];
    expect(large.plain[0][0] - small.plain[0][0]).toBeGreaterThan(0.24);
    const both = nulls([3, 3, 1, 8], [3, 3, 64, 64], [3, 3, 64, 64]);
    expect(both.plain[1][1]).toBeCloseTo((small.plain[1][1] + 2 * large.plain[1][1]) / 3, 12);
  });

  it('a layer is beside the null of its own size', () => {
    const builder = new NetworkBuilder(1);
    const first = builder.conv('first', builder.input(8, 8, 1), { kernel: [3, 3], filters: 8 });
    const network = builder.build(builder.conv('second', first, { kernel: [3, 3], filters: 32 }));
    const { layers, sizes } = kernelMagnitudes(network);
    const own = layers.map(({ nullModel }) => nullModel.plain[0][0]);
    expect(own).toEqual([nulls([3, 3, 1, 8]).plain[0][0], nulls([3, 3, 8, 32]).plain[0][0]]);
    expect(sizes['3x3'].nullModel.plain[0][0]).toBeCloseTo((own[0] + own[1]) / 2, 12);
  });

  it('is what untrained, calibrated blocks measure', () => {
    // Unit-variance branches: kernels of variance 1/9, 1/3, 1/3 and batch norms that divide by 1.
    const builder = new NetworkBuilder(3);
    const input = builder.input(8, 8, 48);
    const branches = (
      [
        [3, 3],
        [1, 3],
        [3, 1],
      ] as const
    ).map((kernel, i) => builder.conv(`c${i}`, input, { kernel, filters: 48, bias: false }));
    const { layers } = kernelMagnitudes(builder.build(builder.node('add', 'sum', {}, branches)));
    const { skeleton } = nulls([3, 3, 48, 48]);
    layers[0].fused.flat().forEach((value, i) => expect(value).toBeCloseTo(skeleton.flat()[i], 1));
  });
});

describe('the paper’s figures', () => {
  it('figure 6 has a centre of 1 for ACNet', () => {
    expect(FIGURE_6.acnet[1][1]).toBe(1);
    expect(FIGURE_6.normal[1][1]).toBe(0.935);
    expect(FIGURE_6.border[2][2]).toBe(0.97);
  });

  it('figure 5 begins at the accuracies of table 1 and ends where the text says', () => {
    const curves = Object.values(FIGURE_5).flatMap((model) => Object.values(model));
    expect(curves).toHaveLength(11);
    curves.forEach(({ mean, std }) => expect(mean).toHaveLength(std.length));
    expect(FIGURE_5.normal.corner?.mean).toHaveLength(45);
    expect(FIGURE_5.acnet.global?.mean).toHaveLength(46);
    expect(FIGURE_5.normal.skeleton?.mean[0]).toBeCloseTo(94.31, 1);
    expect(FIGURE_5.acnet.corner?.mean[0]).toBeCloseTo(95.09, 1);
    expect(FIGURE_5.acnet.corner?.mean[44]).toBeCloseTo(64.8, 1);
    expect(FIGURE_5.acnet.skeleton?.mean[13]).toBeCloseTo(13.5, 1);
  });
});
