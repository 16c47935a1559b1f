import { describe, expect, it } from 'vitest';
import { COMMON_RULES } from '../../../src/core/checkpoint';
import { chooseSites, findSites } from '../../../src/core/acnet/sites';
import type { Checkpoint } from '../../../src/core/checkpoint';
import { UserError } from '../../../src/core/errors';
import type { Padding, Pair } from '../../../src/core/graph/padding';
import { NetworkBuilder } from '../../support/reference-networks';

function siteOf(build: (builder: NetworkBuilder, input: string) => string, size: number | null = 16) {
  const builder = new NetworkBuilder(1);
  const output = build(builder, builder.input(size, size, 2));
  return findSites(builder.build(output))[0];
}

describe('eligibility', () => {
  const eligible = { eligible: true, selected: true, reason: undefined, kind: 'plain' };

  it('accepts every kernel of two axes, whatever its stride, dilation, groups, padding and bias', () => {
    expect(siteOf((b, x) => b.conv('c', x, { kernel: [3, 3], filters: 4 }))).toMatchObject(eligible);
    expect(siteOf((b, x) => b.conv('c', x, { kernel: [2, 5], filters: 4, stride: [2, 1] }))).toMatchObject(
      eligible,
    );
    expect(
      siteOf((b, x) =>
        b.conv('c', x, { kernel: [3, 3], filters: 4, dilation: [2, 2], groups: 2, padding: 'valid' }),
      ),
    ).toMatchObject(eligible);
  });

  it.each([
    [[1, 1], '1×1 kernel'],
    [[1, 3], 'a 1 × 3 kernel is already one-dimensional'],
    [[5, 1], 'a 5 × 1 kernel is already one-dimensional'],
  ] as const)('refuses %j', (kernel, reason) => {
    const site = siteOf((b, x) => b.conv('c', x, { kernel, filters: 4 }));
    expect(site).toMatchObject({ eligible: false, selected: false, reason });
  });

  it('converts kernels above 7 only when named', () => {
    const site = siteOf((b, x) => b.conv('c', x, { kernel: [11, 11], filters: 2 }));
    expect(site).toMatchObject({ eligible: true, selected: false });
    expect(chooseSites([site]).skipped).toEqual([
      { name: 'c', reason: 'larger than 7: converted only when named' },
    ]);
    expect(chooseSites([site], 'c').chosen).toEqual([site]);
  });

  it('takes a layer called twice for one, and refuses weights shared with something else', () => {
    const b = new NetworkBuilder(1);
    const options = { kernel: [3, 3], filters: 2, bias: false } as const;
    const first = b.conv('c', b.input(8, 8, 2), options);
    const again = { ...options, shares: 'c/kernel' };
    const sites = findSites(b.build(b.conv('c:1', first, again)));
    expect(sites.map(({ name, eligible, calls }) => [name, eligible, calls.length])).toEqual([
      ['c', true, 2],
    ]);
    const strided = findSites(b.build(b.conv('other', first, { ...again, stride: [2, 2] })));
    expect(strided.map(({ reason }) => reason)).toEqual([
      'its weights are shared with other, which differs otherwise',
      'its weights are shared with c, which differs otherwise',
    ]);
    const foreign = siteOf((builder, x) => {
      const conv = builder.conv('c', x, { kernel: [3, 3], filters: 2 });
      return builder.node('opaque', 'odd', { type: 'Odd' }, [conv], { weight: 'c/kernel' });
    });
    expect(foreign.reason).toBe('its weights are shared with odd, which is not a convolution');
  });

  it('needs the input size for "same" with a stride only where a format has no groups', () => {
    const site = (stride: Pair, padding: Padding, groups = true) => {
      const b = new NetworkBuilder(1);
      const value = b.conv('c', b.input(null, null, 2), { kernel: [3, 3], filters: 2, stride, padding });
      return findSites({ ...b.build(value), rules: { ...COMMON_RULES, groups } })[0];
    };
    expect(site([2, 2], 'same', false)).toMatchObject({
      eligible: false,
      reason: 'input size unknown: "same" padding with a stride depends on it; pass --input-size',
    });
    expect(site([2, 2], 'same').eligible).toBe(true);
    expect(site([2, 2], 'valid', false).eligible).toBe(true);
    expect(site([1, 1], 'same', false).eligible).toBe(true);
  });

  it('refuses quantised weights', () => {
    const builder = new NetworkBuilder(1);
    const conv = builder.conv('c', builder.input(8, 8, 1), { kernel: [3, 3], filters: 1 });
    const network = builder.build(conv);
    const kernel = network.tensors.get('c/kernel');
    if (!kernel) throw new Error('no kernel');
    const tensors = new Map(network.tensors).set('c/kernel', { ...kernel, dtype: 'int8' });
    expect(findSites({ ...network, tensors })[0].reason).toBe(
      'its weights are quantised (int8): dequantise first',
    );
  });
});

