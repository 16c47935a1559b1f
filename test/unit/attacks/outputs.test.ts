import { execFileSync } from 'node:child_process';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCheckpointFile } from '../../../src/files/open';
import { convertFile } from '../../../src/operations/convert/convert';
import { exportFile } from '../../../src/operations/export';
import { fuseFile } from '../../../src/operations/fuse';
import { buildCorpus } from '../../fuzz/corpus';
import { FakeBackend } from '../../support/fake-backend';
import { temporaryFolder } from '../../support/folders';
import { freshNetwork, SMALL, smallFolder } from '../../support/jobs';
import { testContext, writeKeras } from '../../support/operation';
import { bytesOf, safetensorsOf } from '../../support/torch-files';
import { acnet } from '../cli/run';
import { floats, onnxModel } from '../formats/onnx-support';

const context = testContext(new FakeBackend(() => 0));
let folder: string;
beforeEach(() => (folder = temporaryFolder()));
const at = (name: string): string => path.join(folder, name);
const PRESERVE = { variant: 'skeleton', branches: 'zero' } as const;
const convert = (source: string, output: string, overwrite = true, architecture?: string) =>
  convertFile(source, output, { ...PRESERVE, overwrite, architecture }, context);

const KERNEL = Float32Array.from({ length: 36 }, (_, i) => i / 36);

/** Weights by name, and the model of their network, whose own weights lie in a file beside it. */
function weightsAndModel(model: string): string {
  const dims = [2, 2, 3, 3];
  const header = { 'c.weight': { dtype: 'F32', shape: dims, data_offsets: [0, 144] } };
  writeFileSync(at('a.safetensors'), safetensorsOf(header, bytesOf(KERNEL)));
  writeFileSync(at('w.bin'), floats(...KERNEL));
  const kernel = { name: 'c.weight', dims, external: { location: './w.bin', offset: '0', length: '144' } };
  const conv = { op: 'Conv', inputs: ['x', 'c.weight'], outputs: ['y'], ints: { pads: [1, 1, 1, 1] } };
  const graph = { nodes: [conv], tensors: [kernel], inputs: [['x', [1, 2, 4, 4]]], outputs: ['y'] } as const;
  writeFileSync(at(model), onnxModel(graph));
  return at('a.safetensors');
}

const contents = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder)
      .filter((name) => lstatSync(at(name)).isFile())
      .map((name) => [name, readFileSync(at(name), 'latin1')]),
  );

describe('a file that a command reads', () => {
  it('is never its output: the model that gave the network, found by itself or asked for', async () => {
    const source = weightsAndModel('a.onnx');
    const before = contents();
    for (const work of [
      () => exportFile(source, at('a.onnx'), { overwrite: true }, context),
      () => exportFile(source, at('a.onnx'), { overwrite: true, architecture: at('a.onnx') }, context),
      () => convert(source, source),
    ]) {
      await expect(work()).rejects.toThrow(/the output is (a file that this command reads|the source)/);
      expect(contents()).toEqual(before);
    }
    await exportFile(source, at('b.onnx'), { overwrite: true }, context);
    await exportFile(source, at('b.onnx'), { overwrite: true }, context);
    expect(Object.keys(contents()).sort()).toEqual(['a.onnx', 'a.safetensors', 'b.onnx', 'w.bin']);
  });

  it('is never its output: also under another name, and files beside the model', async () => {
    const source = weightsAndModel('net.onnx');
    linkSync(at('net.onnx'), at('hard.onnx'));
    symlinkSync('net.onnx', at('soft.onnx'));
    linkSync(at('w.bin'), at('w.safetensors'));
    const architecture = at('net.onnx');
    const before = contents();
    for (const output of ['net.onnx', 'hard.onnx', 'soft.onnx']) {
      const work = exportFile(source, at(output), { overwrite: true, architecture }, context);
      await expect(work, output).rejects.toThrow('is a file that this command reads');
    }
    await expect(convert(source, at('w.safetensors'), true, architecture)).rejects.toThrow(
      'is a file that this command reads',
    );
    expect(contents()).toEqual(before);
    await convert(source, at('out.safetensors'), true, architecture);
  });

  it('may be replaced if it was only looked at: a model that is not the network', async () => {
    const source = weightsAndModel('other.onnx');
    const own = await writeKeras(at('net.keras'), freshNetwork(8, 2));
    await exportFile(own, at('a.onnx'), {}, context);
    // a.onnx beside a.safetensors is of another network.
    await expect(openCheckpointFile(source).then(({ graph }) => graph)).resolves.toBeUndefined();
    await exportFile(source, at('a.onnx'), { overwrite: true, architecture: at('other.onnx') }, context);
  });

  it('is no output of a training: neither its checkpoints nor its report', async () => {
    const place = await smallFolder();
    const job = path.join(place, 'job.acnet.json');
    const fused = path.join(place, 'small.fused.keras');
    linkSync(path.join(place, 'small.keras'), fused);
    const output = { folder: place };
    writeFileSync(job, JSON.stringify({ ...SMALL, output }));
    const before = readFileSync(fused);
    const run = await acnet('train', job, '--overwrite');
    expect(run.code).toBe(1);
    expect(run.err).toContain('the output is the source');
    for (const report of [path.join(place, 'small.keras'), job]) {
      const reported = await acnet('train', job, '--overwrite', '--report', report);
      expect(reported.code).toBe(1);
      expect(reported.err).toMatch(/the output is (the source|a file that this command reads)/);
    }
    expect(readFileSync(fused).equals(before)).toBe(true);
    expect(readFileSync(job, 'utf8')).toContain('checkpoint');
  });
});

