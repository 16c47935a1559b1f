import { spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { nodeBundle } from '../../../../scripts/bundle.mjs';
import { openDataset } from '../../../../src/engine/data';
import type { Samples } from '../../../../src/engine/data/dataset';
import { decodeImage } from '../../../../src/engine/data/decode';
import { decodeFile, decodeFiles, DecodingThread } from '../../../../src/engine/data/decoding/threads';
import { Images } from '../../../../src/engine/data/images';
import { limitSamples, splitSamples } from '../../../../src/engine/data/limit';
import { fitPicture, type InputSize } from '../../../../src/engine/data/resize';
import { temporaryFolder, writeFiles } from '../../../support/folders';
import { greyPng, JPEG } from '../../../support/pictures';

const SIZE = { height: 5, width: 4, channels: 3 };

/** More files than one thread is given at once. */
function manyFiles(folder: string): string[] {
  const files = Array.from({ length: 50 }, (_, i) => [
    i % 2 === 0 ? `${i}.png` : `${i}.jpg`,
    i % 2 === 0 ? greyPng(i, 3 + (i % 5)) : JPEG,
  ]);
  writeFiles(folder, Object.fromEntries(files) as Record<string, Uint8Array>);
  return files.map(([name]) => path.join(folder, String(name)));
}

describe('decoding threads', () => {
  it('give every file in order, to the byte as decoding here does', async () => {
    const files = manyFiles(temporaryFolder());
    const decoded = await decodeFiles(files, SIZE);
    const here = await Promise.all(
      files.map(async (file) => fitPicture(await decodeImage(readFileSync(file), file), SIZE)),
    );
    expect(decoded.map((pixels) => [...pixels])).toEqual(here.map((pixels) => [...pixels]));
    expect(await decodeFile(files[1])).toEqual(await decodeImage(JPEG, 'a.jpg'));
    expect(await decodeFiles([], SIZE)).toEqual([]);
  });

  it('name the first file that is missing or damaged, whichever fails first, and live on', async () => {
    const files = manyFiles(temporaryFolder());
    writeFileSync(files[40], 'no image');
    rmSync(files[7]);
    await expect(decodeFiles(files, SIZE)).rejects.toThrow(
      `${files[7]}: an image cannot be read (found ENOENT)`,
    );
    await expect(decodeFile(files[40])).rejects.toMatchObject({
      name: 'DataError',
      message: expect.stringContaining(`${files[40]}: not a PNG or JPEG image`) as string,
    });
    expect(await decodeFiles(files.slice(0, 7), SIZE)).toHaveLength(7);
  });

  it('fail what they were asked when they die, and start anew', async () => {
    const dying = new DecodingThread(
      `require('node:worker_threads').parentPort.on('message', ({ id, files: [file] }) => {
        if (file === 'exit') process.exit(3);
        if (file === 'throw') throw new Error('out of order');
        require('node:worker_threads').parentPort.postMessage({ id, pictures: { pixels: [] } });
      });`,
    );
    const asked = [dying.ask(['exit']), dying.ask(['after it'])];
    for (const request of asked) await expect(request).rejects.toThrow('the decoding thread ended with 3');
    await expect(dying.ask(['throw'])).rejects.toThrow('out of order');
    expect(await dying.ask(['fine'])).toEqual({ pixels: [] });
  });

  it('do not keep a process alive that is done, though more was asked of them', async () => {
    const folder = temporaryFolder();
    const [file] = manyFiles(folder);
    const entry = path.join(folder, 'entry.ts');
    const threads = JSON.stringify(path.resolve('src/engine/data/decoding/threads'));
    writeFileSync(
      entry,
      `import { decodeFiles } from ${threads};
      const size = { height: 4, width: 4, channels: 1 };
      const [file] = process.argv.slice(2);
      decodeFiles([file], size).then(([pixels]) => {
        console.log(pixels.length);
        decodeFiles([file, 'gone'], size).catch(() => undefined);
      });`,
    );
    const script = path.join(folder, 'entry.cjs');
    await build({ ...nodeBundle(entry, script), metafile: false });
    const child = spawn(process.execPath, [script, file]);
    let output = '';
    child.stdout.on('data', (text) => (output += String(text)));
    child.stderr.on('data', (text) => (output += String(text)));
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect({ code, output }).toEqual({ code: 0, output: '16\n' });
  });
});

describe('what was decoded', () => {
  const counted = (count: number): Samples & { readonly decoded: number[] } => {
    const decoded: number[] = [];
    return {
      count,
      decoded,
      labels: new Int32Array(count),
      nameOf: String,
      picture: (i) => {
        decoded.push(i);
        return Promise.resolve({ height: 1, width: 1, channels: 1, pixels: Uint8Array.of(i) });
      },
    };
  };
  const ONE = { height: 1, width: 1, channels: 1 };
  const all = ({ count }: Samples) => Int32Array.from({ length: count }, (_, i) => i);
  const loaded = async (samples: Samples, size: InputSize = ONE) =>
    (await new Images(samples, size).load(all(samples))).map(([value]) => value);

  it('is shared by all parts of the same samples, each in its own order', async () => {
    const samples = counted(20);
    const { training, evaluation } = splitSamples(samples, 0.4, 1);
    const some = limitSamples(training, 5, 2);
    const names = (part: Samples) => [...all(part)].map((i) => Number(part.nameOf(i)));
    expect(await loaded(some)).toEqual(names(some));
    expect(samples.decoded).toHaveLength(5);
    expect(await loaded(training)).toEqual(names(training));
    expect(samples.decoded).toHaveLength(12);
    expect(await loaded(evaluation)).toEqual(names(evaluation));
    expect(await loaded(samples)).toEqual([...all(samples)]);
    expect(samples.decoded).toHaveLength(20);
  });

  it('is not taken for another size, or for a folder that was opened again', async () => {
    const samples = counted(3);
    await loaded(samples);
    await loaded(samples, { ...ONE, channels: 3 });
    expect(samples.decoded).toHaveLength(6);
    await loaded(samples, { ...ONE, resize: 'squash' });
    expect(samples.decoded).toHaveLength(6);
    await loaded(samples, { ...ONE, resize: 'crop' });
    expect(samples.decoded).toHaveLength(9);

    const folder = writeFiles(temporaryFolder(), { 'a/1.png': greyPng(1), 'b/1.png': greyPng(2) });
    const size = { height: 4, width: 4, channels: 1 };
    const first = async () =>
      (await new Images(openDataset(folder).training, size).load(Int32Array.of(0)))[0][0];
    expect(await first()).toBe(1);
    writeFiles(folder, { 'a/1.png': greyPng(9) });
    expect(await first()).toBe(9);
  });
});