describe('batch norms', () => {
  const norm = (build: (builder: NetworkBuilder, conv: string) => string) =>
    siteOf((b, x) => build(b, b.conv('c', x, { kernel: [3, 3], filters: 2 })));

  it('absorbs the single direct consumer only', () => {
    expect(norm((b, c) => b.batchNorm('bn', c))).toMatchObject({
      batchNorm: 'absorbed',
      absorbs: { name: 'bn' },
    });
    expect(norm((b, c) => b.batchNorm('bn', b.node('relu', 'relu', {}, [c])))).toMatchObject({
      batchNorm: 'separate',
      absorbs: undefined,
    });
    expect(norm((b, c) => b.node('add', 'sum', {}, [b.batchNorm('bn', c), c])).absorbs).toBeUndefined();
    expect(norm((b, c) => b.node('relu', 'relu', {}, [c]))).toMatchObject({ batchNorm: 'none' });
  });

  it('does not look through the next convolution', () => {
    const site = norm((b, c) => b.batchNorm('bn', b.conv('next', c, { kernel: [1, 1], filters: 2 })));
    expect(site.batchNorm).toBe('none');
  });
});

describe('choosing', () => {
  const builder = new NetworkBuilder(1);
  const stem = builder.conv('stem', builder.input(8, 8, 1), { kernel: [3, 3], filters: 2 });
  const point = builder.conv('block1_point', stem, { kernel: [1, 1], filters: 2 });
  const conv1 = builder.conv('block1_conv', point, { kernel: [3, 3], filters: 2 });
  const sites = findSites(builder.build(builder.conv('block2_conv', conv1, { kernel: [3, 3], filters: 2 })));
  const chosen = (layers?: string) => chooseSites(sites, layers).chosen.map(({ name }) => name);

  it('takes all selected sites when nothing is named', () => {
    expect(chosen()).toEqual(['stem', 'block1_conv', 'block2_conv']);
    expect(chooseSites(sites).skipped.map(({ name }) => name)).toEqual(['block1_point']);
  });

  it.each([
    ['stem', ['stem']],
    ['block*', ['block1_conv', 'block2_conv']],
    ['block?_conv', ['block1_conv', 'block2_conv']],
    ['*2*, stem', ['stem', 'block2_conv']],
    ['*', ['stem', 'block1_conv', 'block2_conv']],
    ['b*1*_*v', ['block1_conv']],
  ])('%s', (layers, names) => {
    expect(chosen(layers)).toEqual(names);
  });

  it('says why a named layer is not converted, and refuses a name that is nowhere', () => {
    expect(chooseSites(sites, 'block1_*').skipped).toContainEqual({
      name: 'block1_point',
      reason: '1×1 kernel',
    });
    expect(() => chooseSites(sites, 'stem,nowhere*')).toThrow(UserError);
    expect(() => chooseSites(sites, 'stem,nowhere*')).toThrow(/nowhere\*/);
  });

  it('takes long patterns of stars in its stride', () => {
    const name = 'a'.repeat(5000);
    const builder2 = new NetworkBuilder(1);
    const long = builder2.build(builder2.conv(name, builder2.input(8, 8, 1), { kernel: [3, 3], filters: 1 }));
    expect(() => chooseSites(findSites(long), `${'a*'.repeat(200)}b`)).toThrow(UserError);
  });
});

it('finds nothing without a graph', () => {
  const builder = new NetworkBuilder(1);
  const network = builder.build(builder.conv('c', builder.input(8, 8, 1), { kernel: [3, 3], filters: 1 }));
  const weights: Checkpoint = { ...network, graph: undefined };
  expect(findSites(weights)).toEqual([]);
  expect(findSites(network)).toHaveLength(1);
});
