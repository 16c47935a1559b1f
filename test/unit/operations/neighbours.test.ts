import { createHash } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { writeNewOnnx } from '../../../src/core/formats/onnx/write/write-onnx';
import { writeAtomically } from '../../../src/files/atomic';
import { openCheckpointFile } from '../../../src/files/open';
import type { ByteSink } from '../../../src/core/bytes';
import { exportCheckpoint } from '../../../src/core/formats/export';
import { exportFile } from '../../../src/operations/export';
import { convertFile } from '../../../src/operations/convert/convert';
import { buildCorpus } from '../../fuzz/corpus';
import { FakeBackend } from '../../support/fake-backend';
import { temporaryFolder } from '../../support/folders';
import { freshNetwork } from '../../support/jobs';
import { testContext, writeKeras } from '../../support/operation';
import { vggPth, vggSafetensors } from '../../support/vgg';

const context = testContext(new FakeBackend(() => 0));
const SEEDS = buildCorpus();

let folder: string;
beforeEach(() => (folder = temporaryFolder()));
const at = (name: string): string => path.join(folder, name);

/** Puts the files of a seed into the folder. @returns its main file */
async function seed(name: string, into = ''): Promise<string> {
  const found = (await SEEDS).find((one) => one.name === name);
  if (!found) throw new Error(`no seed ${name}`);
  mkdirSync(at(into), { recursive: true });
  for (const [file, bytes] of found.files) writeFileSync(path.join(at(into), file), bytes);
  return path.join(at(into), found.main);
}

function convert(source: string, output: string, overwrite = false) {
  const options = { variant: 'skeleton', branches: 'zero', overwrite } as const;
  return convertFile(source, at(output), options, context);
}

async function valuesOf(name: string): Promise<string> {
  const checkpoint = await openCheckpointFile(at(name));
  const values = [...checkpoint.tensors].map(([key, tensor]) => [key, [...tensor.readFloat32()]]);
  checkpoint.close();
  return createHash('sha256').update(JSON.stringify(values)).digest('hex');
}

/** A network whose kernels are large enough to lie in a file beside the model. */
const networkFile = (name: string, side: number): Promise<string> => {
  mkdirSync(at('source'), { recursive: true });
  return writeKeras(at(`source/${name}`), freshNetwork(side, 2));
};

/** Writes an ONNX model whose weights lie in a file beside it. */
async function writeOutside(source: string, output: string, overwrite = false): Promise<void> {
  const checkpoint = await openCheckpointFile(source);
  const made = exportCheckpoint(checkpoint, { format: 'onnx', name: 'net' });
  const write = async (sink: ByteSink): Promise<void> =>
    Promise.resolve(writeNewOnnx(made, { name: 'net' }, sink, 100));
  await writeAtomically(at(output), write, { overwrite });
  checkpoint.close();
}

const namesIn = (name: string): string[] =>
  [...readFileSync(at(name), 'latin1').matchAll(/[\w.-]+(?:\.bin|\.data)/g)].map(([found]) => found);
const listed = (): string[] => readdirSync(folder).filter((name) => name !== 'source');

describe('the files of another TensorFlow.js model', () => {
  it('stay when it was renamed and its old name is written again', async () => {
    const source = await seed('tfjs-layers', 'source');
    await convert(source, 'm2.json');
    const before = await valuesOf('m2.json');
    renameSync(at('m2.json'), at('best.json'));
    await convert(source, 'm2.json');
    expect(await valuesOf('best.json')).toBe(before);
    await convert(source, 'm2.json', true);
    expect(await valuesOf('best.json')).toBe(before);
    expect(await valuesOf('m2.json')).toBe(before);
    expect(new Set([...namesIn('m2.json'), ...namesIn('best.json')]).size).toBe(2);
    expect(listed()).toHaveLength(4);
  });

  it('are no longer there once it is replaced, unless a copy of it names them', async () => {
    const source = await seed('tfjs-layers', 'source');
    await convert(source, 'm2.json');
    const [first] = namesIn('m2.json');
    await convert(source, 'm2.json', true);
    const [second] = namesIn('m2.json');
    expect(second).not.toBe(first);
    expect(listed().sort()).toEqual([second, 'm2.json'].sort());
    writeFileSync(at('copy.json'), readFileSync(at('m2.json')));
    await convert(source, 'm2.json', true);
    expect(await valuesOf('copy.json')).toBe(await valuesOf('m2.json'));
    expect(listed().sort()).toEqual([first, second, 'copy.json', 'm2.json'].sort());
  });

  it('are not made up for it where they are missing', async () => {
    const source = await seed('tfjs-layers', 'source');
    await convert(source, 'm2.json');
    const [lost] = namesIn('m2.json');
    // As another tool may spell it.
    const text = readFileSync(at('m2.json'), 'utf8').replace(lost, lost.replace('g', '\\u0067'));
    writeFileSync(at('best.json'), text);
    rmSync(at('m2.json'));
    rmSync(at(lost));
    await convert(source, 'm2.json');
    expect(namesIn('m2.json')).not.toContain(lost);
    await expect(openCheckpointFile(at('best.json'))).rejects.toThrow('no such file');
  });

  it('are none of the files of somebody that a replaced model only claims', async () => {
    const source = await seed('tfjs-layers', 'source');
    await convert(source, 'm2.json');
    const [shard] = namesIn('m2.json');
    const claimed = [
      'thesis.odt',
      'net.keras',
      'inner/group1-shard1of1.bin',
      '../group1-shard1of1.bin',
      'link.weights.bin',
    ];
    mkdirSync(at('inner'));
    for (const name of claimed.slice(0, 3)) writeFileSync(at(name), 'of somebody');
    writeFileSync(at('other.odt'), 'of somebody');
    symlinkSync('other.odt', at('link.weights.bin'));
    const document = JSON.parse(readFileSync(at('m2.json'), 'utf8')) as { weightsManifest: unknown[] };
    document.weightsManifest.push({ paths: claimed, weights: [] });
    writeFileSync(at('m2.json'), JSON.stringify(document));
    await convert(source, 'm2.json', true);
    const [fresh] = namesIn('m2.json');
    const kept = ['inner', 'link.weights.bin', 'm2.json', 'net.keras', 'other.odt', 'thesis.odt'];
    expect(listed().sort()).toEqual([...kept, fresh].sort());
    expect(listed()).not.toContain(shard);
    expect(readdirSync(at('inner'))).toHaveLength(1);
  });
});

