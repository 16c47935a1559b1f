import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { CancelledError } from '../../../src/core/errors';
import type { Backend } from '../../../src/engine/backend';
import { openCheckpointFile } from '../../../src/files/open';
import { evaluateFile } from '../../../src/operations/evaluate';
import { readJob } from '../../../src/operations/job/job';
import type { Progress, TrainEvent, TrainResult } from '../../../src/contract/results';
import { trainJob } from '../../../src/operations/train/train';
import { freshNetwork, SMALL, smallFolder } from '../../support/jobs';
import { nativeBackend } from '../../support/native';
import { testContext, writeKeras } from '../../support/operation';
import { writeFiles } from '../../support/folders';
import { greyPng } from '../../support/pictures';

let backend: Backend;
beforeAll(async () => {
  backend = await nativeBackend();
});

interface Run {
  readonly events: TrainEvent[];
  readonly result: TrainResult;
}

interface How {
  readonly resume?: boolean;
  /** Gives up an unfinished run. */
  readonly overwrite?: boolean;
  /** Stops the run when this is reported. */
  readonly stopAt?: (event: TrainEvent) => boolean;
  /** Stops the run in this phase. */
  readonly stopIn?: string;
}

async function run(
  folder: string,
  job: object,
  { resume, overwrite, stopAt, stopIn }: How = {},
): Promise<Run> {
  const events: TrainEvent[] = [];
  const stop = new AbortController();
  const context = {
    ...testContext(backend, stop.signal),
    onProgress: ({ phase }: Progress) => void (phase === stopIn && stop.abort()),
    onEvent: (event: TrainEvent) => {
      events.push(event);
      if (stopAt?.(event)) stop.abort();
    },
  };
  const directory = path.join(folder, 'run');
  const read = readJob(JSON.stringify(job), path.join(folder, 'a.acnet.json'));
  return { events, result: await trainJob(read, { directory, resume, overwrite }, context) };
}

const failure = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => new Error('it ran'),
    (error: Error) => error,
  );
const left = (folder: string) => readdirSync(path.join(folder, 'run')).sort();
const texts = (events: readonly TrainEvent[]) =>
  events.flatMap((event) => (event.event === 'message' ? [event.text] : []));
const stepsOf = (events: readonly TrainEvent[]) =>
  events.flatMap((event) => (event.event === 'step' ? [event] : []));
/** Step 8 of the ACNet arm: the second of its second epoch. */
const inSecondEpoch = (event: TrainEvent) =>
  event.event === 'step' && event.arm === 'acnet' && event.step === 8;

