import { describe, expect, it } from 'vitest';
import { convertToAcnet } from '../../../src/core/acnet/convert';
import { kernelMagnitudes } from '../../../src/core/analysis/magnitude';
import { kernelSlices } from '../../../src/core/analysis/slices';
import { fuseAcnet } from '../../../src/core/acnet/fuse';
import { withConvolutions } from '../../../src/core/acnet/loose';
import { chooseSites, findSites } from '../../../src/core/acnet/sites';
import type { Variant } from '../../../src/shared/choices';
import type { Checkpoint } from '../../../src/core/checkpoint';
import { writeCheckpoint } from '../../../src/core/formats/registry';
import { inspectCheckpoint } from '../../../src/operations/inspect';
import { memorySink, openBytes } from '../../support/torch-files';
import { normShapes, weightsFile, type Shapes } from '../../support/weights-file';

const open = (shapes: Shapes): Promise<Checkpoint> => openBytes('x.safetensors', weightsFile(shapes));

async function rewritten(checkpoint: Checkpoint): Promise<Checkpoint> {
  const { sink, bytes } = memorySink('y.safetensors');
  await writeCheckpoint(checkpoint, sink);
  return openBytes('y.safetensors', bytes());
}

async function converted(
  checkpoint: Checkpoint,
  assume: boolean,
  variant: Variant = 'skeleton',
): Promise<Checkpoint> {
  const known = withConvolutions(checkpoint, assume);
  const { chosen } = chooseSites(findSites(known));
  const options = { sites: chosen, variant, branches: 'zero', seed: 1 } as const;
  return rewritten(convertToAcnet(known, options).checkpoint);
}

const fused = (checkpoint: Checkpoint, fold = false): Promise<Checkpoint> =>
  rewritten(fuseAcnet(withConvolutions(checkpoint, false), { fold }).checkpoint);

const keys = ({ tensors }: Checkpoint): string[] => [...tensors.keys()].sort();
const values = ({ tensors }: Checkpoint, name: string): Float32Array =>
  tensors.get(name)?.readFloat32() ?? new Float32Array();

const PAIR: Shapes = {
  'stem.conv.weight': [4, 3, 3, 3],
  ...normShapes('stem.bn', 4),
  'head.weight': [2, 4],
};
const block = (path: string, kernel: number, branch = kernel, norms = true): Shapes => ({
  [`${path}.square_conv.weight`]: [4, 2, kernel, kernel],
  [`${path}.ver_conv.weight`]: [4, 2, branch, 1],
  [`${path}.hor_conv.weight`]: [4, 2, 1, branch],
  ...(norms
    ? {
        ...normShapes(`${path}.square_bn`, 4),
        ...normShapes(`${path}.ver_bn`, 4),
        ...normShapes(`${path}.hor_bn`, 4),
      }
    : {}),
});

describe('weights without a network', () => {
  it('show their convolutions, and the batch norm that stands behind one by name', async () => {
    const { hasGraph, sites, facts } = inspectCheckpoint(await open(PAIR));
    expect(hasGraph).toBe(false);
    expect(facts.find(({ label }) => label === 'Network')?.value).toMatch(/^unknown/);
    expect(sites).toMatchObject([
      {
        name: 'stem.conv',
        kernel: [3, 3],
        inChannels: 3,
        outChannels: 4,
        batchNorm: 'separate',
        eligible: true,
      },
    ]);
    expect(sites[0].normByName).toBe('stem.bn');
    expect(sites[0].reason).toMatch(/stem\.bn looks like its batch norm/);
  });

  it('become blocks with the reference code’s keys, and go back to their own', async () => {
    const source = await open(PAIR);
    const blocks = await converted(source, true);
    expect(keys(blocks).filter((key) => !key.endsWith('num_batches_tracked'))).toEqual(
      ['square', 'ver', 'hor']
        .flatMap((part) => [
          `stem.conv.${part}_conv.weight`,
          ...Object.keys(normShapes(`stem.conv.${part}_bn`, 4)),
        ])
        .concat('head.weight')
        .sort(),
    );
    const back = await fused(blocks);
    expect(keys(back)).toEqual(keys(source));
    expect(values(back, 'head.weight')).toEqual(values(source, 'head.weight'));
    const folded = await fused(blocks, true);
    expect(keys(folded)).toEqual(['head.weight', 'stem.conv.fused_conv.bias', 'stem.conv.fused_conv.weight']);
  });

  it('keep the batch norm outside where nobody says it is theirs', async () => {
    const source = await open(PAIR);
    const blocks = await converted(source, false);
    expect(keys(blocks)).toEqual(expect.arrayContaining(['stem.bn.weight', 'stem.conv.square_bn.weight']));
    expect(values(blocks, 'stem.bn.running_var')).toEqual(values(source, 'stem.bn.running_var'));
    const back = await fused(blocks);
    expect(keys(back)).toEqual([...keys(source), 'stem.conv.bias'].sort());
    const [before, after] = [source, back].map((checkpoint) => values(checkpoint, 'stem.conv.weight'));
    after.forEach((value, i) => expect(value).toBeCloseTo(before[i], 6));
  });

  it('remember that the branches of the border variant land on the border', async () => {
    const source = await open({ 'c.weight': [4, 2, 3, 3] });
    const blocks = await converted(source, false, 'border');
    const [site] = findSites(withConvolutions(blocks, false));
    expect([site.block?.row, site.block?.column]).toEqual([2, 2]);
    const [centred] = findSites(withConvolutions(await converted(source, false), false));
    expect([centred.block?.row, centred.block?.column]).toEqual([1, 1]);
  });
});

