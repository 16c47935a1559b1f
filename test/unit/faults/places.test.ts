import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CheckpointError, UserError } from '../../../src/core/errors';
import { openCheckpointFile } from '../../../src/files/open';
import { openFile } from '../../../src/files/source';
import { convertFile } from '../../../src/operations/convert/convert';
import { inspectFile } from '../../../src/operations/inspect';
import { jobFolder } from '../../../src/operations/job/folder';
import { trainFile } from '../../../src/operations/train/file';
import { FakeBackend } from '../../support/fake-backend';
import { SMALL, smallFolder, freshNetwork } from '../../support/jobs';
import { nativeBackend } from '../../support/native';
import { testContext, writeKeras } from '../../support/operation';
import { vggSafetensors } from '../../support/vgg';

let root: string;
const mounts: string[] = [];
beforeAll(() => (root = mkdtempSync(path.join(tmpdir(), 'acnet-places-'))));
afterAll(() => {
  for (const mount of mounts) execFileSync('umount', [mount]);
  rmSync(root, { recursive: true, force: true });
});

const context = testContext(new FakeBackend(() => 0));
const newFolder = (): string => mkdtempSync(path.join(root, 'case-'));
const newModel = (folder: string, name = 'net.keras'): Promise<string> =>
  writeKeras(path.join(folder, name), freshNetwork(8, 2));
const convert = (source: string, output: string, overwrite = false): Promise<unknown> =>
  convertFile(source, output, { variant: 'skeleton', branches: 'zero', overwrite }, context);

async function failureOf(work: Promise<unknown>): Promise<UserError> {
  const error: unknown = await work.then(
    () => new Error('it was done'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof UserError)) throw error as Error;
  return error;
}

/** A small file system of its own, which only root may mount. */
function mounted(size: string): string {
  const folder = newFolder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]);
  mounts.push(folder);
  return folder;
}