describe('an output that is no file', () => {
  let server: Server | undefined;
  afterEach(() => void server?.close());

  const sources = async () => ({
    plain: await writeKeras(at('net.keras'), freshNetwork(8, 2)),
    acnet: (await convert(at('net.keras'), at('net.acnet.keras'))).output,
  });

  async function refusedEverywhere(name: string, words: RegExp): Promise<void> {
    const { plain, acnet: blocks } = await sources();
    const before = contents();
    for (const overwrite of [false, true]) {
      await expect(convert(plain, name, overwrite)).rejects.toThrow(words);
      await expect(fuseFile(blocks, name, { fold: false, overwrite }, context)).rejects.toThrow(words);
      await expect(exportFile(plain, name, { overwrite }, context)).rejects.toThrow(words);
    }
    expect(contents()).toEqual(before);
  }

  it.skipIf(process.platform === 'win32')('is refused in a sentence: a named pipe', async () => {
    execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', at('pipe.keras')]);
    await refusedEverywhere(
      at('pipe.keras'),
      /pipe\.keras: the output is not a regular file \(found a named pipe\)$/,
    );
    expect(lstatSync(at('pipe.keras')).isFIFO()).toBe(true);
  });

  it.skipIf(process.platform === 'win32')('is refused in a sentence: a socket', async () => {
    const listening = createServer();
    server = listening;
    await new Promise<void>((resolve) => listening.listen(at('s.keras'), resolve));
    await refusedEverywhere(at('s.keras'), /s\.keras: the output is not a regular file \(found a socket\)$/);
    expect(lstatSync(at('s.keras')).isSocket()).toBe(true);
  });

  it.skipIf(process.platform === 'win32')(
    'is refused in a sentence: a device, and a link to one',
    async () => {
      symlinkSync('/dev/null', at('null.keras'));
      await refusedEverywhere(
        at('null.keras'),
        /null\.keras: the output is not a regular file \(found a device\)$/,
      );
      expect(readlinkSync(at('null.keras'))).toBe('/dev/null');
      const run = await acnet('convert', at('net.keras'), '-o', '/dev/null', '--overwrite');
      expect(run.code).toBe(1);
      expect(run.errors.at(-1)).toContain('/dev/null: the output is not a regular file (found a device)');
      expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
    },
  );

  it('is a link to a file: the link is replaced, what it leads to stays', async () => {
    const { plain } = await sources();
    mkdirSync(at('elsewhere'));
    writeFileSync(at('elsewhere/precious.keras'), 'of somebody');
    for (const [name, target] of [
      ['link.keras', 'elsewhere/precious.keras'],
      ['dangling.keras', 'elsewhere/nothing.keras'],
    ] as const) {
      symlinkSync(target, at(name));
      await expect(convert(plain, at(name), false)).rejects.toThrow('the output exists');
      expect(readlinkSync(at(name))).toBe(target);
      await convert(plain, at(name), true);
      expect(lstatSync(at(name)).isFile()).toBe(true);
    }
    expect(readdirSync(at('elsewhere'))).toEqual(['precious.keras']);
    expect(readFileSync(at('elsewhere/precious.keras'), 'utf8')).toBe('of somebody');
  });

  it('beside one: modules and shards are never written through a link', async () => {
    const seed = (await buildCorpus()).find(({ name }) => name === 'tfjs-layers');
    for (const [name, bytes] of seed?.files ?? []) writeFileSync(at(name), bytes);
    writeFileSync(at('precious'), 'of somebody');
    symlinkSync('precious', at('out.group1-shard1of1.bin'));
    symlinkSync('nowhere', at('out.group2-shard1of1.bin'));
    await convert(at(seed?.main ?? ''), at('out.json'));
    expect(readFileSync(at('precious'), 'utf8')).toBe('of somebody');
    expect(readFileSync(at('out.json'), 'utf8')).toContain('out.group3-shard1of1.bin');
    expect(readdirSync(folder)).not.toContain('nowhere');
  });
});
