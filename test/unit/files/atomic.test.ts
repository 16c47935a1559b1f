import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAtomically } from '../../../src/files/atomic';
import { openFile } from '../../../src/files/source';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'acnet-files-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const bytes = Uint8Array.of(1, 2, 3);
const write = (path: string, overwrite?: boolean): Promise<void> =>
  writeAtomically(
    path,
    (sink) => {
      sink.write(bytes.subarray(0, 2));
      sink.write(bytes.subarray(2));
      return Promise.resolve();
    },
    { overwrite },
  );

describe('writing a file', () => {
  it('makes it whole, and nothing else', async () => {
    await write(join(folder, 'new'));
    expect(readdirSync(folder)).toEqual(['new']);
    expect([...readFileSync(join(folder, 'new'))]).toEqual([1, 2, 3]);
  });

  it('leaves an existing one alone unless told otherwise', async () => {
    const path = join(folder, 'old');
    writeFileSync(path, 'old');
    await expect(write(path)).rejects.toThrow(`${path}: the output exists already`);
    expect(readFileSync(path, 'utf8')).toBe('old');
    await write(path, true);
    expect([...readFileSync(path)]).toEqual([1, 2, 3]);
    expect(readdirSync(folder)).toEqual(['old']);
  });

  it('leaves nothing when it fails half-way, and the existing file as it was', async () => {
    const path = join(folder, 'old');
    writeFileSync(path, 'old');
    const failing = writeAtomically(
      path,
      (sink) => {
        sink.write(bytes);
        return Promise.reject(new Error('half-way'));
      },
      { overwrite: true },
    );
    await expect(failing).rejects.toThrow('half-way');
    expect(readdirSync(folder)).toEqual(['old']);
    expect(readFileSync(path, 'utf8')).toBe('old');
  });

  it('refuses a file that appears while it writes', async () => {
    const path = join(folder, 'new');
    const racing = writeAtomically(path, (sink) => {
      sink.write(bytes);
      writeFileSync(path, 'other');
      return Promise.resolve();
    });
    await expect(racing).rejects.toThrow('exists already');
    expect(readFileSync(path, 'utf8')).toBe('other');
    expect(readdirSync(folder)).toEqual(['new']);
  });

  it('says in one line why it cannot', async () => {
    await expect(write(join(folder, 'no', 'x'))).rejects.toThrow('the output folder does not exist');
    await expect(write(folder, true)).rejects.toThrow('the output is a folder');
    writeFileSync(join(folder, 'file'), '');
    await expect(write(join(folder, 'file', 'x'))).rejects.toThrow('the output folder does not exist');
  });
});

describe('reading a file', () => {
  it('gives ranges of it, and nothing beyond', () => {
    const path = join(folder, 'a');
    writeFileSync(path, 'abcdef');
    const source = openFile(path);
    expect(source.size).toBe(6);
    expect(Buffer.from(source.read(2, 3)).toString()).toBe('cde');
    expect(source.read(6, 0)).toHaveLength(0);
    expect(() => source.read(5, 2)).toThrow('ends too early');
    expect(() => source.read(-1, 2)).toThrow('ends too early');
    source.close();
    source.close();
    expect(() => source.read(0, 1)).toThrow('closed already');
  });

  it('notices that it became shorter', () => {
    const path = join(folder, 'a');
    writeFileSync(path, 'abcdef');
    const source = openFile(path);
    truncateSync(path, 3);
    expect(() => source.read(0, 6)).toThrow('became shorter');
    source.close();
  });

  it('follows a link, and names what is no file', () => {
    mkdirSync(join(folder, 'dir'));
    writeFileSync(join(folder, 'a'), 'abc');
    symlinkSync('a', join(folder, 'link'));
    const source = openFile(join(folder, 'link'));
    expect(source.size).toBe(3);
    source.close();
    expect(() => openFile(join(folder, 'gone'))).toThrow(`${join(folder, 'gone')}: no such file`);
    expect(() => openFile(join(folder, 'dir'))).toThrow('this is a folder');
    expect(() => openFile(join(folder, 'a', 'b'))).toThrow('no such file');
  });
});
