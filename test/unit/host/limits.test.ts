import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WorkerClient } from '../../../src/host/workers/client';
import { workerEnvironment } from '../../../src/host/workers/environment';
import { CallCancelled, WorkerDied } from '../../../src/host/workers/errors';
import { residentBytes } from '../../../src/files/process-memory';
import { heapFlags, limitsOf, type WorkerLimits } from '../../../src/host/workers/limits';
import { WorkerProcess } from '../../../src/host/workers/process';
import type { CallName } from '../../../src/contract/calls';
import { ownClock, type Clock } from '../../support/clock';
import { LIMIT } from '../../support/limit';

const WORKER = path.join(import.meta.dirname, '../../fixtures/host/worker.mjs');
const MIB = 2 ** 20;
/** A process is looked at every so many milliseconds. */
const LOOK = 250;

let problems: string[];
let client: WorkerClient<'reader'> | undefined;

/** A worker that does what the path says, under limits of a second and 300 MiB, or others. */
function worker(changes: Partial<WorkerLimits> = {}): WorkerClient<'reader'> {
  const milliseconds = { ...limitsOf('reader').milliseconds, inspect: 1000 };
  const limits = { ...limitsOf('reader'), milliseconds, bytes: 300 * MIB, ...changes };
  const start = (events: ConstructorParameters<typeof WorkerProcess>[2]): WorkerProcess =>
    new WorkerProcess(WORKER, workerEnvironment(process.env), events);
  const log = { line: () => undefined, problem: (text: string) => void problems.push(text) };
  client = new WorkerClient('reader', start, log, 'kept', limits);
  return client;
}

beforeEach(() => (problems = []));
afterEach(() => client?.dispose());

const inspect = (reader: WorkerClient<'reader'>, how: string, options = {}) =>
  reader.call('inspect', { path: how }, options);

const deathOf = async (call: Promise<unknown>): Promise<WorkerDied> => {
  const error: unknown = await call.then(
    () => new Error('the call succeeded'),
    (failure: unknown) => failure,
  );
  if (!(error instanceof WorkerDied)) throw error;
  return error;
};

/** Whether a process runs; one that waits to be reaped does not. */
const isAlive = (pid: number | undefined): boolean => pid !== undefined && residentBytes(pid) !== undefined;

describe('the time of a call', () => {
  let clock: Clock;
  beforeEach(() => (clock = ownClock()));

  it.each(['wait', 'spin'])(
    'that never answers ends with its process (%s); the next is answered',
    async (how) => {
      const reader = worker();
      const ended = deathOf(inspect(reader, how));
      const next = inspect(reader, 'fine');
      clock.pass(1000);
      expect(isAlive(reader.pid)).toBe(true);
      clock.pass(LOOK);
      const death = await ended;
      expect(death.message).toBe(
        `${how}: the reader process ended: stopped, because it gave no answer within 1 s`,
      );
      expect(problems).toEqual([death.message]);
      expect(death.pid).toBeDefined();
      expect(isAlive(death.pid)).toBe(false);
      expect((await next).parameters).toBe(10);
    },
  );

  it('is its own: time in the queue does not count', async () => {
    const reader = worker({ graceMilliseconds: LIMIT });
    const stop = new AbortController();
    const first = expect(inspect(reader, 'obey', { signal: stop.signal })).rejects.toThrow(CallCancelled);
    const second = deathOf(inspect(reader, 'wait'));
    clock.pass(900);
    stop.abort();
    await first;
    clock.pass(1000);
    expect(isAlive(reader.pid)).toBe(true);
    clock.pass(LOOK);
    expect((await second).reason).toContain('no answer within');
  });

  it('is that since its last word, where work may take long', async () => {
    /** The work says fifteen times that it goes on; each time a tenth of a second has passed. */
    const slowly = { onNotice: () => clock.pass(100) };
    expect((await deathOf(inspect(worker(), 'unending', slowly))).reason).toContain('no answer within');
    client?.dispose();
    const trainer = worker({ sinceNotice: true });
    expect((await inspect(trainer, 'busy', slowly)).parameters).toBe(10);
    const silent = deathOf(inspect(trainer, 'wait'));
    clock.pass(1000 + LOOK);
    expect((await silent).reason).toContain('it made no progress for 1 s');
  });

  it('stands still while the call pauses', async () => {
    const reader = worker();
    const listeners: Array<() => void> = [];
    let paused = true;
    const pausing = {
      isPaused: () => paused,
      onChange: (listener: () => void) => {
        listeners.push(listener);
        return { dispose: () => undefined };
      },
    };
    const resting = inspect(reader, 'rest', { pausing });
    clock.pass(1800);
    paused = false;
    for (const listener of listeners) listener();
    expect((await resting).warnings).toEqual(['true true', 'true false']);
  });
});

