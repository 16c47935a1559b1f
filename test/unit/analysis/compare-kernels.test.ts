import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convertToAcnet } from '../../../src/core/acnet/convert';
import { fuseAcnet } from '../../../src/core/acnet/fuse';
import { matchesGlobs } from '../../../src/core/acnet/glob';
import { findSites } from '../../../src/core/acnet/sites';
import { compareKernels, type KernelComparison } from '../../../src/core/analysis/compare-kernels';
import { kernelMagnitudes } from '../../../src/core/analysis/magnitude';
import type { Checkpoint } from '../../../src/core/checkpoint';
import { CheckpointError, UserError } from '../../../src/core/errors';
import { createRandom, streamSeed } from '../../../src/core/random';
import { tensorOf, type TensorRef } from '../../../src/core/tensor/tensor';
import { NetworkBuilder } from '../../support/reference-networks';

/** Takes every step. */
function compare(before: Checkpoint, after: Checkpoint, layers?: string): KernelComparison {
  const steps = compareKernels(before, after, layers === undefined ? undefined : matchesGlobs(layers));
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

interface Layer {
  readonly name: string;
  readonly kernel: readonly [number, number];
  readonly filters: number;
  readonly norm?: boolean;
}

/** A chain of convolutions, each with a batch norm of random statistics unless it has none. */
function chain(seed: number, layers: readonly Layer[], channels = 3): Checkpoint {
  const builder = new NetworkBuilder(seed);
  let value = builder.input(9, 9, channels);
  for (const { name, kernel, filters, norm = true } of layers) {
    value = builder.conv(name, value, { kernel, filters, bias: !norm });
    if (norm) value = builder.batchNorm(`${name}_bn`, value);
  }
  return builder.build(value);
}

const THREE: readonly Layer[] = [
  { name: 'a', kernel: [3, 3], filters: 4 },
  { name: 'b', kernel: [3, 3], filters: 4 },
  { name: 'c', kernel: [3, 3], filters: 4 },
];

/** The checkpoint with other values in the tensors that `change` answers for. */
function changed(
  checkpoint: Checkpoint,
  change: (tensor: TensorRef) => Float32Array | undefined,
): Checkpoint {
  const tensors = [...checkpoint.tensors].map(([name, tensor]) => {
    const values = change(tensor);
    return [name, values ? tensorOf(name, tensor.shape, values) : tensor] as const;
  });
  return { ...checkpoint, tensors: new Map(tensors) };
}

function convert(checkpoint: Checkpoint, branches: 'zero' | 'paper', names?: readonly string[]): Checkpoint {
  const sites = findSites(checkpoint).filter(({ name }) => names?.includes(name) ?? true);
  return convertToAcnet(checkpoint, { sites, variant: 'skeleton', branches, seed: 3 }).checkpoint;
}

const weights = ({ tensors }: Checkpoint, name: string): number[] => [
  ...(tensors.get(name)?.readFloat32() ?? []),
];

/** A convolution's kernel times γ/√(σ² + ε), from the definition. */
function fusedKernel(checkpoint: Checkpoint, layer: string): number[] {
  const norm = checkpoint.graph?.nodes.find(({ name }) => name === `${layer}_bn`);
  if (norm?.op !== 'batchNorm') return weights(checkpoint, `${layer}/kernel`);
  const gamma = weights(checkpoint, norm.parameters.gamma);
  const variance = weights(checkpoint, norm.parameters.variance);
  return weights(checkpoint, `${layer}/kernel`).map((value, i) => {
    const filter = i % variance.length;
    return (value * (gamma[filter] ?? 1)) / Math.sqrt(variance[filter] + norm.attributes.epsilon);
  });
}

const norm = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));