describe('blocks of other producers', () => {
  it.each([
    ['the reference code', block('layer.acb', 3)],
    ['its wrapped form', block('module.layer.acb', 5)],
    ['its first version, with branches three long', block('acb', 5, 3)],
    ['forks without batch norms', block('acb', 3, 3, false)],
  ])('of %s are fused into fused_conv', async (_, shapes) => {
    const source = await open(shapes);
    const [site] = findSites(withConvolutions(source, false));
    expect(site.kind).toBe('acb');
    const back = await fused(source);
    const path = `${site.name}.fused_conv`;
    expect(back.tensors.has(`${path}.weight`)).toBe(true);
    expect(keys(back).every((key) => key.startsWith(path))).toBe(true);
    const near = kernelSlices(source, site.name, { filter: 1, input: 1 });
    expect(near.branches?.map(({ name }) => name)).toEqual(['square', 'horizontal', 'vertical']);
    const stored = back.tensors.get(`${path}.weight`)?.shape ?? [];
    const [, channels, height, width] = stored;
    const from = (1 * channels + 1) * height * width;
    near.slice.flat().forEach((value, i) => {
      expect(value).toBeCloseTo(values(back, `${path}.weight`)[from + i], 5);
    });
    // The centre row and column have what the branches brought; the corners are only the square kernel's.
    expectFused(source, back, site.name);
  });

  it('of other kinds are named and left alone', async () => {
    const source = await open({
      'a.rbr_dense.conv.weight': [4, 2, 3, 3],
      ...normShapes('a.rbr_dense.bn', 4),
      'b.dbb_origin.conv.weight': [4, 2, 3, 3],
      'c.weight': [4, 2, 3, 3],
    });
    expect(source.warnings.join()).toMatch(/not ACB.*RepVGG \(1\), diverse branch block \(DBB\) \(1\)/);
    const sites = findSites(withConvolutions(source, false));
    expect(sites.map(({ name, eligible }) => [name, eligible])).toEqual([
      ['a.rbr_dense.conv', false],
      ['b.dbb_origin.conv', false],
      ['c', true],
    ]);
    expect(sites[0].reason).toMatch(/another kind, RepVGG: recognised, and no ACB/);
    const blocks = await converted(source, true);
    expect(keys(blocks)).toEqual(expect.arrayContaining(keys(source).filter((key) => key !== 'c.weight')));
    for (const key of keys(source).filter((name) => name !== 'c.weight'))
      expect(values(blocks, key)).toEqual(values(source, key));
    expect(findSites(withConvolutions(blocks, false)).map(({ kind }) => kind)).toEqual([
      'plain',
      'plain',
      'acb',
    ]);
  });

  it.each([
    ['MobileOne', 'a.rbr_conv.0.conv', 'a.rbr_scale.conv'],
    ['RepVGG', 'a.rbr_dense.conv', 'a.rbr_1x1.conv'],
    ['diverse branch block (DBB)', 'a.dbb_origin.conv', 'a.dbb_1x1.conv'],
    ['DyRep', 'a.dbb_kxk.conv', 'a.dbb_1xk.conv'],
  ])('%s: its kernels are drawn, and nothing of it is converted or fused', async (kind, square, other) => {
    const source = await open({ [`${square}.weight`]: [4, 2, 3, 3], [`${other}.weight`]: [4, 2, 1, 1] });
    const { sites } = inspectCheckpoint(source);
    expect(sites.map(({ eligible, kind }) => [eligible, kind])).toEqual([
      [false, 'plain'],
      [false, 'plain'],
    ]);
    for (const { reason } of sites) expect(reason).toContain(kind);
    const { layers } = kernelMagnitudes(source);
    expect(layers.map(({ name }) => name)).toEqual([square]);
    const near = kernelSlices(source, square, { filter: 0, input: 0 });
    expect(near.slice.flat()).toEqual([...values(source, `${square}.weight`).slice(0, 9)]);
    expect(near.branches).toBeUndefined();
    expect(fuseAcnet(withConvolutions(source, false), { fold: false }).fused).toEqual([]);
  });
});

