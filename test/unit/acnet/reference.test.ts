import { describe, expect, it } from 'vitest';
import { createRandom, streamSeed } from '../../../src/core/random';
import {
  batchNormalise,
  convolve,
  crop,
  dense,
  globalPool,
  momentsOf,
  pad,
  pool,
  rescale,
  softmax,
  tensor,
} from '../../support/reference-ops';
import { NetworkBuilder, networkOf } from '../../support/reference-networks';
import { runReference } from '../../support/reference';

const sides = (top: number, bottom: number, left: number, right: number) => ({ top, bottom, left, right });
const square = tensor([1, 3, 3, 1], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
const ones = (kernelSize: readonly [number, number]) => ({
  kernelSize,
  filters: 1,
  strides: [1, 1] as const,
  dilations: [1, 1] as const,
  groups: 1,
  padding: 'valid' as const,
});

describe('reference operators, by hand', () => {
  const kernel = tensor([2, 2, 1, 1], [1, 10, 100, 1000]);

  it('convolves without turning the kernel', () => {
    const valid = convolve(square, kernel, tensor([1], [0.5]), ones([2, 2]));
    expect([...valid.data]).toEqual([5421.5, 6532.5, 8754.5, 9865.5]);
    expect(valid.shape).toEqual([1, 2, 2, 1]);
  });

  it('"same" puts the larger half of the zeros behind', () => {
    const same = convolve(square, kernel, undefined, { ...ones([2, 2]), padding: 'same' });
    expect(same.shape).toEqual([1, 3, 3, 1]);
    expect([same.data[2], same.data[8]]).toEqual([3 + 600, 9]);
  });

  it('strides, dilates and pads each side as told', () => {
    const attributes = { ...ones([2, 2]), strides: [2, 2] as const, padding: sides(1, 0, 1, 0) };
    expect([...convolve(square, kernel, undefined, attributes).data]).toEqual([
      1000,
      2 * 100 + 3000,
      4 * 10 + 7000,
      5 + 60 + 800 + 9000,
    ]);
    const dilated = { ...ones([2, 2]), dilations: [2, 2] as const };
    expect([...convolve(square, kernel, undefined, dilated).data]).toEqual([1 + 30 + 700 + 9000]);
  });

  it('keeps groups apart', () => {
    const x = tensor([1, 1, 1, 4], [1, 2, 3, 4]);
    const grouped = tensor([1, 1, 2, 2], [1, 10, 100, 1000]);
    const result = convolve(x, grouped, undefined, { ...ones([1, 1]), filters: 2, groups: 2 });
    expect([...result.data]).toEqual([1 + 200, 30 + 4000]);
  });

  it('pools without counting what is padded', () => {
    const attributes = { poolSize: [2, 2], strides: [2, 2], padding: 'same' } as const;
    expect([...pool(square, 'max', attributes).data]).toEqual([5, 6, 8, 9]);
    expect([...pool(square, 'average', attributes).data]).toEqual([3, 4.5, 7.5, 9]);
    expect([...globalPool(square, 'average', false).data]).toEqual([5]);
    expect(globalPool(square, 'max', true)).toEqual(tensor([1, 1, 1, 1], [9]));
  });

  it('normalises by the given or the batch statistics', () => {
    const x = tensor([2, 1, 1, 2], [0, 10, 4, 30]);
    expect(momentsOf(x)).toEqual({
      mean: Float64Array.of(2, 20),
      variance: Float64Array.of(4, 100),
      count: 2,
    });
    expect([...batchNormalise(x, { epsilon: 0 }).data]).toEqual([-1, -1, 1, 1]);
    const statistics = { mean: Float64Array.of(0, 0), variance: Float64Array.of(3, 8) };
    const [gamma, beta] = [Float64Array.of(1, -3), Float64Array.of(0, 1)];
    expect([...batchNormalise(x, { statistics, gamma, beta, epsilon: 1 }).data]).toEqual([0, -9, 2, -29]);
  });

  it('pads, crops, rescales, multiplies matrices, takes the softmax', () => {
    expect([...pad(tensor([1, 1, 1, 1], [5]), sides(0, 1, 1, 0)).data]).toEqual([0, 5, 0, 0]);
    expect([...crop(square, sides(1, 0, 0, 2)).data]).toEqual([4, 7]);
    expect([...rescale(tensor([1, 2], [1, 2]), [2], [1, -1]).data]).toEqual([3, 3]);
    expect([
      ...dense(tensor([1, 2], [1, 2]), tensor([2, 2], [1, 2, 3, 4]), tensor([2], [0, 1])).data,
    ]).toEqual([7, 11]);
    const [a, b] = softmax(tensor([1, 2], [1000, 1000 + Math.log(3)])).data;
    expect(a).toBeCloseTo(0.25, 12);
    expect(b).toBeCloseTo(0.75, 12);
  });
});

describe('reference executor', () => {
  const builder = new NetworkBuilder(1);
  const relu = builder.node('relu', 'relu', {}, [builder.dense('dense', builder.input(1, 1, 2), 2)]);
  const dropped = builder.node('dropout', 'dropout', { rate: 0.5 }, [relu]);
  const network = builder.build(builder.node('flatten', 'flatten', {}, [dropped]));

  it('runs every node and takes weights of its own', () => {
    const weights = new Map([
      ['dense/kernel', Float64Array.of(1, -1, 2, 1)],
      ['dense/bias', Float64Array.of(0.5, -3)],
    ]);
    const values = runReference(networkOf(network), [tensor([1, 1, 1, 2], [1, 2])], { weights });
    expect([...(values.get('dense')?.data ?? [])]).toEqual([5.5, -2]);
    expect(values.get('flatten')).toEqual(tensor([1, 2], [5.5, 0]));
  });

  it('refuses an unknown operator', () => {
    const opaque = new NetworkBuilder(1);
    const input = opaque.input(1, 1, 1);
    const broken = opaque.build(opaque.node('opaque', 'swish', { type: 'swish' }, [input]));
    expect(() => runReference(networkOf(broken), [tensor([1, 1, 1, 1], [1])])).toThrow(/swish/);
  });
});

describe('seeded random numbers', () => {
  const many = (draw: () => number): number[] => Array.from({ length: 20_000 }, draw);
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

  it('repeat with the seed and differ between seeds', () => {
    const first = (seed: number): number[] => {
      const random = createRandom(seed);
      return [random.uint32(), random.uint32(), random.uint32()];
    };
    expect(first(7)).toEqual(first(7));
    expect(new Set([0, 1, 2, 2 ** 31, 1.5e9].flatMap(first)).size).toBe(15);
  });

  it('have the moments of their distributions', () => {
    const random = createRandom(3);
    const normal = many(() => random.normal());
    expect(mean(normal)).toBeCloseTo(0, 1);
    expect(mean(normal.map((x) => x ** 2))).toBeCloseTo(1, 1);
    expect(mean(normal.map((x) => x ** 4)) / 3).toBeCloseTo(1, 0);
    const uniform = many(() => random.uniform());
    expect(mean(uniform)).toBeCloseTo(0.5, 1);
    expect(Math.min(...uniform)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...uniform)).toBeLessThan(1);
    const counts = [0, 0, 0];
    many(() => counts[random.below(3)]++);
    counts.forEach((count) => expect(count / 20_000).toBeCloseTo(1 / 3, 1));
  });

  it('do not fall into a short cycle, from a seed of zero either', () => {
    const random = createRandom(0);
    expect(new Set(many(() => random.uint32())).size).toBeGreaterThan(19_990);
  });

  it('give each name a stream of its own', () => {
    const seeds = ['a', 'b', 'ab', 'ba', ''].flatMap((name) => [streamSeed(1, name), streamSeed(2, name)]);
    expect(new Set(seeds).size).toBe(10);
  });
});