describe('the numbers of a comparison', () => {
  it('are those of the definition, raw and fused, on random networks', () => {
    const pair = fc.tuple(fc.integer({ min: 2, max: 5 }), fc.integer({ min: 2, max: 5 }));
    const layer = fc.record({ kernel: pair, filters: fc.integer({ min: 1, max: 5 }), norm: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(layer, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 1e6 }),
        (drawn, seed) => {
          const layers = drawn.map((each, i) => ({ name: `l${i}`, ...each }));
          const [before, after] = [chain(seed, layers), chain(seed + 1, layers)];
          const { matched, onlyBefore, onlyAfter } = compare(before, after);
          expect([matched.length, onlyBefore, onlyAfter]).toEqual([layers.length, [], []]);
          for (const { name, kernel, shape, ...measured } of matched) {
            for (const kind of ['raw', 'fused'] as const) {
              const values = (file: Checkpoint): number[] =>
                kind === 'raw' ? weights(file, `${name}/kernel`) : fusedKernel(file, name);
              const [v, w] = [values(before), values(after)];
              const delta = w.map((value, i) => value - v[i]);
              const change = measured[kind];
              expect(change.relative).toBeCloseTo(norm(delta) / norm(v), 9);
              const product = v.reduce((sum, value, i) => sum + value * w[i], 0);
              expect(change.cosine).toBeCloseTo(product / norm(v) / norm(w), 9);
              expect(change.maxAbs).toBeCloseTo(Math.max(...delta.map(Math.abs)), 12);
              const tap = shape[2] * shape[3];
              const mean = (all: readonly number[], position: number): number =>
                all.slice(position * tap, (position + 1) * tap).reduce((sum, x) => sum + Math.abs(x), 0) /
                tap;
              for (let position = 0; position < kernel[0] * kernel[1]; position++) {
                const [row, column] = [Math.floor(position / kernel[1]), position % kernel[1]];
                expect(change.before[row][column]).toBeCloseTo(mean(v, position), 10);
                expect(change.after[row][column]).toBeCloseTo(mean(w, position), 10);
                const difference = mean(w, position) - mean(v, position);
                expect(change.difference[row][column]).toBeCloseTo(difference, 10);
              }
            }
          }
        },
      ),
      { numRuns: 25, seed: 11 },
    );
  });

  it('of averages are those of each file by itself', () => {
    const [before, after] = [
      chain(1, THREE),
      chain(2, [...THREE, { name: 'd', kernel: [5, 5], filters: 2 }]),
    ];
    const { sizes } = compare(before, after);
    expect(Object.keys(sizes)).toEqual(['3x3']);
    const own = (file: typeof before) => {
      const { chance: _, ...size } = kernelMagnitudes(file).sizes['3x3'];
      return size;
    };
    expect(sizes['3x3']).toEqual({ before: own(before), after: own(after) });
  });

  it('of equal kernels say so; of zeros nothing is divided by zero', () => {
    const before = chain(1, THREE);
    const zero = (name: string) => (tensor: TensorRef) =>
      tensor.name === name ? new Float32Array(tensor.readFloat32().length) : undefined;
    const { matched } = compare(changed(before, zero('b/kernel')), changed(before, zero('c/kernel')));
    const [a, b, c] = matched.map(({ raw }) => raw);
    expect(a).toMatchObject({ relative: 0, maxAbs: 0, identical: true });
    expect(a.cosine).toBeCloseTo(1, 12);
    expect(b).toMatchObject({ relative: null, cosine: null, identical: false });
    expect(c).toMatchObject({ relative: 1, cosine: null, identical: false });
    const both = compare(changed(before, zero('b/kernel')), changed(before, zero('b/kernel'))).matched[1];
    expect(both.raw).toMatchObject({ relative: 0, cosine: null, maxAbs: 0, identical: true });
  });

  it('call kernels identical within the rounding of 32-bit numbers, not beyond', () => {
    const before = chain(1, THREE);
    const off = (by: number) =>
      changed(before, (tensor) => {
        if (tensor.name !== 'a/kernel') return undefined;
        const values = tensor.readFloat32().slice();
        const largest = Math.max(...values.map(Math.abs));
        values[0] += by * largest;
        return values;
      });
    const identical = (after: Checkpoint): boolean => compare(before, after).matched[0].raw.identical;
    expect([identical(off(1.5e-7)), identical(off(1e-6))]).toEqual([true, false]);
  });
});

