import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ByteSink, ByteSource } from '../../../src/core/bytes';
import { writeAtomically } from '../../../src/files/atomic';
import { openFile } from '../../../src/files/source';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'acnet-several-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

function beside(sink: ByteSink, name: string): ByteSink {
  const made = sink.sibling?.(name, true);
  if (!made) throw new Error('no file beside');
  return made;
}

/** Writes `main` and two files beside it. */
function writeThree(content: string, overwrite: boolean, end: () => void = () => undefined): Promise<void> {
  return writeAtomically(
    join(folder, 'main'),
    (sink) => {
      beside(sink, 'one').write(text(`${content} 1`));
      sink.write(text(content));
      beside(sink, 'two').write(text(`${content} 2`));
      end();
      return Promise.resolve();
    },
    { overwrite },
  );
}

const contents = (): Record<string, string> =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));

describe('writing several files', () => {
  it('makes all of them, and nothing else', async () => {
    await writeThree('new', false);
    expect(contents()).toEqual({ main: 'new', one: 'new 1', two: 'new 2' });
  });

  it.each(['one', 'main'])('leaves all as it was when %s exists and is not to be replaced', async (name) => {
    writeFileSync(join(folder, name), 'old');
    await expect(writeThree('new', false)).rejects.toThrow(
      `${join(folder, name)}: the output exists already`,
    );
    expect(contents()).toEqual({ [name]: 'old' });
    await writeThree('new', true);
    expect(contents()).toEqual({ main: 'new', one: 'new 1', two: 'new 2' });
  });

  it('leaves all as it was when writing fails', async () => {
    await writeThree('old', false);
    const failing = writeThree('new', true, () => {
      throw new Error('half-way');
    });
    await expect(failing).rejects.toThrow('half-way');
    expect(contents()).toEqual({ main: 'old', one: 'old 1', two: 'old 2' });
  });

  it('takes back what is in place already when a later file cannot be', async () => {
    for (const name of ['main', 'one']) writeFileSync(join(folder, name), 'old');
    // A folder that appears while it writes cannot be replaced by a file.
    const failing = writeThree('new', true, () => mkdirSync(join(folder, 'two')));
    await expect(failing).rejects.toThrow('cannot be written');
    rmSync(join(folder, 'two'), { recursive: true });
    expect(contents()).toEqual({ main: 'old', one: 'old' });
  });

  it('takes back new files when one appears while it writes', async () => {
    const failing = writeThree('new', false, () => writeFileSync(join(folder, 'main'), 'other'));
    await expect(failing).rejects.toThrow('the output exists already');
    expect(contents()).toEqual({ main: 'other' });
  });

  it.each(['', '.', '..', '../one', 'a/b', '/one'])('refuses the name "%s"', async (name) => {
    const path = join(folder, 'main');
    const failing = writeAtomically(path, (sink) =>
      Promise.resolve(beside(sink, name)).then(() => undefined),
    );
    await expect(failing).rejects.toThrow('no plain name');
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('a file beside a file', () => {
  let model: ByteSource;
  const open = (name: string): string => {
    if (!model.sibling) throw new Error('no file beside');
    const source = model.sibling(name);
    const content = new TextDecoder().decode(source.read(0, source.size));
    source.close();
    return content;
  };

  beforeEach(() => {
    mkdirSync(join(folder, 'model', 'deep'), { recursive: true });
    mkdirSync(join(folder, 'model-2'));
    for (const name of [
      'model/model.json',
      'model/a.bin',
      'model/deep/..b.bin',
      'model-2/secret',
      'secret',
    ]) {
      writeFileSync(join(folder, name), name);
    }
    symlinkSync('a.bin', join(folder, 'model', 'inside'));
    symlinkSync('../secret', join(folder, 'model', 'outside'));
    symlinkSync('../model-2', join(folder, 'model', 'neighbour'));
    symlinkSync('nowhere', join(folder, 'model', 'broken'));
    model = openFile(join(folder, 'model', 'model.json'));
  });
  afterEach(() => model.close());

  it.each([
    ['a.bin', 'model/a.bin'],
    ['deep/..b.bin', 'model/deep/..b.bin'],
    ['inside', 'model/a.bin'],
    // As TensorFlow.js and ONNX may say it.
    ['./a.bin', 'model/a.bin'],
    ['././deep/./..b.bin', 'model/deep/..b.bin'],
  ])('%s is read', (name, content) => {
    expect(open(name)).toBe(content);
  });

  it('is found where the folder itself is a link', () => {
    symlinkSync('model', join(folder, 'linked'));
    model.close();
    model = openFile(join(folder, 'linked', 'model.json'));
    expect(open('a.bin')).toBe('model/a.bin');
  });

  it.each([
    '../secret',
    'deep/../../secret',
    '..',
    '.',
    '',
    './',
    './.',
    './..',
    './../secret',
    'deep/../a.bin',
    'a.bin/',
    './/a.bin',
    '.\\a.bin',
    'deep//..b.bin',
    '/etc/hostname',
    '//host/share',
    'C:/secret',
    '..\\secret',
    'deep\\..b.bin',
    'https://example.com/a.bin',
    'file:///etc/hostname',
    'a.bin\0',
    'outside',
    'neighbour/secret',
  ])('%j is refused', (name) => {
    expect(() => open(name)).toThrow('outside of its folder');
  });

  it.each([
    ['missing', 'no such file'],
    ['broken', 'no such file'],
    ['a.bin/b', 'no such file'],
    ['deep', 'this is a folder'],
  ])('%s is told for what it is', (name, message) => {
    expect(() => open(name)).toThrow(message);
  });
});