describe('a job that was stopped', () => {
  it('keeps its state, says so, and is gone on with at the next step', async () => {
    const folder = await smallFolder();
    const job = { ...SMALL, layers: ['conv1'] };
    const whole = await run(folder, { ...job, output: { folder: 'whole' } });
    expect(left(folder)).toEqual(['job.json', 'log.jsonl', 'result.json']);

    const first: TrainEvent[] = [];
    const stopped = await failure(
      run(folder, job, { stopAt: (event) => (first.push(event), inSecondEpoch(event)) }),
    );
    expect(stopped).toBeInstanceOf(CancelledError);
    expect(texts(first).at(-1)).toBe(
      'stopped; the state is kept (acnet, epoch 2, step 8): --resume continues',
    );
    expect(left(folder)).toEqual([
      ...['acnet.state', 'baseline.state', 'images.json', 'job.json', 'log.1.jsonl', 'log.jsonl'],
    ]);

    const { result, events } = await run(folder, job, { resume: true });
    expect(result.converted).toEqual(['conv1']);
    const late = stepsOf(events);
    expect(late.map(({ arm, step }) => `${arm} ${step}`)).toEqual(
      [9, 10, 11, 12].map((step) => `acnet ${step}`),
    );
    expect(texts(events)).toContain('acnet: continues after epoch 1, step 8 of 12');
    const wanted = stepsOf(whole.events).filter(({ arm }) => arm === 'acnet');
    // Several threads: the same batches and rates, numbers equal but for the last digits.
    expect(Math.abs(late[0].loss - wanted[8].loss)).toBeLessThanOrEqual(1e-5 * wanted[8].loss);
    expect(late.map(({ learningRate }) => learningRate)).toEqual(
      wanted.slice(8).map(({ learningRate }) => learningRate),
    );
    const epochs = (told: readonly TrainEvent[]) =>
      told.flatMap((event) => (event.event === 'epoch' ? [`${event.arm} ${event.epoch}`] : []));
    expect(epochs(events)).toEqual(epochs(whole.events));
    expect(result.baseline).toEqual(whole.result.baseline);
    expect(result.acnet.before).toBe(whole.result.acnet.before);
    expect(result.fused.passed).toBe(true);
    expect(result.seconds).toBeGreaterThan(0);
    expect(left(folder)).toEqual([
      ...['job.json', 'log.1.jsonl', 'log.jsonl', 'result.json'],
      ...['small.acnet.keras', 'small.baseline.keras', 'small.fused.keras'],
    ]);
    const log = readFileSync(path.join(folder, 'run', 'log.jsonl'), 'utf8')
      .trimEnd()
      .split('\n');
    const lines = log.map((line) => JSON.parse(line) as { event?: string; resumed?: boolean });
    expect(lines.filter(({ event }) => event === 'run').map(({ resumed }) => resumed)).toEqual([false, true]);
    expect(lines.filter(({ event }) => event === 'epoch')).toHaveLength(4);
  });

  it('stops before the next step, and evaluates and writes nothing more', async () => {
    const folder = await smallFolder();
    const told: TrainEvent[] = [];
    const stopAt = (event: TrainEvent): boolean => {
      told.push(event);
      return inSecondEpoch(event);
    };
    expect(await failure(run(folder, SMALL, { stopAt }))).toBeInstanceOf(CancelledError);
    const after = told.slice(told.findIndex(inSecondEpoch) + 1);
    expect(after.map(({ event }) => event)).toEqual(['message']);
    expect(texts(after).join()).toMatch(/stopped; the state is kept \(acnet, epoch 2, step 8\)/);
    expect(left(folder).filter((name) => name.endsWith('.keras'))).toEqual([]);
  });

  it('is not lost to a new run unless somebody asks for that', async () => {
    const folder = await smallFolder();
    await failure(run(folder, SMALL, { stopAt: inSecondEpoch }));
    const states = ['acnet.state', 'baseline.state'];
    const bytes = () => states.map((name) => readFileSync(path.join(folder, 'run', name)));
    const before = bytes();
    expect((await failure(run(folder, SMALL))).message).toMatch(
      /run: the folder holds an unfinished run: --resume continues it, --overwrite starts anew$/,
    );
    expect(bytes()).toEqual(before);
    // The job's own word covers its checkpoints, not the work of a run.
    expect((await failure(run(folder, { ...SMALL, output: { overwrite: true } }))).message).toMatch(
      /holds an unfinished run/,
    );
    expect(bytes()).toEqual(before);
    const { events } = await run(folder, SMALL, { overwrite: true });
    expect(stepsOf(events)).toHaveLength(24);
  });

  it('refuses another job, checkpoint or data, a damaged state, and nothing to resume, in one line', async () => {
    const folder = await smallFolder();
    const refused = async (job: object, message: RegExp): Promise<void> => {
      const { message: found } = await failure(run(folder, job, { resume: true }));
      expect(found).toMatch(message);
      expect(found).not.toContain('\n');
    };
    await refused(SMALL, /run: no run of this job was begun here: there is nothing to resume$/);
    await failure(run(folder, SMALL, { stopAt: inSecondEpoch }));
    await refused(
      { ...SMALL, learningRate: 0.1 },
      /state: the run began with other settings and is not continued; --overwrite starts anew \(learningRate; expected 0\.05; found 0\.1\)$/,
    );
    await refused({ ...SMALL, epochs: 3 }, /\(epochs; expected 2; found 3\)$/);
    await refused({ ...SMALL, data: { ...SMALL.data, limit: 40 } }, /\(limit; expected nothing; found 40\)$/);
    await refused(
      { ...SMALL, data: { ...SMALL.data, resize: 'crop' } },
      /\(resize; expected nothing; found "crop"\)$/,
    );
    await writeKeras(path.join(folder, 'other.keras'), freshNetwork(8, 2, 0.5));
    await refused({ ...SMALL, checkpoint: 'other.keras' }, /the run began with another checkpoint/);
    const more = Array.from({ length: 12 }, (_, i): [string, Uint8Array][] => [
      [`more/dark/${i}.png`, greyPng(3, 8)],
      [`more/light/${i}.png`, greyPng(200, 8)],
    ]);
    writeFiles(folder, Object.fromEntries(more.flat()));
    await refused({ ...SMALL, data: { ...SMALL.data, folder: 'more' } }, /the run began with other images/);

    const state = path.join(folder, 'run', 'acnet.state');
    const bytes = readFileSync(state);
    for (const broken of [bytes.subarray(0, 10), bytes.subarray(0, bytes.length - 4), bytes.subarray(5)]) {
      writeFileSync(state, broken);
      await refused(SMALL, /acnet\.state: the state of the run is damaged; --overwrite starts anew \(found/);
    }
    // The header says how long it is: a length beyond the file is not believed.
    const long = Buffer.from(bytes);
    long.writeUInt32LE(0x7fffffff, bytes.indexOf('{') - 4);
    writeFileSync(state, long);
    await refused(SMALL, /damaged; --overwrite starts anew \(found the header is cut off\)$/);

    writeFileSync(state, bytes);
    // Where it lies, where results go and how often it is saved do not matter.
    copyFileSync(path.join(folder, 'small.keras'), path.join(folder, 'renamed.keras'));
    const moved = {
      ...{ ...SMALL, checkpoint: 'renamed.keras', saveEvery: 5, output: { folder: 'elsewhere' } },
      // What it was by default.
      data: { ...SMALL.data, resize: 'squash' },
    };
    expect((await run(folder, moved, { resume: true })).result.fused.passed).toBe(true);
    await refused(SMALL, /run: the run is finished: there is nothing to resume$/);
  });

  it('is not run by two processes at once; a dead one does not count', async () => {
    const folder = await smallFolder();
    await failure(run(folder, SMALL, { stopAt: inSecondEpoch }));
    const lock = path.join(folder, 'run', 'run.lock');
    expect(existsSync(lock)).toBe(false);
    // The test's own parent is alive, and is another process.
    writeFileSync(lock, `${process.ppid} ${hostname()}\n`);
    const refused = await failure(run(folder, SMALL, { resume: true }));
    expect(refused.message).toMatch(/run: another process runs this job; .* \(found process \d+ on /);
    writeFileSync(lock, `1 ${hostname()}.elsewhere\n`);
    expect((await failure(run(folder, SMALL, { resume: true }))).message).toMatch(/another process runs/);
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    writeFileSync(lock, `${dead} ${hostname()}\n`);
    const unfinished = path.join(folder, 'run', `.small.acnet.keras.${dead}.0123abcd.tmp`);
    writeFileSync(unfinished, 'half');
    expect((await run(folder, SMALL, { resume: true })).result.fused.passed).toBe(true);
    expect(existsSync(lock)).toBe(false);
    expect(existsSync(unfinished)).toBe(false);
  });

  it('goes on behind a lock that was only half written', async () => {
    const folder = await smallFolder();
    await failure(run(folder, SMALL, { stopAt: inSecondEpoch }));
    writeFileSync(path.join(folder, 'run', 'run.lock'), '');
    expect((await run(folder, SMALL, { resume: true })).result.fused.passed).toBe(true);
  });

  it('trains nothing again when both arms were done, and replaces what it had begun to write', async () => {
    const folder = await smallFolder();
    await failure(run(folder, SMALL, { stopIn: 'fused: accuracy' }));
    // As if the process had died while it wrote its results.
    writeFileSync(path.join(folder, 'run', 'small.baseline.keras'), 'half');
    const { result, events } = await run(folder, SMALL, { resume: true });
    expect(stepsOf(events)).toEqual([]);
    const data = path.join(folder, 'images');
    const { images } = await evaluateFile(result.outputs.baseline, { data }, testContext(backend));
    expect(images).toBe(60);
    expect(events.filter(({ event }) => event === 'epoch')).toHaveLength(4);
  });
});

describe('a job that diverges', () => {
  it('keeps nothing when no epoch was done, and says so', async () => {
    const folder = await smallFolder();
    const { message } = await failure(run(folder, { ...SMALL, learningRate: 1e30, epochs: 4 }));
    expect(message).toMatch(/^the training diverged: .*; nothing was kept: no epoch was done \(/);
    expect(message).not.toContain('\n');
    expect(left(folder)).toEqual(['job.json', 'log.jsonl']);
  });

  it('keeps the last good epoch as a checkpoint, and says where', async () => {
    const folder = await smallFolder();
    const events: TrainEvent[] = [];
    // Rate × decay = 100: kernels grow about a hundredfold each step, so that an epoch goes well and a later one not.
    const job = { ...SMALL, epochs: 6, learningRate: 1, weightDecay: 100, schedule: 'constant' };
    const { message } = await failure(run(folder, job, { stopAt: (event) => (events.push(event), false) }));
    const found = /kept: baseline after epoch (\d+) in (\S+\.baseline\.epoch-\d+\.keras) \(/.exec(message);
    expect(message).toMatch(/^the training diverged: /);
    const [, epoch, file] = found ?? [];
    const last = events.filter(({ event }) => event === 'epoch').at(-1);
    expect(last).toMatchObject({ arm: 'baseline', epoch: Number(epoch) });
    const checkpoint = await openCheckpointFile(file);
    checkpoint.close();
    const data = path.join(folder, 'images');
    const score = await evaluateFile(file, { data }, testContext(backend));
    expect(score.images).toBe(60);
    expect(left(folder)).toEqual(['job.json', 'log.jsonl', path.basename(file)].sort());
    // Nothing was lost: the next run is a new one, and its kept epoch has a name of its own.
    await failure(run(folder, job));
    expect(left(folder).filter((name) => name.endsWith('.keras'))).toHaveLength(2);
  });
});
