import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import type * as FsPromises from 'node:fs/promises';
import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HostError } from '../../../src/host/errors';
import { installTensorflow, uninstallTensorflow } from '../../../src/host/native/install';
import type { InstallProgress } from '../../../src/host/native/installer-process';
import { wheelFor } from '../../../src/host/native/wheels';
import { CallCancelled } from '../../../src/host/workers/errors';
import { LIMIT } from '../../support/limit';

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof FsPromises>();
  return { ...real, statfs: vi.fn(real.statfs) };
});

const root = path.join(import.meta.dirname, '../../..');
const script = path.join(root, 'media/native/install.py');
const PLATFORM = 'linux-x64';

let folder: string;
let storage: string;
let progress: InstallProgress[];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'acnet-install-'));
  storage = path.join(folder, 'storage');
  progress = [];
  vi.stubEnv('PYTHONPATH', path.join(root, 'test/fixtures/fake-pip'));
  vi.stubEnv('PYTHONDONTWRITEBYTECODE', '1');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const install = (
  mode: string,
  changes: { signal?: AbortSignal; python?: string; platform?: string } = {},
) => {
  vi.stubEnv('FAKE_PIP', mode);
  return installTensorflow({
    python: 'python3',
    script,
    storage,
    platform: PLATFORM,
    signal: new AbortController().signal,
    onProgress: (step) => progress.push(step),
    ...changes,
  });
};

const left = (): string[] =>
  existsSync(storage) ? readdirSync(storage, { recursive: true }).map(String) : [];

const isAlive = (pid: number): boolean => {
  // A process that nobody waits for stays as a zombie where nothing reaps.
  const state = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
  return state !== '' && !state.startsWith('Z');
};