describe('blocks', () => {
  it('are held against plain convolutions through their fused kernels', () => {
    const original = chain(5, THREE);
    const preserved = convert(original, 'zero', ['a', 'b']);
    const { matched, kinds } = compare(original, preserved);
    expect(kinds).toEqual({ before: 'plain', after: 'acnet' });
    expect(
      matched.map(({ name, nameAfter, throughFused, matchedBy }) => [
        name,
        nameAfter,
        throughFused,
        matchedBy,
      ]),
    ).toEqual([
      ['a', 'a', true, 'name'],
      ['b', 'b', true, 'name'],
      ['c', 'c', false, 'name'],
    ]);
    // New branches begin at γ = 0: whatever their kernels, nothing has changed yet.
    for (const { raw, fused } of matched) expect([raw.identical, fused.identical]).toEqual([true, true]);
    const random = compare(original, convert(original, 'paper'));
    for (const { raw, fused } of random.matched) {
      expect(raw).toEqual(fused);
      expect(fused.relative).toBeGreaterThan(0.1);
    }
  });

  it('are compared as stored where one file does not say which batch norms belong to them', () => {
    const network = chain(4, THREE);
    const loose: Checkpoint = { ...network, graph: undefined };
    const lone = {
      ...loose,
      tensors: new Map([...loose.tensors].filter(([name]) => name.endsWith('kernel'))),
    };
    for (const [before, after] of [
      [network, lone],
      [lone, network],
    ]) {
      const { asStored, matched, sizes } = compare(before, after);
      expect(asStored).toBe(true);
      expect(matched.map(({ raw, fused }) => [raw.identical, fused.identical])).toEqual(
        THREE.map(() => [true, true]),
      );
      expect(sizes['3x3'].after.fused).toEqual(sizes['3x3'].before.fused);
      expect(sizes['3x3'].after.fused).toEqual(sizes['3x3'].before.raw);
    }
    expect(compare(network, chain(5, THREE)).asStored).toBeUndefined();
  });

  it('equal the file that they were fused into', () => {
    const blocks = convert(chain(6, THREE), 'paper');
    for (const fold of [false, true]) {
      const fused = fuseAcnet(blocks, { fold }).checkpoint;
      const { matched, kinds } = compare(blocks, fused);
      expect(kinds).toEqual({ before: 'acnet', after: fold ? 'folded' : 'fused' });
      for (const kernel of matched) expect(kernel.fused.identical).toBe(true);
    }
  });

  it('the effect of fusing is taken off, whichever of the two is the block', () => {
    // Wide layers: a random block's kernels are close to their null.
    const layers = THREE.map((layer) => ({ ...layer, filters: 32 }));
    const plain = chain(7, layers, 32);
    const calm = (file: Checkpoint): Checkpoint =>
      changed(file, (tensor) => {
        const { name, shape } = tensor;
        if (/variance/.test(name)) return new Float32Array(shape[0]).fill(1);
        if (/gamma/.test(name)) return tensor.readFloat32().map(() => 1);
        const random = createRandom(streamSeed(1, name));
        // Each branch's output has variance 1: kernels of variance 1/(h·w·in).
        const scale = 1 / Math.sqrt(shape.slice(0, 3).reduce((product, size) => product * size, 1));
        return shape.length === 4 ? tensor.readFloat32().map(() => scale * random.normal()) : undefined;
      });
    const [before, after] = [calm(plain), calm(convert(plain, 'paper'))];
    const { fusing } = compare(before, after).sizes['3x3'];
    expect([fusing?.from, fusing?.to]).toEqual(['plain', 'skeleton']);
    expect(fusing?.alone[0][0]).toBeCloseTo(-0.58, 1);
    for (const value of fusing?.remainder.fused.flat() ?? []) expect(Math.abs(value)).toBeLessThan(0.05);
    const back = compare(after, before).sizes['3x3'].fusing;
    expect([back?.from, back?.to]).toEqual(['skeleton', 'plain']);
    back?.alone
      .flat()
      .forEach((value, i) => expect(value).toBeCloseTo(-(fusing?.alone.flat()[i] ?? NaN), 12));
    // A fused file is recognised by its batch norms, and which block it was by its numbers.
    const fused = compare(before, fuseAcnet(after, { fold: false }).checkpoint);
    expect([fused.kinds.after, fused.sizes['3x3'].after.suggestedNull]).toEqual(['fused', 'skeleton']);
    const kept = compare(before, fuseAcnet(convert(before, 'zero'), { fold: false }).checkpoint);
    expect([kept.kinds.after, kept.sizes['3x3'].fusing]).toEqual(['fused', undefined]);
  });
});

describe('what is compared', () => {
  it('is what the patterns name, in either file', () => {
    const [before, after] = [chain(1, THREE), chain(2, THREE)];
    expect(compare(before, after, 'a,c').matched.map(({ name }) => name)).toEqual(['a', 'c']);
    expect(() => compare(before, after, 'conv*')).toThrow(
      /no kernel that both checkpoints have bears such a name/,
    );
  });

  it('are files with a kernel in common', () => {
    const other = chain(2, [{ name: 'x', kernel: [5, 5], filters: 2 }]);
    expect(() => compare(chain(1, THREE), other)).toThrow(UserError);
    expect(() => compare(chain(1, THREE), other)).toThrow(/no k×k kernel in common.*3 and 1 k×k kernels/);
    const shared = chain(2, [{ name: 'x', kernel: [3, 3], filters: 4 }]);
    expect(compare(chain(1, THREE), shared).matched).toHaveLength(1);
  });

  it('is read one kernel at a time', () => {
    const before = chain(1, THREE);
    const read: string[] = [];
    const watched = (file: Checkpoint): Checkpoint => ({
      ...file,
      tensors: new Map(
        [...file.tensors].map(([name, tensor]) => {
          const readFloat32 = (): Float32Array => {
            if (name.endsWith('kernel')) read.push(name);
            return tensor.readFloat32();
          };
          return [name, { ...tensor, readFloat32 }] as const;
        }),
      ),
    });
    const steps = compareKernels(watched(before), watched(chain(2, THREE)));
    expect(read).toEqual([]);
    for (const [index, name] of ['a/kernel', 'b/kernel', 'c/kernel'].entries()) {
      read.length = 0;
      expect(steps.next().value).toEqual({ done: index + 1, total: 3 });
      expect(new Set(read)).toEqual(new Set([name]));
    }
  });

  it('are finite numbers', () => {
    const spoilt = changed(chain(1, THREE), (tensor) =>
      tensor.name === 'b/kernel'
        ? tensor.readFloat32().map((value, i) => (i === 1 ? NaN : value))
        : undefined,
    );
    expect(() => compare(chain(2, THREE), spoilt)).toThrow(CheckpointError);
  });

  it('have batch norms of a variance that is none refused with the name of their file', () => {
    const spoilt = changed(chain(1, THREE), ({ name, shape }) =>
      name.startsWith('b_bn') && name.endsWith('variance') ? new Float32Array(shape[0]).fill(-1) : undefined,
    );
    const file = { ...spoilt, path: 'second.keras' };
    expect(() => compare(chain(2, THREE), file)).toThrow(/^second\.keras: a variance is negative \(b_bn/);
  });
});