describe('the memory of a call', () => {
  it('that takes more than it may ends with its process; the next is answered', async () => {
    const long = { ...limitsOf('reader').milliseconds };
    const reader = worker({ milliseconds: long, bytesAre: 'a third of it' });
    const [death, next] = await Promise.all([deathOf(inspect(reader, 'grow')), inspect(reader, 'fine')]);
    expect(death.message).toMatch(
      /^grow: the reader process ended: stopped, because it took \d\.\d GiB of memory; it may take 0\.3 GiB, a third of it$/,
    );
    expect(isAlive(death.pid)).toBe(false);
    expect(next.parameters).toBe(10);
  });

  it('of what V8 manages is bounded where processes cannot be looked at', () => {
    expect(heapFlags('linux')).toEqual([]);
    expect(heapFlags('darwin')).toEqual(['--max-old-space-size=4096']);
    const ended = spawnSync(process.execPath, [
      ...heapFlags('darwin'),
      '-p',
      'v8.getHeapStatistics().heap_size_limit',
    ]);
    expect(Math.abs(Number(ended.stdout) / MIB - 4096)).toBeLessThan(300);
  });

  it('is told as such when the process gives itself up', async () => {
    const start = (events: ConstructorParameters<typeof WorkerProcess>[2]): WorkerProcess =>
      new WorkerProcess(
        WORKER,
        { ...workerEnvironment(process.env), NODE_OPTIONS: '--max-old-space-size=40' },
        events,
      );
    const log = { line: () => undefined, problem: (text: string) => void problems.push(text) };
    client = new WorkerClient('reader', start, log);
    const death = await deathOf(inspect(client, 'heap'));
    expect(death.reason).toMatch(/^killed by SIG\w+ \(it ran out of memory\)$/);
    expect(death.lastLines.join()).toMatch(/FATAL ERROR: .*heap out of memory/);
    expect(death.message).not.toMatch(/0x[0-9a-f]{6}/);
    expect((await inspect(client, 'fine')).parameters).toBe(10);
  });
});

describe('the limits of a machine', () => {
  it('bound every call but training', () => {
    for (const name of ['reader', 'trainer'] as const) {
      const { milliseconds } = limitsOf(name);
      const unbounded = Object.keys(milliseconds).filter(
        (call) => milliseconds[call as CallName] === undefined,
      );
      expect(unbounded).toEqual(['train']);
    }
  });

  it('are half of its memory for readers, and nearly all for trainers', () => {
    const GIB = 2 ** 30;
    expect(limitsOf('reader', 16 * GIB).bytes).toBe(8 * GIB);
    expect(limitsOf('trainer', 16 * GIB).bytes / GIB).toBeCloseTo(14.4);
    expect(limitsOf('reader').bytes).toBeLessThan(2 ** 46);
  });

  it('are held against what the system says of a process', () => {
    expect(residentBytes(process.pid)).toBeGreaterThan(20 * MIB);
    expect(residentBytes(process.pid)).toBeLessThan(process.memoryUsage().rss * 1.5);
    expect(residentBytes(2 ** 30)).toBeUndefined();
  });
});
