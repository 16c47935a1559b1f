import { describe, expect, it } from 'vitest';
import { findBlocks } from '../../../src/core/acnet/blocks';
import { convertToAcnet } from '../../../src/core/acnet/convert';
import { fuseAcnet } from '../../../src/core/acnet/fuse';
import { fuseBlock } from '../../../src/core/acnet/kernel';
import { findSites } from '../../../src/core/acnet/sites';
import type { Checkpoint } from '../../../src/core/checkpoint';
import { CheckpointError, UnsupportedError, UserError } from '../../../src/core/errors';
import { difference, NetworkBuilder, networkOf, normalTensor } from '../../support/reference-networks';
import { referenceOutputs } from '../../support/reference';

interface NormValues {
  readonly gamma?: number;
  readonly beta?: number;
  readonly mean: number;
  readonly variance: number;
}

/** A batch norm of one channel with given values; ε is 1 so that roots are easy. */
function norm(builder: NetworkBuilder, name: string, input: string, values: NormValues): string {
  const options = { gamma: values.gamma !== undefined, beta: values.beta !== undefined, epsilon: 1 };
  const value = builder.batchNorm(name, input, options);
  const tensors = {
    gamma: values.gamma,
    beta: values.beta,
    moving_mean: values.mean,
    moving_variance: values.variance,
  };
  for (const [role, number] of Object.entries(tensors)) {
    if (number !== undefined) builder.set(`${name}/${role}`, [1], [number]);
  }
  return value;
}

