import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { nodeBundle } from '../../../scripts/bundle.mjs';
import { isLock, takeLock, type Lock } from '../../../src/files/exclusive';
import { chosenPoints } from '../../support/crash-points';
import { temporaryFolder } from '../../support/folders';

let script: string;
/** The lock of a process that was killed. */
let dead: string;
beforeAll(async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'acnet-lock-'));
  script = path.join(folder, 'lock-run.cjs');
  await build(nodeBundle('test/support/lock-run.ts', script));
  const killed = start(folder);
  expect(await killed.next()).toBe('held');
  await killed.kill();
  dead = readFileSync(path.join(folder, 'run.lock'), 'utf8');
  // Nothing but the lock is left of it.
  expect(readdirSync(folder).sort()).toEqual(['lock-run.cjs', 'run.lock']);
  return () => rmSync(folder, { recursive: true });
});

type Links = 'links' | 'nolink';
type Said = 'held' | 'busy' | 'stopped' | 'ended';

/** A process that wants the lock. */
class Contender {
  /** Calls of the file system that it made until it had the lock. */
  calls = 0;
  private readonly said: Said[] = [];
  private waiting?: (said: Said) => void;

  constructor(private readonly child: ChildProcess) {
    const hear = (said: Said): void => {
      if (this.waiting) this.waiting(said);
      else this.said.push(said);
      this.waiting = undefined;
    };
    if (child.stdout)
      createInterface({ input: child.stdout }).on('line', (line) => {
        const [said, calls] = line.split(' ');
        this.calls = Number(calls);
        hear(said as Said);
      });
    child.once('close', () => hear('ended'));
  }

  /** What it says next. */
  next(): Promise<Said> {
    const known = this.said.shift();
    return known ? Promise.resolve(known) : new Promise((resolve) => (this.waiting = resolve));
  }

  goOn(): void {
    this.child.stdin?.write('.');
  }

  /** Ends it by force. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const closed = new Promise((resolve) => this.child.once('close', resolve));
    this.child.kill('SIGKILL');
    await closed;
  }

  /** Lets it give the lock back. */
  async release(): Promise<void> {
    const closed = new Promise((resolve) => this.child.once('close', resolve));
    this.child.stdin?.end();
    await closed;
  }
}

let contenders: Contender[] = [];
afterEach(async () => {
  await Promise.all(contenders.map((one) => one.kill()));
  contenders = [];
});

function start(
  folder: string,
  how: 'stop' | 'die' | 'run' = 'run',
  point = -1,
  links: Links = 'links',
): Contender {
  const args = [script, folder, how, String(point), links];
  const one = new Contender(spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] }));
  contenders.push(one);
  return one;
}

/** A folder with nothing, or with the lock of a process that was killed, or one that was only half written. */
function prepared(before: 'nothing' | 'a dead lock' | 'half a lock'): string {
  const folder = temporaryFolder();
  const text = before === 'a dead lock' ? dead : dead.slice(0, 30);
  if (before !== 'nothing') writeFileSync(path.join(folder, 'run.lock'), text);
  return folder;
}

/** One holds it; nobody else gets it until that one gives it back, and nothing else is left then. */
async function checkHeldOnce(folder: string, said: readonly (readonly [Contender, Said])[]): Promise<void> {
  expect(said.map(([, what]) => what).sort()).toEqual([...said.slice(1).map(() => 'busy'), 'held']);
  expect(isLock(takeLock(folder, 'run.lock'))).toBe(false);
  await said.find(([, what]) => what === 'held')?.[0].release();
  const next = takeLock(folder, 'run.lock');
  expect(isLock(next)).toBe(true);
  (next as Lock).release();
  expect(readdirSync(folder)).toEqual([]);
}

