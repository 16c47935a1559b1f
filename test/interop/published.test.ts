import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { convertFile } from '../../src/operations/convert/convert';
import { fuseFile } from '../../src/operations/fuse';
import { inspectFile } from '../../src/operations/inspect';
import { runPython } from '../support/peers';
import { quiet } from '../support/quiet';
import { emotionModel } from './published/files';

interface Found {
  readonly parameters: number;
  readonly trainable: number;
  readonly macs: number;
  readonly weights: number;
  readonly convolutions: number;
  readonly spread: number;
  readonly difference: number;
}

const folder = mkdtempSync(join(tmpdir(), 'acnet-published-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function compare(...files: readonly string[]): Found[] {
  const output = runPython(join(import.meta.dirname, 'published', 'compare.py'), files);
  return JSON.parse(output.trim().split('\n').at(-1) ?? '[]') as Found[];
}

describe('the emotion network of FER, saved by Keras 2.0.5', () => {
  it('is inspected, converted and fused as Keras has it', async () => {
    const source = emotionModel();
    const [acnet, fused, folded] = ['acnet', 'fused', 'folded'].map((name) => join(folder, `${name}.hdf5`));
    const options = { variant: 'skeleton', branches: 'zero' } as const;
    const { converted } = await convertFile(source, acnet, options, quiet);
    await fuseFile(acnet, fused, { fold: false }, quiet);
    await fuseFile(acnet, folded, { fold: true }, quiet);
    const [original, ...others] = compare(source, acnet, fused, folded);
    const result = await inspectFile(source);
    expect(result.framework).toBe('Keras 2.0.5');
    expect([result.parameters, result.tensors]).toEqual([original.parameters, original.weights]);
    expect([result.trainableParameters, result.macs]).toEqual([original.trainable, original.macs]);
    expect((await inspectFile(folded)).macs).toBe(others[2].macs);
    expect(converted.length).toBeGreaterThanOrEqual(3);
    expect(others).toHaveLength(3);
    for (const { difference, spread } of others) expect(difference / spread).toBeLessThanOrEqual(1e-5);
    // Kept batch norms make it what it was, but for the halves of separable convolutions, which had neither batch norm
    // nor bias and get a bias; folded ones leave fewer parameters.
    const halves = result.sites.filter(({ name, groups }) => groups > 1 && converted.includes(name));
    const biases = halves.reduce((sum, { outChannels }) => sum + outChannels, 0);
    expect(biases).toBeGreaterThan(0);
    const [more, same, less] = others.map(({ parameters }) => parameters - original.parameters);
    expect(more).toBeGreaterThan(0);
    expect(same).toBe(biases);
    expect(less).toBeLessThan(same);
  });
});

describe('a network that Keras 1.2 saved', () => {
  it('is read in its own words, and written in words that Keras reads', async () => {
    const [now, then] = [join(folder, 'now.keras'), join(folder, 'then.h5')];
    runPython(join(import.meta.dirname, 'keras', 'make_keras1.py'), [now, then]);
    const result = await inspectFile(then);
    expect(result.framework).toBe('Keras 1.2.2');
    expect(result.unsupported).toEqual([]);
    expect(result.sites.map(({ name, eligible }) => [name, eligible])).toEqual([
      ['convolution2d_1', true],
      ['convolution2d_2', true],
    ]);
    const [acnet, fused] = ['then.acnet', 'then.fused'].map((name) => join(folder, `${name}.h5`));
    const options = { variant: 'skeleton', branches: 'zero' } as const;
    await convertFile(then, acnet, options, quiet);
    await fuseFile(acnet, fused, { fold: true }, quiet);
    const [original, ...others] = compare(now, acnet, fused);
    expect([result.parameters, result.trainableParameters]).toEqual([
      original.parameters,
      original.trainable,
    ]);
    for (const { difference, spread } of others) expect(difference / spread).toBeLessThanOrEqual(1e-5);
  });
});