function canMount(): boolean {
  const folder = mkdtempSync(path.join(tmpdir(), 'acnet-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const hasMounts = canMount();
const isRoot = process.getuid?.() === 0;

describe.skipIf(!hasMounts)(
  `a full disk${hasMounts ? '' : ' (skipped: nothing can be mounted here)'}`,
  () => {
    it('is told in a sentence and leaves nothing; with room the same is done', async () => {
      const small = mounted('24k');
      const source = await newModel(newFolder());
      const before = readFileSync(source);
      const output = path.join(small, 'out.keras');
      expect((await failureOf(convert(source, output))).message).toBe(
        `${output}: the output cannot be written: the disk is full`,
      );
      expect(readdirSync(small)).toEqual([]);
      expect(readFileSync(source).equals(before)).toBe(true);
      const large = path.join(mounted('4m'), 'out.keras');
      await convert(source, large);
      expect((await inspectFile(large)).sites.length).toBeGreaterThan(0);
    });

    it('leaves the output that was to be replaced', async () => {
      const small = mounted('24k');
      const output = path.join(small, 'out.keras');
      writeFileSync(output, 'of somebody');
      const source = await newModel(newFolder());
      expect((await failureOf(convert(source, output, true))).message).toMatch(/the disk is full$/);
      expect(readdirSync(small)).toEqual(['out.keras']);
      expect(readFileSync(output, 'utf8')).toBe('of somebody');
    });
  },
);

describe.skipIf(isRoot && !hasMounts)('a folder that may not be written', () => {
  it('is told in a sentence, and is as it was', async () => {
    const folder = isRoot ? mounted('1m') : newFolder();
    const source = await newModel(folder);
    if (isRoot) execFileSync('mount', ['-o', 'remount,ro', folder]);
    else chmodSync(folder, 0o555);
    try {
      const { message } = await failureOf(convert(source, path.join(folder, 'out.keras')));
      expect(message).toMatch(
        /out\.keras: the output cannot be written: (permission denied|the file system is read-only)$/,
      );
      expect(readdirSync(folder)).toEqual(['net.keras']);
      const elsewhere = path.join(newFolder(), 'out.keras');
      await convert(source, elsewhere);
      expect(existsSync(elsewhere)).toBe(true);
      const job = path.join(newFolder(), 'a.acnet.json');
      const images = path.join(await smallFolder(), 'images');
      const output = { folder: path.join(folder, 'out') };
      writeFileSync(job, JSON.stringify({ ...SMALL, checkpoint: source, data: { folder: images }, output }));
      const allowed = [folder];
      const refused = await failureOf(trainFile(job, { allowed }, { ...context, onEvent: () => undefined }));
      expect(refused.message).toMatch(
        /the folder of the output cannot be written \(found (EACCES|EROFS|ENOENT)\)$/,
      );
    } finally {
      if (!isRoot) chmodSync(folder, 0o755);
    }
  });
});

describe('names', () => {
  const LONGEST = `${'n'.repeat(249)}.keras`;
  it.each([
    ['of 255 bytes', LONGEST],
    ['of 255 bytes of two each', `${'é'.repeat(124)}n.keras`],
    ['of other scripts', '模型 δίκτυο شبكة e\u0301.keras'],
    ['of signs', `it's "a" \\ $HOME %20 #1; net.keras`],
  ])('%s are read and written, and replaced', async (_what, name) => {
    const folder = newFolder();
    const source = await newModel(folder);
    const output = path.join(folder, name);
    await convert(source, output);
    await convert(source, output, true);
    expect((await inspectFile(output)).sites.some(({ kind }) => kind === 'acb')).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['net.keras', name].sort());
  });

  it('of more are refused in a sentence', async () => {
    const folder = newFolder();
    const source = await newModel(folder);
    const { message } = await failureOf(convert(source, path.join(folder, `n${LONGEST}`)));
    expect(message).toMatch(/n\.keras: the name of the output is too long$/);
    expect(readdirSync(folder)).toEqual(['net.keras']);
  });
});

describe('symbolic links', () => {
  it('lead to a checkpoint, wherever that lies; what is beside it is looked for there', async () => {
    const folder = newFolder();
    const source = await newModel(newFolder());
    symlinkSync(source, path.join(folder, 'link.keras'));
    expect((await inspectFile(path.join(folder, 'link.keras'))).format).toBe('keras');
  });

  it('from a file of a checkpoint out of its folder are refused, within it they are followed', async () => {
    const outside = newFolder();
    writeFileSync(path.join(outside, 'part.safetensors'), vggSafetensors());
    const folder = newFolder();
    const names = (await openCheckpointFile(path.join(outside, 'part.safetensors'))).tensors.keys();
    const map = Object.fromEntries([...names].map((name) => [name, 'part.safetensors']));
    const index = path.join(folder, 'model.safetensors.index.json');
    writeFileSync(index, JSON.stringify({ metadata: {}, weight_map: map }));
    symlinkSync(path.join(outside, 'part.safetensors'), path.join(folder, 'part.safetensors'));
    expect((await failureOf(inspectFile(index))).message).toMatch(/names a file outside of its folder/);
    rmSync(path.join(folder, 'part.safetensors'));
    mkdirSync(path.join(folder, 'inner'));
    renameSync(path.join(outside, 'part.safetensors'), path.join(folder, 'inner', 'real.safetensors'));
    symlinkSync(path.join('inner', 'real.safetensors'), path.join(folder, 'part.safetensors'));
    expect((await inspectFile(index)).tensors).toBeGreaterThan(5);
  });

  it('that stand where an output goes are replaced, and what they lead to stays', async () => {
    const outside = newFolder();
    const precious = path.join(outside, 'precious.keras');
    writeFileSync(precious, 'of somebody');
    const folder = newFolder();
    const source = await newModel(folder);
    const output = path.join(folder, 'out.keras');
    symlinkSync(precious, output);
    expect((await failureOf(convert(source, output))).message).toMatch(/the output exists/);
    await convert(source, output, true);
    expect(readFileSync(precious, 'utf8')).toBe('of somebody');
    expect((await inspectFile(output)).sites.some(({ kind }) => kind === 'acb')).toBe(true);
    const self = path.join(folder, 'self.keras');
    symlinkSync(source, self);
    expect((await failureOf(convert(source, self, true))).message).toMatch(/the output is the source/);
  });
});

describe('a file that is open', () => {
  const opened = () => {
    const file = path.join(newFolder(), 'file.bin');
    writeFileSync(file, 'abcdefgh');
    const source = openFile(file);
    const read = () => new TextDecoder().decode(source.read(0, 8));
    expect(read()).toBe('abcdefgh');
    return { file, source, read };
  };

  it.each([
    [
      'written to at its place',
      (file: string) => writeFileSync(file, 'ABCDEFGH'),
      /was changed while it was read$/,
    ],
    [
      'made longer',
      (file: string) => writeFileSync(file, 'abcdefghijk'),
      /changed .*expected 8 bytes, as at first; found 11 bytes/,
    ],
    ['made shorter', (file: string) => truncateSync(file, 3), /the file became shorter while it was read/],
    ['touched', (file: string) => utimesSync(file, 1e9, 1e9), /was changed while it was read$/],
  ])('and is %s is not read on', (_how, change, words) => {
    const { file, source, read } = opened();
    change(file);
    expect(read).toThrow(words);
    expect(read).toThrow(CheckpointError);
    source.close();
  });

  it('and is removed, renamed or replaced is read to its end as it was', () => {
    const { file, source, read } = opened();
    const other = `${file}.new`;
    writeFileSync(other, '12345678');
    renameSync(other, file);
    expect(read()).toBe('abcdefgh');
    rmSync(file);
    expect(read()).toBe('abcdefgh');
    source.close();
  });

  it('and is changed while it is converted gives no output', async () => {
    const folder = newFolder();
    const source = await newModel(folder);
    const output = path.join(folder, 'out.keras');
    const { mtime } = statSync(source);
    const work = convert(source, output);
    // The header is read at once, the weights when they are written.
    utimesSync(source, mtime, new Date(mtime.getTime() + 5000));
    expect((await failureOf(work)).message).toMatch(/net\.keras: the file was changed while it was read$/);
    expect(readdirSync(folder)).toEqual(['net.keras']);
    await convert(source, output);
  });
});

describe('the folder of a job that vanishes while it trains', () => {
  it('ends the job in a sentence; the source stays', async () => {
    const folder = await smallFolder();
    const job = path.join(folder, 'a.acnet.json');
    writeFileSync(job, JSON.stringify({ ...SMALL, epochs: 50 }));
    const before = readFileSync(path.join(folder, 'small.keras'));
    let gone = false;
    const onEvent = ({ event }: { readonly event: string }): void => {
      if (event !== 'step' || gone) return;
      gone = true;
      rmSync(jobFolder(job), { recursive: true });
    };
    const backend = await nativeBackend();
    const error = await failureOf(trainFile(job, {}, { ...testContext(backend), onEvent }));
    expect(error.message).toMatch(/a\.acnet: the folder of the output cannot be written \(found ENOENT\)$/);
    expect(readFileSync(path.join(folder, 'small.keras')).equals(before)).toBe(true);
    expect(existsSync(jobFolder(job))).toBe(false);
  });
});
