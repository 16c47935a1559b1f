import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { FuseResult, InspectResult, VerifyResult } from '../../../src/contract/results';
import { cifarResnet8, resaved, weightsFile } from '../../support/weights-file';
import { temporaryFolder, writeModel } from './fixtures';
import { acnet } from './run';

const folder = temporaryFolder();
const at = (name: string): string => path.join(folder, name);

/** Converts a known network, and saves the result again as PyTorch does: without what is beside the tensors. */
async function convert(variant: string): Promise<void> {
  const [source, blocks] = [at('net.safetensors'), at(`${variant}.safetensors`)];
  writeFileSync(source, weightsFile(cifarResnet8()));
  const options = ['--variant', variant, '--start', 'scratch', '--seed', '3'];
  expect((await acnet('convert', source, '-o', blocks, ...options)).code).toBe(0);
  writeFileSync(at(`${variant}-again.safetensors`), resaved(readFileSync(blocks)));
}

beforeAll(async () => {
  await convert('skeleton');
  await convert('border');
});

const SENTENCE =
  'the branches of 7 blocks are assumed to land on the centre row and column (skeleton): the file does not store where they land';

describe('where blocks land', () => {
  it.each([
    ['skeleton', 'already an ACB: skeleton, stored in the file', false],
    ['border', 'already an ACB: border, stored in the file', false],
    ['border-again', 'already an ACB: border, stored in the file', false],
    ['skeleton-again', 'already an ACB: skeleton, assumed: the file does not store it', true],
  ])('is shown by inspect: %s', async (name, words, assumed) => {
    const { out, err } = await acnet('inspect', at(`${name}.safetensors`));
    expect(out.split('\n').filter((line) => line.trimEnd().endsWith(words))).toHaveLength(7);
    expect(err.includes(SENTENCE)).toBe(assumed);
    const result = (await acnet('inspect', at(`${name}.safetensors`), '--json')).json() as InspectResult;
    const place = name.startsWith('border') ? 2 : 1;
    const [variant] = name.split('-');
    const landing = { row: place, column: place, variant, source: assumed ? 'assumed' : 'stored' };
    expect(result.sites.map((site) => site.landing)).toEqual(result.sites.map(() => landing));
  });

  it.each([
    ['border-again', 2, 'border, stored in the file', false],
    ['skeleton-again', 1, 'skeleton, assumed: the file does not store it', true],
  ])('is shown by fuse and verify: %s', async (name, place, words, assumed) => {
    const [blocks, fused] = [at(`${name}.safetensors`), at(`${name}.fused.safetensors`)];
    const line = `7 blocks of 3×3: branches on row ${place} and column ${place}, counted from 0 (${words})`;
    const { out, err } = await acnet('fuse', blocks, '-o', fused);
    expect(out).toContain(line);
    expect(err.includes(SENTENCE)).toBe(assumed);
    const verified = await acnet('verify', blocks, fused, '--backend', 'portable', '--samples', '2');
    expect(verified.out).toContain(`a: ${line}`);
    expect(verified.err.includes(SENTENCE)).toBe(assumed);
    const json = ['--json', '--backend', 'portable', '--samples', '2'];
    const { landings } = (await acnet('verify', blocks, fused, ...json)).json() as VerifyResult;
    expect(landings?.a).toMatchObject([{ row: place, column: place, blocks: 7, kernel: [3, 3] }]);
    expect(landings?.b).toEqual([]);
    const again = (await acnet('fuse', blocks, '-o', fused, '--overwrite', '--json')).json() as FuseResult;
    expect(again.landings).toEqual(landings?.a);
  });

  it('is what the network shows where the file has one', async () => {
    const source = await writeModel(at('net.keras'));
    await acnet('convert', source, '-o', at('net.acnet.keras'), '--variant', 'border');
    const { sites } = (await acnet('inspect', at('net.acnet.keras'), '--json')).json() as InspectResult;
    const shown = sites.flatMap(({ landing }) => landing ?? []);
    expect(shown.length).toBeGreaterThan(0);
    for (const landing of shown) expect(landing).toMatchObject({ variant: 'border', source: 'network' });
    expect((await acnet('inspect', at('net.acnet.keras'))).out).toMatch(/already an ACB: border$/m);
  });
});
