import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WorkerClient } from '../../../src/host/workers/client';
import { workerEnvironment } from '../../../src/host/workers/environment';
import { CallCancelled, CallError, WorkerDied } from '../../../src/host/workers/errors';
import { limitsOf } from '../../../src/host/workers/limits';
import { WorkerProcess } from '../../../src/host/workers/process';
import { LIMIT } from '../../support/limit';

const WORKER = path.join(import.meta.dirname, '../../fixtures/host/worker.mjs');

let client: WorkerClient<'reader'>;
let lines: string[];
let problems: string[];
let starts: number;

function makeClient(
  file = WORKER,
  host: NodeJS.ProcessEnv = process.env,
  processes: 'kept' | 'each' = 'kept',
  graceMilliseconds = LIMIT,
): WorkerClient<'reader'> {
  return new WorkerClient(
    'reader',
    (events) => {
      starts++;
      return new WorkerProcess(file, workerEnvironment(host, { intraOp: 2, interOp: 1 }), events);
    },
    { line: (text) => lines.push(text), problem: (text) => problems.push(text) },
    processes,
    { ...limitsOf('reader'), graceMilliseconds },
  );
}

beforeEach(() => {
  lines = [];
  problems = [];
  starts = 0;
  client = makeClient();
});
afterEach(() => client.dispose());

const inspect = (how: string, options = {}) => client.call('inspect', { path: how }, options);

/** How a call ended, so that an unexpected success fails the test too. */
const failureOf = async (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => {
      throw new Error('the call succeeded');
    },
    (error: unknown) => error,
  );

