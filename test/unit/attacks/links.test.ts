import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { CancelledError, UserError } from '../../../src/core/errors';
import type { Backend } from '../../../src/engine/backend';
import { readJob } from '../../../src/operations/job/job';
import { jobFolder, runIn } from '../../../src/operations/job/folder';
import { outsideWrites } from '../../../src/operations/job/places';
import { jobHistory } from '../../../src/operations/job/history';
import { trainFile, type TrainFileOptions } from '../../../src/operations/train/file';
import { writeFiles } from '../../support/folders';
import { SMALL, smallFolder } from '../../support/jobs';
import { nativeBackend } from '../../support/native';
import { acnet } from '../cli/run';
import { testContext } from '../../support/operation';

/** What a stranger's folder may hold in place of a file. Each makes it, and leads to `outside` where it can. */
const KINDS: Readonly<Record<string, (at: string, outside: string) => Promise<void> | void>> = {
  'a link to a file': (at, outside) => symlinkSync(path.join(outside, 'victim'), at),
  'a relative link': (at, outside) =>
    symlinkSync(path.join(path.relative(path.dirname(at), outside), 'victim'), at),
  'a link that leads nowhere': (at, outside) => symlinkSync(path.join(outside, 'new'), at),
  'a link to a folder': (at, outside) => symlinkSync(path.join(outside, 'folder'), at),
  'a link to itself': (at) => symlinkSync(path.basename(at), at),
  'a hard link': (at, outside) => linkSync(path.join(outside, 'victim'), at),
  'a named pipe': (at) => void execFileSync('mkfifo', [at]),
  'a socket': async (at) => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(at, resolve));
    onTestFinished(() => void server.close());
  },
  'a folder': (at) => mkdirSync(at),
  'a device': (at) => void execFileSync('mknod', [at, 'c', '1', '3']),
};
/** What a job reads and writes in its folder. */
const FILES = [
  ...['job.json', 'log.jsonl', 'result.json', 'report.html', 'run.lock'],
  ...['baseline.state', 'acnet.state', 'images.json'],
];
const OUTPUTS = ['small.baseline.keras', 'small.acnet.keras', 'small.fused.keras'];
const WAYS: Readonly<Record<string, TrainFileOptions>> = {
  'a new run': {},
  'a resumed run': { resume: true },
  'a run that overwrites': { overwrite: true },
};