describe('installing TensorFlow with pip', () => {
  it('keeps the two libraries of the package, whole, and tells how far it is', async () => {
    const made = await install('good');
    expect(made).toBe(path.join(storage, '2.21.0-linux-x64'));
    expect(left().sort()).toEqual([
      '2.21.0-linux-x64',
      '2.21.0-linux-x64/libtensorflow_cc.so.2',
      '2.21.0-linux-x64/libtensorflow_framework.so.2',
    ]);
    expect(readFileSync(path.join(made, 'libtensorflow_cc.so.2'), 'utf8')).toBe('core'.repeat(1000));
    expect(progress.at(-1)).toEqual({ phase: 'unpacking', done: 13_000, total: 13_000 });
  });

  it('asks pip for the pinned package alone, and has its temporary files where they are removed', async () => {
    const file = path.join(folder, 'said.json');
    vi.stubEnv('FAKE_PIP_SAID', file);
    await install('good');
    const said = JSON.parse(readFileSync(file, 'utf8')) as {
      arguments: string[];
      requirements: string;
      temporary: string;
    };
    expect(said.arguments).toEqual(
      expect.arrayContaining(['download', '--require-hashes', '--no-deps', '--only-binary=:all:', '3.11']),
    );
    // The user's own index is used: nothing says otherwise.
    expect(said.arguments.join(' ')).not.toMatch(/index-url|trusted-host|find-links/);
    expect(said.requirements).toBe(`tensorflow-cpu==2.21.0 --hash=sha256:${wheelFor(PLATFORM)?.sha256}\n`);
    expect(path.relative(storage, said.temporary)).toMatch(/^partial-/);
  });

  it('replaces what was installed before', async () => {
    const target = path.join(storage, '2.21.0-linux-x64');
    mkdirSync(target, { recursive: true });
    writeFileSync(path.join(target, 'damaged'), '');
    await install('good');
    expect(readdirSync(target)).not.toContain('damaged');
    expect(readdirSync(storage)).toEqual(['2.21.0-linux-x64']);
  });

  it.each([
    ['hash', /is not the one whose hash is pinned/],
    ['offline', /No matching distribution.*could not be reached/],
    ['incomplete', /libtensorflow_framework/],
    ['full', /^the disk is full$/],
    ['damaged', /TensorFlow could not be installed: .*BadZipFile/],
  ])('says in one line why it failed (%s), and leaves nothing', async (mode, why) => {
    const error = await install(mode).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(HostError);
    expect((error as Error).message).toMatch(why);
    expect((error as Error).message).not.toContain('\n');
    expect(left()).toEqual([]);
  });

  /** The disk has so much room, whatever is written. */
  const withRoom = (megabytes: number) =>
    vi.mocked(statfs).mockResolvedValueOnce({ bavail: megabytes * 1000, bsize: 1000 } as never);

  it('asks pip for nothing where the disk has no room for the package and what is unpacked of it', async () => {
    const file = path.join(folder, 'said.json');
    vi.stubEnv('FAKE_PIP_SAID', file);
    withRoom(1227);
    await expect(install('good')).rejects.toThrow(
      `the disk is too full: 1.2 GB are needed and 1.2 GB are free in ${storage}`,
    );
    withRoom(300);
    const error = await install('good').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(HostError);
    expect((error as Error).message).toMatch(/1\.2 GB are needed and 0\.3 GB are free/);
    expect(existsSync(file)).toBe(false);
    expect(progress).toEqual([]);
    expect(left()).toEqual([]);
    withRoom(1228);
    await install('good');
    expect(existsSync(file)).toBe(true);
  });

  it('looks at the disk that the package goes to', async () => {
    await install('good');
    expect(vi.mocked(statfs)).toHaveBeenLastCalledWith(storage);
  });

  it('starts nothing when it was cancelled before', async () => {
    const file = path.join(folder, 'said.json');
    vi.stubEnv('FAKE_PIP_SAID', file);
    await expect(install('good', { signal: AbortSignal.abort() })).rejects.toThrow(CallCancelled);
    expect(existsSync(file)).toBe(false);
    expect(left()).toEqual([]);
  });

  it('keeps what was installed before when the next attempt fails', async () => {
    const made = await install('good');
    await expect(install('hash')).rejects.toThrow(HostError);
    expect(left().sort()).toEqual(
      ['', '/libtensorflow_cc.so.2', '/libtensorflow_framework.so.2'].map(
        (name) => path.basename(made) + name,
      ),
    );
  });

  it('says that Python is missing', async () => {
    await expect(install('good', { python: path.join(folder, 'no-python') })).rejects.toThrow(
      /Python does not run/,
    );
    expect(left()).toEqual([]);
  });

  it('ends at once when cancelled: pip, what pip has started, and all files', async () => {
    const file = path.join(folder, 'pids.json');
    vi.stubEnv('FAKE_PIP_PIDS', file);
    const stop = new AbortController();
    const installing = install('hang', { signal: stop.signal });
    const outcome = expect(installing).rejects.toThrow(CallCancelled);
    await vi.waitFor(() => expect(JSON.parse(readFileSync(file, 'utf8'))).toHaveLength(2), LIMIT);
    await vi.waitFor(() => expect(progress.at(-1)?.done).toBe(1_000_000), LIMIT);
    const pids = JSON.parse(readFileSync(file, 'utf8')) as number[];
    expect(pids.every(isAlive)).toBe(true);
    stop.abort();
    await outcome;
    expect(pids.some(isAlive)).toBe(false);
    expect(left()).toEqual([]);
  });

  it('removes what a dead editor has left, and not what a living one is filling', async () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    for (const pid of [dead, process.ppid]) {
      mkdirSync(path.join(storage, `partial-${pid}-abc`), { recursive: true });
    }
    await install('good');
    expect(readdirSync(storage).sort()).toEqual(['2.21.0-linux-x64', `partial-${process.ppid}-abc`]);
  });

  it('refuses a system without a prebuilt addon before anything is asked of pip', async () => {
    await expect(install('good', { platform: 'plan9-mips' })).rejects.toThrow(
      /no native backend for plan9-mips/,
    );
    expect(left()).toEqual([]);
  });

  it('is taken back whole', async () => {
    await install('good');
    expect(await uninstallTensorflow(storage)).toBe(true);
    expect(existsSync(storage)).toBe(false);
    expect(await uninstallTensorflow(storage)).toBe(false);
  });
});

it('the program that installs ends with the process that started it', async () => {
  const file = path.join(folder, 'pids.json');
  const starter = `
    const { spawn } = require('node:child_process');
    spawn('python3', [process.argv[1], process.argv[2]], { stdio: ['pipe', 'ignore', 'ignore'] });
    setTimeout(() => process.exit(), 600_000);`;
  const job = { requirement: 'x', python: '3.11', folder, members: {}, bytes: 1 };
  const parent = (await import('node:child_process')).spawn(
    process.execPath,
    ['-e', starter, script, JSON.stringify(job)],
    { env: { ...process.env, FAKE_PIP: 'hang', FAKE_PIP_PIDS: file }, stdio: 'ignore' },
  );
  await vi.waitFor(() => expect(JSON.parse(readFileSync(file, 'utf8'))).toHaveLength(2), LIMIT);
  const [program = 0, helper = 0] = JSON.parse(readFileSync(file, 'utf8')) as number[];
  expect(isAlive(program)).toBe(true);
  parent.kill('SIGKILL');
  await vi.waitFor(() => expect(isAlive(program)).toBe(false), LIMIT);
  process.kill(helper, 'SIGKILL');
});