const isAlive = (pid: number | undefined): boolean => {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('a call', () => {
  it('starts the process once and answers in order', async () => {
    expect(starts).toBe(0);
    const [a, b] = await Promise.all([inspect('fine'), inspect('fine')]);
    expect(a.parameters).toBe(10);
    expect(b.formatLabel).toBe(a.formatLabel);
    expect(starts).toBe(1);
  });

  it('brings the worker’s refusal with its detail', async () => {
    const error = await failureOf(inspect('refuse'));
    expect(error).toBeInstanceOf(CallError);
    expect((error as CallError).failure).toMatchObject({
      kind: 'user',
      detail: { found: '<!DOCTYPE html>' },
    });
    expect((error as CallError).message).toBe('model.h5: this is a page of HTML');
  });

  it('tells progress before it answers', async () => {
    const done: number[] = [];
    await inspect('progress', {
      onNotice: (notice: { kind: string; progress?: { done: number } }) =>
        done.push(notice.progress?.done ?? -1),
    });
    expect(done).toEqual([1, 2]);
  });

  it('refuses a result of another shape, naming the place', async () => {
    const error = await failureOf(inspect('wrong'));
    expect((error as CallError).message).toContain("answered 'inspect' with a malformed result (sites:");
    expect(await inspect('fine')).toMatchObject({ parameters: 10 });
    expect(starts).toBe(1);
  });

  it('ends when the process speaks gibberish, which is then replaced', async () => {
    const [error, next] = await Promise.all([failureOf(inspect('gibberish')), inspect('fine')]);
    expect(error).toBeInstanceOf(WorkerDied);
    expect(problems.join()).toContain('malformed message from the reader process');
    expect(next.parameters).toBe(10);
    expect(starts).toBe(2);
  });
});

describe('a process that dies', () => {
  it.each([
    ['exit', 'exit code 3', ['about to give up', 'out of luck']],
    ['throw', 'exit code 1', ['RangeError: a defect']],
  ])('is reported with its last lines (%s)', async (how, reason, words) => {
    const error = (await failureOf(inspect(how))) as WorkerDied;
    expect(error).toBeInstanceOf(WorkerDied);
    expect(error.reason).toBe(reason);
    for (const word of words) expect(error.message).toContain(word);
    expect(lines).toEqual(expect.arrayContaining(words));
  });

  it('killed from outside: its call ends, the waiting one is answered by a new process', async () => {
    const first = failureOf(inspect('wait'));
    const second = inspect('fine');
    process.kill(client.pid ?? 0, 'SIGKILL');
    expect(((await first) as WorkerDied).reason).toMatch(/^killed by SIGKILL \(by hand, or by the system/);
    expect((await second).parameters).toBe(10);
    expect(starts).toBe(2);
  });

  it('killed while idle: the next call starts another', async () => {
    await inspect('fine');
    process.kill(client.pid ?? 0, 'SIGKILL');
    while (client.pid !== undefined) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^the reader process ended: killed by SIGKILL \(/);
    expect((await inspect('fine')).parameters).toBe(10);
  });

  it('after its last answer: the waiting call is answered by a new one, and nothing is reported', async () => {
    const [first, second] = await Promise.all([inspect('spent'), inspect('fine')]);
    expect(second.formatLabel).not.toBe(first.formatLabel);
    expect(starts).toBe(2);
    expect(problems).toEqual([]);
  });

  it('that never comes up: each call ends', async () => {
    client = makeClient(path.join(import.meta.dirname, 'no-such-worker.cjs'));
    const errors = await Promise.all([failureOf(inspect('fine')), failureOf(inspect('fine'))]);
    for (const error of errors) expect((error as Error).message).toContain('Cannot find module');
    expect(starts).toBe(2);
  });
});

describe('cancelling', () => {
  it('refuses a call that was cancelled before', async () => {
    expect(await failureOf(inspect('fine', { signal: AbortSignal.abort() }))).toBeInstanceOf(CallCancelled);
    expect(starts).toBe(0);
  });

  it('takes a waiting call out of the queue and leaves the running one', async () => {
    const stop = new AbortController();
    const running = inspect('obey', { signal: stop.signal });
    const waiting = new AbortController();
    const queued = failureOf(inspect('exit', { signal: waiting.signal }));
    waiting.abort();
    expect(await queued).toBeInstanceOf(CallCancelled);
    stop.abort();
    expect(await failureOf(running)).toBeInstanceOf(CallCancelled);
    expect((await inspect('fine')).parameters).toBe(10);
    expect(starts).toBe(1);
  });

  it('kills a process that does not answer, after 0.7 s and not before', async () => {
    client = makeClient(WORKER, process.env, 'kept', limitsOf('reader').graceMilliseconds);
    const stop = new AbortController();
    await inspect('fine');
    const call = failureOf(inspect('spin', { signal: stop.signal }));
    const { pid } = client;
    const start = performance.now();
    stop.abort();
    const error = await call;
    expect(error).toBeInstanceOf(CallCancelled);
    expect((error as CallCancelled).pid).toBe(pid);
    expect(performance.now() - start).toBeGreaterThan(600);
    expect(isAlive(pid)).toBe(false);
    expect((await inspect('fine')).parameters).toBe(10);
    expect(problems).toEqual([]);
  });
});

describe('pausing', () => {
  /** As a job's: set by hand. */
  const makePausing = (paused: boolean) => {
    const listeners = new Set<() => void>();
    return {
      set(value: boolean) {
        paused = value;
        for (const listener of listeners) listener();
      },
      listening: () => listeners.size,
      isPaused: () => paused,
      onChange(listener: () => void) {
        listeners.add(listener);
        return { dispose: () => listeners.delete(listener) };
      },
    };
  };

  it('tells the process, also that the call was paused before it was sent', async () => {
    const pausing = makePausing(true);
    const resting = inspect('rest', { pausing });
    pausing.set(false);
    expect((await resting).warnings).toEqual(['true true', 'true false']);
    expect(pausing.listening()).toBe(0);
  });

  it('is told of the running call alone', async () => {
    const pausing = makePausing(false);
    const waiting = makePausing(false);
    const resting = inspect('rest', { pausing });
    const next = inspect('fine', { pausing: waiting });
    waiting.set(true);
    pausing.set(true);
    pausing.set(false);
    expect((await resting).warnings).toEqual(['true true', 'true false']);
    expect((await next).parameters).toBe(10);
  });
});

describe('a process for each call', () => {
  it('is ended with its call, without a word', async () => {
    client = makeClient(WORKER, process.env, 'each');
    const [first, second] = await Promise.all([inspect('fine'), inspect('fine')]);
    expect(first.formatLabel).not.toBe(second.formatLabel);
    expect(starts).toBe(2);
    expect(client.pid).toBeUndefined();
    const pid = Number(/process (\d+)/.exec(second.formatLabel)?.[1]);
    while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(problems).toEqual([]);
  });

  it('that refuses, dies or is cancelled is followed by another', async () => {
    client = makeClient(WORKER, process.env, 'each');
    expect(await failureOf(inspect('refuse'))).toBeInstanceOf(CallError);
    expect(await failureOf(inspect('exit'))).toBeInstanceOf(WorkerDied);
    const stop = new AbortController();
    const obeying = failureOf(inspect('obey', { signal: stop.signal }));
    stop.abort();
    expect(await obeying).toBeInstanceOf(CallCancelled);
    expect((await inspect('fine')).parameters).toBe(10);
    expect(starts).toBe(4);
  });
});

describe('disposing', () => {
  it('ends the running and the waiting call and the process', async () => {
    await inspect('fine');
    const { pid } = client;
    const calls = [failureOf(inspect('wait')), failureOf(inspect('fine'))];
    expect(isAlive(pid)).toBe(true);
    client.dispose();
    for (const error of await Promise.all(calls)) expect(error).toBeInstanceOf(CallCancelled);
    while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await failureOf(inspect('fine'))).toBeInstanceOf(CallCancelled);
    expect(starts).toBe(1);
  });
});

describe('the environment', () => {
  it('has threads and Node mode, but nothing of the debugger or of VS Code', async () => {
    client = makeClient(WORKER, {
      PATH: process.env.PATH,
      NODE_OPTIONS: '--require /nowhere/bootloader.js',
      VSCODE_IPC_HOOK: '/tmp/hook',
      HOME: '/home/someone',
    });
    const [text] = (await inspect('env')).warnings;
    const env = JSON.parse(text ?? '{}') as Record<string, string>;
    expect(env).toMatchObject({
      ELECTRON_RUN_AS_NODE: '1',
      TF_NUM_INTRAOP_THREADS: '2',
      TF_NUM_INTEROP_THREADS: '1',
      HOME: '/home/someone',
    });
    expect(Object.keys(env).filter((name) => /^(NODE_OPTIONS|VSCODE_)/.test(name))).toEqual([]);
  });

  it('takes no flags over from the host', async () => {
    const before = process.execArgv;
    process.execArgv = ['--trace-warnings'];
    try {
      expect((await inspect('argv')).warnings).toEqual(['[]']);
    } finally {
      process.execArgv = before;
    }
  });
});