/** How many calls of the file system a process makes until it has the lock. */
async function countCalls(before: Parameters<typeof prepared>[0], links: Links): Promise<number> {
  const one = start(prepared(before), 'run', -1, links);
  expect(await one.next()).toBe('held');
  await one.kill();
  expect(one.calls).toBeGreaterThan(5);
  return one.calls;
}

describe('a lock', { timeout: 600_000 }, () => {
  const CASES = [
    ['nothing', 'links'],
    ['a dead lock', 'links'],
    ['half a lock', 'links'],
    ['nothing', 'nolink'],
    ['a dead lock', 'nolink'],
  ] as const;

  it.each(CASES)(
    'over %s (%s): of two starts, the first delayed anywhere, exactly one has it',
    async (before, links) => {
      const calls = await countCalls(before, links);
      for (const point of chosenPoints(calls, 3, 2)) {
        const folder = prepared(before);
        const delayed = start(folder, 'stop', point, links);
        expect(await delayed.next(), `point ${point}`).toBe('stopped');
        const other = start(folder, 'run', -1, links);
        const said = await other.next();
        delayed.goOn();
        await checkHeldOnce(folder, [
          [other, said],
          [delayed, await delayed.next()],
        ]);
        await Promise.all(contenders.map((one) => one.kill()));
      }
    },
  );

  it('of two starts over a dead lock, both delayed anywhere, exactly one has it', async () => {
    const calls = await countCalls('a dead lock', 'links');
    const points = chosenPoints(calls, 1, 1);
    for (const first of points) {
      for (const second of points) {
        const folder = prepared('a dead lock');
        const a = start(folder, 'stop', first);
        expect(await a.next()).toBe('stopped');
        const b = start(folder, 'stop', second);
        const early = await b.next();
        a.goOn();
        const said = await a.next();
        if (early === 'stopped') b.goOn();
        await checkHeldOnce(folder, [
          [a, said],
          [b, early === 'stopped' ? await b.next() : early],
        ]);
        await Promise.all(contenders.map((one) => one.kill()));
      }
    }
  });

  it.each(CASES)(
    'over %s (%s): a process that dies anywhere on the way to it hinders nobody',
    async (before, links) => {
      const calls = await countCalls(before, links);
      for (const point of chosenPoints(calls, 3, 2)) {
        const folder = prepared(before);
        expect(await start(folder, 'die', point, links).next(), `point ${point}`).toBe('ended');
        const next = start(folder, 'run', -1, links);
        await checkHeldOnce(folder, [[next, await next.next()]]);
      }
    },
  );

  it('is had once in one process too, and is given back by its holder only', () => {
    const folder = temporaryFolder();
    const first = takeLock(folder, 'run.lock') as Lock;
    expect(isLock(first)).toBe(true);
    expect(takeLock(folder, 'run.lock')).toEqual({ pid: process.pid, host: 'this machine' });
    const file = path.join(folder, 'run.lock');
    const other = readFileSync(file, 'utf8').replace(/"token":"./, '"token":"x');
    writeFileSync(file, other);
    first.release();
    expect(readFileSync(file, 'utf8')).toBe(other);
    // Nobody in this process has it: something that failed has left it.
    const second = takeLock(folder, 'run.lock');
    expect(isLock(second)).toBe(true);
    (second as Lock).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('of an earlier version counts while its process lives, and one of another machine always', () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'run.lock');
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(file, `${process.ppid} ${hostname()}\n`);
    expect(takeLock(folder, 'run.lock')).toMatchObject({ pid: process.ppid });
    writeFileSync(file, `1 ${hostname()}.elsewhere\n`);
    expect(takeLock(folder, 'run.lock')).toMatchObject({ host: `${hostname()}.elsewhere` });
    const far = { host: 'elsewhere_01234567', pid: 1, started: 'a', token: 'b' };
    writeFileSync(file, `${JSON.stringify(far)}\n`);
    expect(takeLock(folder, 'run.lock')).toEqual({ host: 'elsewhere_01234567', pid: 1 });
  });
});
