import { describe, expect, it } from 'vitest';
import type { KernelLayer } from '../../../src/core/analysis/kernel-layers';
import { matchKernels, plainSpelling, type KernelMatches } from '../../../src/core/analysis/match-kernels';

/** `name` of 3×3×4×4, or `name:5×5×3×8`. */
function layer(text: string): KernelLayer {
  const [name, shape = '3×3×4×4'] = text.split(':');
  const sizes = shape.split('×').map(Number);
  return { name, kernel: [sizes[0], sizes[1]], shape: sizes, tensor: `${name}/kernel` };
}

const file = (names: string, ordered = true) => ({ layers: names.split(' ').map(layer), ordered });

/** Pairs as `a=b by rule`, and what is left. */
function words({ pairs, onlyBefore, onlyAfter }: KernelMatches) {
  return {
    pairs: pairs.map(({ before, after, matchedBy }) => `${before.name}=${after.name} by ${matchedBy}`),
    before: onlyBefore.map(({ layer: { name } }) => name),
    after: onlyAfter.map(({ layer: { name } }) => name),
  };
}

describe('kernels are matched', () => {
  it('by name, whatever their order', () => {
    expect(words(matchKernels(file('a b c'), file('c a b', false)))).toEqual({
      pairs: ['a=a by name', 'b=b by name', 'c=c by name'],
      before: [],
      after: [],
    });
  });

  it.each([
    ['module.layer1.0.conv1', 'layer1.0.conv1'],
    ['layer1.0.conv1', 'layer1_0_conv1'],
    ['backbone/conv1', 'backbone_conv1'],
    ['conv1', 'conv1.square_conv'],
    ['conv1.fused_conv', 'conv1'],
    ['conv1/conv1', 'conv1'],
    ['layers/conv2d', 'conv2d'],
    ['/layer1/layer1.0/conv1/Conv', 'layer1.0.conv1'],
  ])('by spelling: %s and %s', (before, after) => {
    expect(words(matchKernels(file(`${before} x`), file(`x ${after}`, false))).pairs).toEqual([
      `${before}=${after} by spelling`,
      'x=x by name',
    ]);
  });

  it('by spelling only where that is one name in each file', () => {
    const { pairs, before } = words(matchKernels(file('a.b a_b', false), file('a/b', false)));
    expect([pairs, before]).toEqual([[], ['a.b', 'a_b']]);
    expect(plainSpelling('conv1')).not.toBe(plainSpelling('conv11'));
  });

  it('by order where only one is left of a shape, ordered or not', () => {
    expect(words(matchKernels(file('a old', false), file('new a', false)))).toMatchObject({
      pairs: ['a=a by name', 'old=new by order'],
    });
  });

  it('by order in runs between kernels that both have', () => {
    const found = words(matchKernels(file('p q stem r s'), file('1 2 stem 3 4')));
    expect(found.pairs).toEqual([
      'p=1 by order',
      'q=2 by order',
      'stem=stem by name',
      'r=3 by order',
      's=4 by order',
    ]);
  });

  it('by order within a shape: others may stand between', () => {
    const found = words(matchKernels(file('p:5×5×1×2 q r:5×5×1×2 s'), file('1 2:5×5×1×2 3:5×5×1×2 4')));
    expect(found.pairs).toEqual(['p=2 by order', 'q=1 by order', 'r=3 by order', 's=4 by order']);
  });
});

describe('kernels are left alone', () => {
  const reasons = ({ onlyBefore, onlyAfter }: KernelMatches) =>
    [...onlyBefore, ...onlyAfter].map(({ layer: { name }, reason }) => `${name}: ${reason ?? 'no partner'}`);

  it('without an order that means anything', () => {
    const found = matchKernels(file('p q'), file('1 2', false));
    expect(words(found).pairs).toEqual([]);
    expect(reasons(found)[0]).toBe('p: several kernels have this shape, and no order says which is which');
  });

  it('where a run has another number of kernels, and only there', () => {
    const found = matchKernels(file('p q stem r'), file('1 stem 2'));
    expect(words(found)).toMatchObject({
      pairs: ['stem=stem by name', 'r=2 by order'],
      before: ['p', 'q'],
      after: ['1'],
    });
    expect(reasons(found)[0]).toMatch(/different numbers of kernels/);
  });

  it('where those that both have come in another order', () => {
    const found = matchKernels(file('a p b q'), file('b 1 a 2'));
    expect(words(found).pairs).toEqual(['a=a by name', 'b=b by name']);
    expect(reasons(found)[0]).toMatch(/another order/);
  });

  it('if their shapes differ, whatever their names', () => {
    const found = matchKernels(file('a b:3×3×4×8 n'), file('a b:3×3×4×16'));
    expect(words(found)).toMatchObject({ pairs: ['a=a by name'], before: ['b', 'n'], after: ['b'] });
    expect(reasons(found)).toEqual([
      "b: the other file's kernel of this name is 3×3×4×16",
      'n: no partner',
      "b: the other file's kernel of this name is 3×3×4×8",
    ]);
  });
});