function canMakeDevices(): boolean {
  const folder = mkdtempSync(path.join(tmpdir(), 'acnet-device-'));
  try {
    execFileSync('mknod', [path.join(folder, 'x'), 'c', '1', '3'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const hasDevices = canMakeDevices();

let root: string;
let template: string;
let backend: Backend;
beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'acnet-links-'));
  backend = await nativeBackend();
  template = path.join(root, 'template');
  mkdirSync(template);
  await smallFolder(0, template);
  writeFileSync(path.join(template, 'a.acnet.json'), JSON.stringify({ ...SMALL, saveEvery: 0 }));
  // An unfinished run, with both states.
  expect(
    await ended(template, {}, ({ event, arm, step }) => event === 'step' && arm === 'acnet' && step === 2),
  ).toBeInstanceOf(CancelledError);
  expect(readdirSync(path.join(template, 'a.acnet')).sort()).toEqual([
    ...['acnet.state', 'baseline.state', 'images.json', 'job.json', 'log.jsonl'],
  ]);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Told {
  readonly event: string;
  readonly arm?: string;
  readonly step?: number;
}

/** Runs a project's job until it says something, or the given thing. @returns what it ended with */
async function ended(
  project: string,
  options: TrainFileOptions,
  until: (event: Told) => boolean = () => true,
): Promise<unknown> {
  const stop = new AbortController();
  const onEvent = (event: object): void => void (until(event as Told) && stop.abort());
  return trainFile(path.join(project, 'a.acnet.json'), options, {
    ...testContext(backend, stop.signal),
    onEvent,
  }).then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** A project with or without an earlier run, and a place outside of it. */
function newCase(begun: boolean): { project: string; folder: string; outside: string } {
  const at = mkdtempSync(path.join(root, 'case-'));
  onTestFinished(() => rmSync(at, { recursive: true, force: true }));
  const project = path.join(at, 'project');
  cpSync(template, project, { recursive: true });
  const folder = path.join(project, 'a.acnet');
  if (!begun) rmSync(folder, { recursive: true });
  const outside = path.join(at, 'outside');
  mkdirSync(path.join(outside, 'folder'), { recursive: true });
  writeFileSync(path.join(outside, 'victim'), 'of somebody\n');
  return { project, folder, outside };
}

/** All that lies under a folder, with what is in it. */
function contents(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(folder, { recursive: true }) as string[]) {
    const at = path.join(folder, name);
    const stats = lstatSync(at);
    if (stats.isFile()) found[name] = readFileSync(at, 'latin1');
    else found[name] = stats.isSymbolicLink() ? `-> ${readlinkSync(at)}` : `mode ${stats.mode}`;
  }
  return found;
}

function expectOneSentence(error: unknown, about: string): void {
  expect(error).toBeInstanceOf(UserError);
  expect(error).not.toBeInstanceOf(CancelledError);
  const { message } = error as UserError;
  expect(message).toContain(about);
  expect(message).not.toContain('\n');
  expect(message.length).toBeLessThan(500);
}

describe('the folder of a job, as somebody else made it', () => {
  it.skipIf(hasDevices)('devices are left out: only root makes them', () => expect(hasDevices).toBe(false));

  for (const [kind, make] of Object.entries(KINDS)) {
    if (kind === 'a device' && !hasDevices) continue;
    for (const [way, options] of Object.entries(WAYS)) {
      const begun = way !== 'a new run';
      it.each(FILES)(
        `${kind} in the place of %s ends ${way} in a sentence; nothing is touched`,
        async (name) => {
          const { project, folder, outside } = newCase(begun);
          mkdirSync(folder, { recursive: true });
          const at = path.join(folder, name);
          rmSync(at, { force: true });
          await make(at, outside);
          const [before, inside] = [contents(outside), contents(project)];
          // A hard link to a lock is a file but not a lock, and is replaced like one.
          const isHarmless = name === 'run.lock' && kind === 'a hard link';
          const error = await ended(project, options);
          if (isHarmless) expect(error).toBeInstanceOf(CancelledError);
          else expectOneSentence(error, `a.acnet${path.sep}${name}`);
          expect(contents(outside)).toEqual(before);
          if (!isHarmless) expect(contents(project)).toEqual(inside);
        },
      );

      it.each(OUTPUTS)(`${kind} in the place of %s: ${way} touches nothing outside`, async (name) => {
        const { project, folder, outside } = newCase(begun);
        mkdirSync(folder, { recursive: true });
        await make(path.join(folder, name), outside);
        const before = contents(outside);
        const error = await ended(project, options);
        // What overwrites replaces the link or the name, and not what that leads to.
        const replaces = options.overwrite === true && / link/.test(kind) && kind !== 'a link to a folder';
        if (replaces) expect(error).toBeInstanceOf(CancelledError);
        else expectOneSentence(error, name);
        expect(contents(outside)).toEqual(before);
      });
    }
  }

  it('with plain files alone is run, resumed and overwritten', async () => {
    for (const [way, options] of Object.entries(WAYS)) {
      const { project, folder } = newCase(way !== 'a new run');
      expect(await ended(project, options), way).toBeInstanceOf(CancelledError);
      expect(readFileSync(path.join(folder, 'log.jsonl'), 'utf8'), way).toMatch(/"event":"message"/);
    }
  });

  it('with links on the way of a whole run that overwrites leaves what they lead to', async () => {
    const { project, folder, outside } = newCase(true);
    for (const name of OUTPUTS) symlinkSync(path.join(outside, 'victim'), path.join(folder, name));
    symlinkSync(path.join(outside, 'victim'), path.join(folder, 'log.1.jsonl'));
    symlinkSync(path.join(outside, 'new'), path.join(folder, 'log.2.jsonl'));
    const before = contents(outside);
    expect(await ended(project, { overwrite: true }, () => false)).toBeUndefined();
    expect(contents(outside)).toEqual(before);
    for (const name of OUTPUTS) expect(lstatSync(path.join(folder, name)).isFile()).toBe(true);
    expect(readdirSync(folder)).toContain('log.3.jsonl');
    expect(runIn(folder)).toBe('finished');
  });

  it('is not read through links either, where its history is shown', () => {
    const { folder, outside } = newCase(true);
    writeFileSync(path.join(outside, 'victim'), '{"event":"message","text":"secret"}\n');
    for (const name of ['log.jsonl', 'result.json']) {
      rmSync(path.join(folder, name), { force: true });
      symlinkSync(path.join(outside, 'victim'), path.join(folder, name));
    }
    expect(jobHistory(folder)).toEqual({ lines: [], result: undefined });
    expect(runIn(folder)).toBe('unfinished');
  });
});

describe('the folder of a job that is itself', () => {
  it.each([
    ['a link to a folder outside', (at: string, outside: string) => symlinkSync(outside, at)],
    ['a link to a folder that is missing', (at: string, outside: string) => symlinkSync(`${outside}2`, at)],
    ['a link to a file', (at: string, outside: string) => symlinkSync(path.join(outside, 'victim'), at)],
    ['a link to itself', (at: string) => symlinkSync(path.basename(at), at)],
    ['a named pipe', (at: string) => void execFileSync('mkfifo', [at])],
    ['a file', (at: string) => writeFileSync(at, 'of somebody')],
  ])('%s ends each run in a sentence; nothing is written', async (_what, make) => {
    for (const options of Object.values(WAYS)) {
      const { project, folder, outside } = newCase(false);
      make(folder, outside);
      const [before, inside] = [contents(path.dirname(outside)), contents(project)];
      expectOneSentence(await ended(project, options), 'a.acnet');
      expect(contents(path.dirname(outside))).toEqual(before);
      expect(contents(project)).toEqual(inside);
    }
  });

  it('a link is followed to where the user lets the job write, or within its project', async () => {
    const { project, folder, outside } = newCase(false);
    symlinkSync(outside, folder);
    expect(await ended(project, { allowed: [outside] })).toBeInstanceOf(CancelledError);
    expect(existsSync(path.join(outside, 'job.json'))).toBe(true);
    const other = newCase(false);
    mkdirSync(path.join(other.project, 'runs'));
    symlinkSync('runs', other.folder);
    expect(await ended(other.project, {})).toBeInstanceOf(CancelledError);
    expect(jobFolder(path.join(other.project, 'a.acnet.json'))).toBe(other.folder);
  });
});

describe('a folder that another program or another job writes into', () => {
  const FOREIGN = '{"name": "my-service", "steps": ["build"]}\n';

  it.each([
    [
      'a job.json of another program',
      { 'job.json': FOREIGN },
      'job.json',
      /is not the record of a job; move it/,
    ],
    ['a job.json that is no JSON', { 'job.json': 'half' }, 'job.json', /is not the record of a job; move it/],
    [
      'a result of something else',
      { 'result.json': FOREIGN },
      'result.json',
      /holds files of something else/,
    ],
    ['a log of something else', { 'log.jsonl': FOREIGN }, 'log.jsonl', /holds files of something else/],
    [
      'a report of something else',
      { 'report.html': FOREIGN },
      'report.html',
      /holds files of something else/,
    ],
  ])('with %s is left as it is, whatever is asked for', async (_what, files, name, words) => {
    for (const options of [{}, { overwrite: true }]) {
      const { project, folder } = newCase(false);
      writeFiles(folder, files);
      const before = contents(project);
      const error = await ended(project, options);
      expectOneSentence(error, name);
      expect((error as Error).message).toMatch(words);
      expect(contents(project)).toEqual(before);
    }
  });

  it('with the run of another job is left as it is; that of the same job is not', async () => {
    const { project, folder } = newCase(true);
    const other = path.join(project, 'b.acnet.json');
    cpSync(path.join(project, 'a.acnet.json'), other);
    const before = contents(project);
    const run = await acnet('train', other, '-o', folder, '--overwrite');
    expect(run.errors).toHaveLength(1);
    expect(run.err).toMatch(/job\.json: the folder holds the run of another job; move it, or run in another/);
    expect(run.err).toContain(path.join(project, 'a.acnet.json'));
    expect(run.code).toBe(1);
    expect(contents(project)).toEqual(before);
    // Moved with its folder, or renamed by hand together with it, it is the same job.
    const moved = path.join(path.dirname(project), 'moved');
    cpSync(project, moved, { recursive: true });
    expect(await ended(moved, { resume: true })).toBeInstanceOf(CancelledError);
    renameSync(path.join(moved, 'a.acnet'), path.join(moved, 'kept'));
    symlinkSync('kept', path.join(moved, 'a.acnet'));
    expect(await ended(moved, { overwrite: true })).toBeInstanceOf(CancelledError);
  });
});

describe('a job that writes outside of its folder', () => {
  function outsideJob(output: object): { job: string; outside: string } {
    const { project, outside } = newCase(false);
    const job = path.join(project, 'a.acnet.json');
    writeFileSync(job, JSON.stringify({ ...SMALL, epochs: 1, output: { folder: '../outside', ...output } }));
    return { job, outside };
  }

  it('is refused on the command line without --allow-outside, and says where it would write', async () => {
    const { job, outside } = outsideJob({});
    const before = contents(path.dirname(outside));
    const refused = await acnet('train', job);
    expect(refused.code).toBe(1);
    expect(refused.errors).toEqual([
      `acnet: ${job}: the job writes outside of its folder; --allow-outside lets it (expected ${path.dirname(job)}; found ${outside})`,
    ]);
    expect(contents(path.dirname(outside))).toEqual(before);
    expect((await acnet('train', job, '--allow-outside')).code).toBe(0);
    expect(readdirSync(outside)).toContain('small.acnet.keras');
  });

  it('is refused where a link on the way leads outside; a folder that was typed is not outside', async () => {
    const { project, outside } = newCase(false);
    symlinkSync(outside, path.join(project, 'runs'));
    const job = path.join(project, 'a.acnet.json');
    writeFileSync(job, JSON.stringify({ ...SMALL, epochs: 1, output: { folder: 'runs/new' } }));
    expect((await acnet('train', job)).err).toContain(`found ${path.join(outside, 'new')}`);
    expect(existsSync(path.join(outside, 'new'))).toBe(false);
    writeFileSync(job, JSON.stringify({ ...SMALL, epochs: 1 }));
    expect((await acnet('train', job, '-o', path.join(project, 'runs'))).err).toContain(
      `; found ${outside})`,
    );
    expect((await acnet('train', job, '-o', path.join(outside, 'typed'))).code).toBe(0);
  });

  it('tells which files there it would replace', () => {
    const { job, outside } = outsideJob({ overwrite: true });
    writeFileSync(path.join(outside, 'small.fused.keras'), 'of somebody');
    writeFileSync(path.join(outside, 'small.network.json'), 'the record of an earlier run');
    symlinkSync('nowhere', path.join(outside, 'small.acnet.keras'));
    const read = readJob(readFileSync(job, 'utf8'), job);
    expect(outsideWrites(read, jobFolder(job), [])).toEqual({
      folders: [outside],
      existing: ['small.acnet.keras', 'small.fused.keras', 'small.network.json'].map((name) =>
        path.join(outside, name),
      ),
    });
    expect(outsideWrites(read, jobFolder(job), [path.dirname(outside)]).folders).toEqual([]);
    expect(outsideWrites(read, jobFolder(job), [`${outside}-2`]).folders).toEqual([outside]);
  });

  it('replaces none of the files that it reads, whatever it is told', async () => {
    const { project, folder } = newCase(false);
    mkdirSync(folder);
    for (const [name, words] of [
      ['small.keras', 'the output is the source'],
      ['a.acnet.json', 'the output is a file that this command reads'],
    ] as const) {
      const output = path.join(folder, 'small.fused.keras');
      linkSync(path.join(project, name), output);
      expectOneSentence(await ended(project, { overwrite: true }), words);
      rmSync(output);
    }
  });
});