/** One filter, one channel, names as another tool might give them. */
function tinyBlock(square: NormValues): Checkpoint {
  const builder = new NetworkBuilder(1);
  const input = builder.input(4, 4, 1);
  const conv = builder.conv('sqr', input, { kernel: [3, 3], filters: 1 });
  builder.set('sqr/kernel', [3, 3, 1, 1], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  builder.set('sqr/bias', [1], [2]);
  const ver = builder.conv('ver', input, { kernel: [3, 1], filters: 1, bias: false });
  builder.set('ver/kernel', [3, 1, 1, 1], [1, 1, 2]);
  const hor = builder.conv('hor', input, { kernel: [1, 3], filters: 1, bias: false });
  builder.set('hor/kernel', [1, 3, 1, 1], [10, 20, 30]);
  return builder.build(
    builder.node('add', 'add', {}, [
      // ver: scale −2/√(0.25·…): variance 3, ε 1 → γ/2 = −1, shift 0 − 4·(−1) = 4
      norm(builder, 'ver_bn', ver, { gamma: -2, beta: 0, mean: 4, variance: 3 }),
      // hor: scale 1/√(8 + 1)·0.3 = 0.1, shift 1 − 0
      norm(builder, 'hor_bn', hor, { gamma: 0.3, beta: 1, mean: 0, variance: 8 }),
      norm(builder, 'sqr_bn', conv, square),
    ]),
  );
}

// Square: γ 4, variance 15 → scale 1; shift β − μ = 5 − 3; its bias 2 adds 2·1.
const SQUARE = { gamma: 4, beta: 5, mean: 3, variance: 15 };
const KERNEL = [1, 2 - 1, 3, 4 + 1, 5 - 1 + 2, 6 + 3, 7, 8 - 2, 9];
const BIAS = 2 + (5 - 3) + 4 + 1;

const valuesOf = (checkpoint: Checkpoint, name: string) => [
  ...(checkpoint.tensors.get(name)?.readFloat32() ?? []),
];

describe('fusion by hand', () => {
  it('adds scaled branches on the centre row and column', () => {
    const checkpoint = tinyBlock(SQUARE);
    const [block] = findBlocks(networkOf(checkpoint).graph);
    const fused = fuseBlock(block, checkpoint.tensors);
    KERNEL.forEach((value, i) => expect(fused.kernel[i]).toBeCloseTo(value, 6));
    expect(fused.bias[0]).toBeCloseTo(BIAS, 6);
  });

  it('keeps the batch norm as an addition of b′ and the tensors of the original', () => {
    const { checkpoint, fused } = fuseAcnet(tinyBlock(SQUARE), { fold: false });
    expect(fused).toEqual(['sqr']);
    expect(networkOf(checkpoint).graph.nodes.map(({ name }) => name)).toEqual(['input', 'sqr', 'sqr_bn']);
    expect(networkOf(checkpoint).graph.outputs).toEqual(['sqr_bn']);
    expect([...checkpoint.tensors.keys()].sort()).toEqual(
      [
        'sqr/bias',
        'sqr/kernel',
        'sqr_bn/beta',
        'sqr_bn/gamma',
        'sqr_bn/moving_mean',
        'sqr_bn/moving_variance',
      ].sort(),
    );
    valuesOf(checkpoint, 'sqr/kernel').forEach((value, i) => expect(value).toBeCloseTo(KERNEL[i], 5));
    expect(valuesOf(checkpoint, 'sqr/bias')).toEqual([0]);
    expect(valuesOf(checkpoint, 'sqr_bn/beta')[0]).toBeCloseTo(BIAS, 5);
    expect(valuesOf(checkpoint, 'sqr_bn/gamma')).toEqual([1]);
    expect(valuesOf(checkpoint, 'sqr_bn/moving_mean')).toEqual([0]);
    expect(valuesOf(checkpoint, 'sqr_bn/moving_variance')).toEqual([0]); // 1 − ε
  });

  it('folds into a convolution with bias', () => {
    const { checkpoint } = fuseAcnet(tinyBlock(SQUARE), { fold: true });
    expect(networkOf(checkpoint).graph.nodes.map(({ name }) => name)).toEqual(['input', 'sqr']);
    expect([...checkpoint.tensors.keys()].sort()).toEqual(['sqr/bias', 'sqr/kernel']);
    expect(valuesOf(checkpoint, 'sqr/bias')[0]).toBeCloseTo(BIAS, 5);
  });

  it('puts b′ into the mean where the batch norm has no β', () => {
    const { gamma, mean, variance } = SQUARE;
    const block = tinyBlock({ gamma, mean, variance });
    const { checkpoint } = fuseAcnet(block, { fold: false });
    expect(valuesOf(checkpoint, 'sqr_bn/moving_mean')[0]).toBeCloseTo(-(BIAS - 5), 5);
    const input = normalTensor([1, 4, 4, 1], 3);
    const [before] = referenceOutputs(networkOf(block), [input]);
    const [after] = referenceOutputs(networkOf(checkpoint), [input]);
    expect(difference(before, after).maxRel).toBeLessThanOrEqual(1e-6);
  });

  it('makes up for an ε above 1, which no variance can', () => {
    const builder = new NetworkBuilder(2);
    const conv = builder.conv('conv', builder.input(5, 5, 2), { kernel: [3, 3], filters: 2 });
    const original = builder.build(builder.batchNorm('bn', conv, { epsilon: 2.5 }));
    const options = {
      sites: findSites(original),
      variant: 'skeleton',
      branches: 'zero',
      seed: 1,
    } as const;
    const { checkpoint } = fuseAcnet(convertToAcnet(original, options).checkpoint, { fold: false });
    const input = normalTensor([1, 5, 5, 2], 3);
    const [before] = referenceOutputs(networkOf(original), [input]);
    const [after] = referenceOutputs(networkOf(checkpoint), [input]);
    expect(difference(before, after).maxRel).toBeLessThanOrEqual(1e-6);
  });

  it('the variance and ε of a kept batch norm make exactly 1 in float32', () => {
    for (const epsilon of [1e-7, 1e-5, 1.001e-5, 1e-3, 0.0123, 0.3]) {
      const builder = new NetworkBuilder(1);
      const conv = builder.conv('conv', builder.input(5, 5, 1), { kernel: [3, 3], filters: 1 });
      const original = builder.build(builder.batchNorm('bn', conv, { epsilon }));
      const options = {
        sites: findSites(original),
        variant: 'skeleton',
        branches: 'zero',
        seed: 1,
      } as const;
      const { checkpoint } = fuseAcnet(convertToAcnet(original, options).checkpoint, { fold: false });
      const [variance] = valuesOf(checkpoint, 'bn/moving_variance');
      expect(Math.fround(variance + Math.fround(epsilon))).toBe(1);
    }
  });

  it('a block without batch norms and biases becomes a convolution without bias', () => {
    const builder = new NetworkBuilder(1);
    const input = builder.input(5, 5, 1);
    const branches = (
      [
        [3, 3],
        [1, 3],
        [3, 1],
      ] as const
    ).map((kernel, i) => builder.conv(`c${i}`, input, { kernel, filters: 2, bias: false }));
    const { checkpoint, fused } = fuseAcnet(builder.build(builder.node('add', 'add', {}, branches)), {
      fold: false,
    });
    expect(fused).toEqual(['c0']);
    expect([...checkpoint.tensors.keys()]).toEqual(['c0/kernel']);
  });

  it('says when there is nothing to fuse, and leaves the network alone', () => {
    const builder = new NetworkBuilder(1);
    const plain = builder.build(builder.conv('conv', builder.input(5, 5, 1), { kernel: [3, 3], filters: 1 }));
    const { checkpoint, fused, warnings } = fuseAcnet(plain, { fold: true });
    expect(fused).toEqual([]);
    expect(warnings).toHaveLength(1);
    expect(networkOf(checkpoint).graph.nodes).toEqual(plain.graph.nodes);
  });
});

describe('recognition by structure', () => {
  /** Square, horizontal and vertical convolutions on one input, changed by the test. */
  function summed(
    change: (builder: NetworkBuilder, input: string, values: string[]) => string[],
    stride = 1,
    size = 8,
  ) {
    const builder = new NetworkBuilder(1);
    const input = builder.input(size, size, 2);
    const values = (
      [
        [3, 3],
        [1, 3],
        [3, 1],
      ] as const
    ).map((kernel, i) => builder.conv(`c${i}`, input, { kernel, filters: 2, stride: [stride, stride] }));
    const terms = change(builder, input, values);
    return findBlocks(builder.build(builder.node('add', 'sum', {}, terms)).graph);
  }

  it('takes the branches in any order, batch norm or none', () => {
    expect(summed((_, __, [a, b, c]) => [c, a, b])).toHaveLength(1);
    const [block] = summed((b, _, values) =>
      values.map((value, i) => (i === 1 ? value : b.batchNorm(`bn${i}`, value))),
    );
    expect(block.square.batchNorm?.name).toBe('bn0');
    expect(block.horizontal.batchNorm).toBeUndefined();
    expect(block.row).toBe(1);
  });

  it('refuses a sum of another number', () => {
    expect(summed((_, __, [a, b]) => [a, b])).toEqual([]);
    expect(summed((_, input, values) => [...values, input])).toEqual([]);
  });

  it('refuses a branch that somebody else reads', () => {
    expect(
      summed((b, _, values) => {
        b.node('relu', 'other', {}, [values[1]]);
        return values;
      }),
    ).toEqual([]);
  });

  it('refuses branches with an activation before the sum', () => {
    expect(summed((b, _, [a, h, v]) => [a, b.node('relu', 'relu', {}, [h]), v])).toEqual([]);
  });

  it('refuses branches that read different values', () => {
    expect(
      summed((b, input, [a, h]) => {
        const other = b.node('relu', 'relu', {}, [input]);
        return [a, h, b.conv('c3', other, { kernel: [3, 1], filters: 2 })];
      }),
    ).toEqual([]);
  });

  it('finds where strided "same" branches land: on odd inputs the centre, on even ones the first row', () => {
    // Window of the square starts at row −1 (odd) or 0 (even); the one-row branch always starts at 0.
    const odd = summed((_, __, values) => values, 2, 9);
    expect(odd.map(({ row, column }) => [row, column])).toEqual([[1, 1]]);
    const even = summed((_, __, values) => values, 2, 8);
    expect(even.map(({ row, column }) => [row, column])).toEqual([[0, 0]]);
  });

  it('refuses a window that coincides with no row', () => {
    const shifted = (sides: { top: number; bottom: number }) =>
      summed((b, input, [a, , v]) => {
        const padded = b.node('zeroPadding', 'pad', { sides: { ...sides, left: 1, right: 1 } }, [input]);
        return [a, b.conv('shifted', padded, { kernel: [1, 3], filters: 2, padding: 'valid' }), v];
      });
    expect(shifted({ top: 1, bottom: -1 }).map(({ row }) => row)).toEqual([0]);
    expect(shifted({ top: 2, bottom: -2 })).toEqual([]);
  });

  it('keeps padding that others read, and padding that was the square branch’s own', () => {
    const builder = new NetworkBuilder(1);
    const input = builder.input(8, 8, 2);
    const sides = { top: 1, bottom: 1, left: 1, right: 1 };
    const padded = builder.node('zeroPadding', 'pad', { sides }, [input]);
    const convs = [
      builder.conv('square', padded, { kernel: [3, 3], filters: 2, padding: 'valid' }),
      builder.conv('hor', input, { kernel: [1, 3], filters: 2 }),
      builder.conv('ver', input, { kernel: [3, 1], filters: 2 }),
    ];
    const network = builder.build(builder.node('add', 'sum', {}, convs));
    const { checkpoint } = fuseAcnet(network, { fold: false });
    expect(networkOf(checkpoint).graph.nodes.map(({ name }) => name)).toEqual(['input', 'pad', 'square']);
    const x = normalTensor([1, 8, 8, 2], 1);
    const [before] = referenceOutputs(networkOf(network), [x]);
    const [after] = referenceOutputs(networkOf(checkpoint), [x]);
    expect(difference(before, after).maxRel).toBeLessThanOrEqual(1e-6);
  });

  it('refuses zeros that replace pixels cut before', () => {
    const replaced = (cut: number) =>
      summed((b, input, [a, , v]) => {
        const crop = { top: cut, bottom: 0, left: 0, right: 0 };
        const value = cut > 0 ? b.node('cropping', 'crop', { sides: crop }, [input]) : input;
        const sides = { top: cut, bottom: 0, left: 1, right: 1 };
        const padded = b.node('zeroPadding', 'pad', { sides }, [value]);
        return [a, b.conv('again', padded, { kernel: [1, 3], filters: 2, padding: 'valid' }), v];
      });
    expect(replaced(0)).toHaveLength(1);
    expect(replaced(1)).toEqual([]);
    const own = (cut: number) =>
      summed((b, input, [a, , v]) => {
        const sides = { top: cut, bottom: 0, left: 0, right: 0 };
        const value = cut > 0 ? b.node('cropping', 'crop', { sides }, [input]) : input;
        const padding = { top: cut, bottom: 0, left: 1, right: 1 };
        return [a, b.conv('again', value, { kernel: [1, 3], filters: 2, padding }), v];
      });
    expect(own(0)).toHaveLength(1);
    expect(own(1)).toEqual([]);
  });
});

describe('refusals', () => {
  const plain = () => {
    const builder = new NetworkBuilder(1);
    const conv = builder.conv('conv', builder.input(5, 5, 1), { kernel: [3, 3], filters: 2, bias: false });
    return { builder, output: builder.batchNorm('bn', conv) };
  };
  const convert = (checkpoint: Checkpoint) =>
    convertToAcnet(checkpoint, {
      sites: findSites(checkpoint),
      variant: 'skeleton',
      branches: 'zero',
      seed: 1,
    });

  it.each([
    [NaN, 'NaN'],
    [-Infinity, '-Infinity'],
  ])('a weight of %s, by tensor and position, in both directions', (bad, found) => {
    const { builder, output } = plain();
    expect(convert(builder.build(output)).converted).toEqual(['conv']);
    const values = new Float32Array(18);
    values[11] = bad; // [1, 2, 0, 1]
    builder.set('conv/kernel', [3, 3, 1, 2], values);
    const broken = builder.build(output);
    for (const attempt of [() => convert(broken), () => fuseAcnet(broken, { fold: true })]) {
      expect(attempt).toThrow(CheckpointError);
      expect(attempt).toThrow(
        `test.keras: a weight is not a finite number (conv/kernel[1, 2, 0, 1]; expected finite numbers; found ${found})`,
      );
    }
  });

  it('a negative variance', () => {
    const block = tinyBlock({ ...SQUARE, variance: -0.5 });
    expect(fuseAcnet(block, { fold: true }).fused).toEqual(['sqr']); // above −ε
    const broken = tinyBlock({ ...SQUARE, variance: -1 });
    expect(() => fuseAcnet(broken, { fold: true })).toThrow(UserError);
    expect(() => fuseAcnet(broken, { fold: true })).toThrow(/sqr_bn\/moving_variance\[0\]/);
  });

  it('a file of weights alone', () => {
    const { builder, output } = plain();
    const weights = { ...builder.build(output), graph: undefined };
    expect(() => convert(weights)).toThrow(UnsupportedError);
    expect(() => fuseAcnet(weights, { fold: false })).toThrow(UnsupportedError);
  });

  it('a site that is not eligible', () => {
    const builder = new NetworkBuilder(1);
    const point = builder.build(
      builder.conv('point', builder.input(5, 5, 1), { kernel: [1, 1], filters: 1 }),
    );
    expect(() => convert(point)).toThrow(UnsupportedError);
    expect(() => convert(point)).toThrow(/point; found 1×1 kernel/);
  });
});