it.each([
  ['weight norm', ['weight_g', 'weight_v'], 'remove_weight_norm'],
  ['spectral norm', ['weight_u', 'weight_orig'], 'remove_spectral_norm'],
  ['pruning', ['weight_mask', 'weight_orig'], 'prune.remove'],
  ['weight norm', ['parametrizations.weight.original0', 'parametrizations.weight.original1'], 'parametrize'],
  ['spectral norm', ['parametrizations.weight.0._u', 'parametrizations.weight.original'], 'parametrize'],
])('says that a kernel with %s in %j is not listed', async (kind, [other, kernel], undo) => {
  const source = await open({ [`a.${other}`]: [4], [`a.${kernel}`]: [4, 2, 3, 3], 'b.weight': [4, 2, 3, 3] });
  const said = `one convolution is not listed, since the kernel is stored in parts (${kind}): a; apply `;
  expect(source.warnings.join()).toContain(said);
  expect(source.warnings.join()).toContain(undo);
  expect((await open({ [`a.${kernel}`]: [4, 2, 3, 3] })).warnings.join()).not.toContain('stored in parts');
});

it("counts parameters as PyTorch does, with the batch norms' statistics apart", async () => {
  const norm = { 'bn.weight': [4], 'bn.bias': [4], 'bn.running_mean': [4], 'bn.running_var': [4] };
  const source = await open({ 'conv.weight': [4, 2, 3, 3], ...norm });
  expect(inspectCheckpoint(source)).toMatchObject({ parameters: 72 + 8, statistics: 8 });
  expect(inspectCheckpoint(await open({ 'conv.weight': [4, 2, 3, 3] }))).not.toHaveProperty('statistics');
});

/** Fusion by the textbook: K γ/√(σ² + ε) of each branch, summed where it lands. */
function expectFused(source: Checkpoint, back: Checkpoint, name: string): void {
  const scaled = (part: string, filter: number): number => {
    const gamma = values(source, `${name}.${part}_bn.weight`).at(filter);
    const variance = values(source, `${name}.${part}_bn.running_var`).at(filter);
    return gamma === undefined || variance === undefined ? 1 : gamma / Math.sqrt(variance + 1e-5);
  };
  const [filters, channels, size] = source.tensors.get(`${name}.square_conv.weight`)?.shape ?? [];
  const [square, ver, hor] = ['square', 'ver', 'hor'].map((part) =>
    values(source, `${name}.${part}_conv.weight`),
  );
  const length = ver.length / filters / channels;
  const gap = (size - length) / 2;
  const actual = values(back, `${name}.fused_conv.weight`);
  actual.forEach((value, i) => {
    const filter = Math.floor(i / size / size / channels);
    const plane = Math.floor(i / size / size);
    const [row, column] = [Math.floor(i / size) % size, i % size];
    const inside = (at: number): boolean => at >= gap && at < size - gap;
    const middle = (size - 1) / 2;
    let expected = square[i] * scaled('square', filter);
    if (column === middle && inside(row)) expected += ver[plane * length + row - gap] * scaled('ver', filter);
    if (row === middle && inside(column))
      expected += hor[plane * length + column - gap] * scaled('hor', filter);
    expect(value).toBeCloseTo(expected, 5);
  });
}