describe('the data of another ONNX model', () => {
  it('stay when it was renamed and its old name is written again', async () => {
    const [source, other] = [await networkFile('a.keras', 16), await networkFile('b.keras', 20)];
    await writeOutside(source, 'net.onnx');
    const before = await valuesOf('net.onnx');
    expect(listed().sort()).toEqual(['net.onnx', 'net.onnx.data']);
    renameSync(at('net.onnx'), at('best.onnx'));
    await writeOutside(other, 'net.onnx');
    expect(await valuesOf('best.onnx')).toBe(before);
    expect(await valuesOf('net.onnx')).not.toBe(before);
    await writeOutside(source, 'net.onnx', true);
    expect(await valuesOf('best.onnx')).toBe(before);
    expect(await valuesOf('net.onnx')).toBe(before);
    expect(listed().sort()).toEqual(['best.onnx', 'net.onnx', 'net.onnx.3.data', 'net.onnx.data']);
    rmSync(at('best.onnx'));
    rmSync(at('net.onnx.data'));
    await convert(at('net.onnx'), 'inside.onnx');
    await writeOutside(other, 'net.onnx', true);
    expect(listed().sort()).toEqual(['inside.onnx', 'net.onnx', 'net.onnx.data']);
    await exportFile(source, at('net.onnx'), { overwrite: true }, context);
    expect(listed().sort()).toEqual(['inside.onnx', 'net.onnx']);
  });

  it('are not made up for it where they are missing', async () => {
    const source = await networkFile('a.keras', 16);
    await writeOutside(source, 'best.onnx');
    renameSync(at('best.onnx'), at('net.onnx'));
    rmSync(at('best.onnx.data'));
    await writeOutside(source, 'best.onnx');
    expect(listed().sort()).toEqual(['best.onnx', 'best.onnx.2.data', 'net.onnx']);
    await expect(openCheckpointFile(at('net.onnx'))).rejects.toThrow('no such file');
  });
});

describe('the Python module of another file', () => {
  const textOf = (name: string): string => readFileSync(at(name), 'utf8');
  const sources = (): readonly [string, string] => {
    mkdirSync(at('source'), { recursive: true });
    writeFileSync(at('source/a.pth'), vggPth());
    writeFileSync(at('source/a.safetensors'), vggSafetensors());
    return [at('source/a.pth'), at('source/a.safetensors')];
  };

  it('stays: each has one of its own, and finds it again', async () => {
    const [pth, safetensors] = sources();
    const first = await convert(pth, 'net.pth');
    expect(first.module).toBe(at('net_acnet.py'));
    const second = await convert(safetensors, 'net.safetensors');
    expect(second.module).toBe(at('net_acnet_safetensors.py'));
    expect(textOf('net_acnet.py')).toContain('for the weights in net.pth.');
    expect(textOf('net_acnet_safetensors.py')).toContain('for the weights in net.safetensors.');
    expect((await convert(pth, 'net.pth', true)).module).toBe(first.module);
    expect((await convert(safetensors, 'net.safetensors', true)).module).toBe(second.module);
    const files = ['net.pth', 'net.safetensors', 'net_acnet.py', 'net_acnet_safetensors.py'];
    expect(listed().sort()).toEqual(files);
    // Also of names that differ only in what no module's name can have.
    const [one, two] = [await convert(pth, 'a-b.pth'), await convert(pth, 'a_b.pth')];
    expect([one.module, two.module]).toEqual([at('a_b_acnet.py'), at('a_b_acnet_pth.py')]);
    expect((await convert(pth, 'a b.pth')).module).toBe(at('a_b_acnet_pth_2.py'));
  });

  it("stays when it is somebody's own, or a link, whatever is asked for", async () => {
    const [pth] = sources();
    writeFileSync(at('net_acnet.py'), 'print("of somebody")\n');
    symlinkSync('net_acnet.py', at('net_acnet_pth.py'));
    expect((await convert(pth, 'net.pth', true)).module).toBe(at('net_acnet_pth_2.py'));
    expect(textOf('net_acnet.py')).toBe('print("of somebody")\n');
  });

  it('that an earlier version wrote for this very file is replaced, if that is asked for', async () => {
    const [pth] = sources();
    const old =
      '"""VGG, for the weights in net.pth.\n\nWritten by ACNet for VS Code. Needs PyTorch and nothing else:\n\n    model = load("net.pth")\n"""\n';
    writeFileSync(at('net_acnet.py'), old);
    await expect(convert(pth, 'net.pth')).rejects.toThrow(/net_acnet\.py: the output exists already/);
    expect(textOf('net_acnet.py')).toBe(old);
    await convert(pth, 'net.pth', true);
    expect(textOf('net_acnet.py')).toContain('class Network');
    expect(listed().sort()).toEqual(['net.pth', 'net_acnet.py']);
  });
});
