import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCheckpointFile } from '../../../src/files/open';
import { safetensorsOf } from '../../support/torch-files';
import { temporaryFolder, writeModel } from './fixtures';
import { acnet } from './run';

const folder = temporaryFolder();
const at = (name: string) => path.join(folder, name);

async function weightsOf(file: string): Promise<Map<string, readonly number[]>> {
  const checkpoint = await openCheckpointFile(file);
  try {
    return new Map([...checkpoint.tensors].map(([name, tensor]) => [name, [...tensor.readFloat32()]]));
  } finally {
    checkpoint.close();
  }
}

describe('acnet convert --start', () => {
  it('scratch draws every kernel anew, dense ones and those that stay plain too, by the seed', async () => {
    const source = await writeModel(at('model.keras'));
    const convert = (output: string, ...flags: string[]) =>
      acnet('convert', source, '-o', at(output), '--layers', 'conv1', ...flags);
    expect((await convert('kept.keras')).code).toBe(0);
    expect((await convert('new.keras', '--start', 'scratch', '--seed', '2')).code).toBe(0);
    expect((await convert('earlier.keras', '--init', 'random', '--seed', '2')).code).toBe(0);
    expect((await convert('third.keras', '--start', 'scratch', '--seed', '3')).code).toBe(0);
    const [before, kept, drawn, earlier, third] = await Promise.all(
      ['model', 'kept', 'new', 'earlier', 'third'].map((name) => weightsOf(at(`${name}.keras`))),
    );
    for (const kernel of ['conv1/kernel', 'conv2/kernel', 'logits/kernel']) {
      expect(kept?.get(kernel), kernel).toEqual(before?.get(kernel));
      expect(drawn?.get(kernel), kernel).not.toEqual(before?.get(kernel));
      expect(drawn?.get(kernel), kernel).not.toEqual(third?.get(kernel));
    }
    expect(earlier).toEqual(drawn);
  });

  it('is refused with branches or a file that do not go with it', async () => {
    const source = await writeModel(at('plain.keras'));
    const paper = await acnet('convert', source, '-o', at('a.keras'), '--branches', 'paper');
    expect(paper).toMatchObject({ code: 1 });
    expect(paper.err).toContain('--branches paper requires --start scratch');
    const both = await acnet(
      'convert',
      source,
      '-o',
      at('a.keras'),
      '--init',
      'random',
      '--start',
      'scratch',
    );
    expect(both).toMatchObject({ code: 2 });
    const header = { 'c.weight': { dtype: 'F32', shape: [2, 1, 3, 3], data_offsets: [0, 72] } };
    writeFileSync(at('w.safetensors'), safetensorsOf(header, new Uint8Array(72)));
    const weights = await acnet(
      'convert',
      at('w.safetensors'),
      '-o',
      at('b.safetensors'),
      '--start',
      'scratch',
    );
    expect(weights).toMatchObject({ code: 1 });
    expect(weights.err).toContain('a start from scratch needs every layer');
  });

  it('takes a share for branches that have one, and images for random ones', async () => {
    const source = await writeModel(at('share.keras'));
    const convert = (output: string, ...flags: string[]) =>
      acnet('convert', source, '-o', at(output), ...flags);
    expect(await convert('split.keras', '--branches', 'split', '--share', '1/3')).toMatchObject({ code: 0 });
    const zero = await convert('a.keras', '--share', '1/3');
    expect(zero).toMatchObject({ code: 1 });
    expect(zero.err).toContain('--share requires --branches split or compensated (found zero)');
    expect(await convert('a.keras', '--branches', 'split', '--share', '1.5')).toMatchObject({ code: 2 });
    const random = await convert('a.keras', '--branches', 'compensated');
    expect(random).toMatchObject({ code: 1 });
    expect(random.err).toContain('--branches compensated requires --data with images');
    const [before, split] = await Promise.all(
      ['share', 'split'].map((name) => weightsOf(at(`${name}.keras`))),
    );
    expect(split?.get('conv2/kernel')).not.toEqual(before?.get('conv2/kernel'));
  });

  it('splits the kernels of a weights-only file, which has no network to run images through', async () => {
    const kernel = Float32Array.from({ length: 18 }, (_, i) => Math.sin(i));
    const header = { 'c.weight': { dtype: 'F32', shape: [2, 1, 3, 3], data_offsets: [0, 72] } };
    writeFileSync(at('u.safetensors'), safetensorsOf(header, new Uint8Array(kernel.buffer)));
    const [acb, fused] = [at('u.acnet.safetensors'), at('u.fused.safetensors')];
    expect(await acnet('convert', at('u.safetensors'), '-o', acb, '--branches', 'split')).toMatchObject({
      code: 0,
    });
    expect(await acnet('fuse', acb, '-o', fused)).toMatchObject({ code: 0 });
    const [split, back] = [await weightsOf(acb), await weightsOf(fused)];
    const square = [...split].find(([, values]) => values.length === kernel.length)?.[1] ?? [];
    expect(Math.hypot(...square)).toBeLessThan(0.9 * Math.hypot(...kernel));
    const whole = [...back].find(([, values]) => values.length === kernel.length)?.[1] ?? [];
    kernel.forEach((value, i) => expect(whole[i]).toBeCloseTo(value, 6));
  });
});
