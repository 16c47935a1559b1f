import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { createRandom } from '../../src/core/random';
import type { TestAccess } from '../../src/extension';
import { writeSmallNetwork } from '../support/checkpoint-file';
import { fineTune, isAlive, steps, unfinished, writeImages } from './jobs';
import { catchMessages, eventually, extensionAccess, openInspector, workspaceFile } from './support';

const JOBS = process.env['ACNET_DEEP'] ? 200 : 10;
const SEED = 7;
/** What the host may have more of at the end than after the first jobs. */
const SPARE_FILES = 10;
const SPARE_MIB = 150;

const source = workspaceFile('soaked.keras');
const images = workspaceFile('soaked-images').fsPath;
const folder = path.dirname(source.fsPath);
const job = workspaceFile('soaked.acnet.json').fsPath;
const converted = workspaceFile('soaked.acnet.keras').fsPath;
const MIB = 2 ** 20;

/** Worker processes whose parent is this extension host. */
function workers(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter(
      (pid) => isAlive(pid) && parentOf(pid) === process.pid && /(reader|trainer)\.cjs/.test(commandOf(pid)),
    );
}

function read(pid: number, what: string): string {
  try {
    return readFileSync(`/proc/${pid}/${what}`, 'utf8');
  } catch {
    return '';
  }
}
const parentOf = (pid: number): number => Number(/^PPid:\s+(\d+)/m.exec(read(pid, 'status'))?.[1]);
const commandOf = (pid: number): string => read(pid, 'cmdline');

interface Measured {
  readonly files: number;
  readonly heap: number;
  readonly resident: number;
  readonly listeners: number;
}

function measure(): Measured {
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
  return {
    files: readdirSync('/proc/self/fd').length,
    heap: Math.round(heapUsed / MIB),
    resident: Math.round(rss / MIB),
    listeners,
  };
}

describe(`${JOBS} jobs that finish, are stopped or killed at random`, function () {
  this.timeout(JOBS * 60_000 + 300_000);
  let access: TestAccess;
  const random = createRandom(SEED);
  const counts: Record<string, number> = {};

  before(async () => {
    await writeSmallNetwork(source.fsPath, 4);
    writeImages(images, 40);
    access = await extensionAccess();
    await openInspector(access, source);
  });

  after(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  const execute = (command: string, options: object) =>
    vscode.commands.executeCommand<object | undefined>(command, source, options);
  const convert = () => execute('acnet.convert', { output: converted, overwrite: true });
  const verify = (samples: number) => execute('acnet.verify', { other: converted, samples });
  const train = (epochs: number) =>
    fineTune(source, { data: images, epochs, batch: 16, baseline: false, job, overwrite: true });
  const rest = () => new Promise((resolve) => setTimeout(resolve, random.uniform() * 700));
  const stop = () => access.say(source, { type: 'cancelJob' });

  /** Until the training that has been started does steps, or has been given up. */
  const stepping = () =>
    eventually(
      'it trains',
      () => access.trainerPid() !== undefined && steps(access.stateOf(source)?.training) > 0,
    );

  const KINDS: ReadonlyArray<readonly [string, number, () => Promise<void>]> = [
    ['converted', 0.3, async () => assert.ok(await convert())],
    ['verified', 0.2, async () => assert.ok(await verify(16))],
    ['trained', 0.1, async () => assert.ok(await train(1))],
    [
      'verifying, stopped',
      0.15,
      async () => {
        const running = verify(1_000_000);
        await rest();
        stop();
        assert.equal(await running, undefined);
      },
    ],
    [
      'training, stopped',
      0.1,
      async () => {
        const running = train(5000);
        await stepping();
        await rest();
        stop();
        assert.equal(await running, undefined);
      },
    ],
    [
      'training, killed',
      0.1,
      async () => {
        const running = train(5000);
        await stepping();
        await rest();
        const pid = access.trainerPid();
        assert.ok(pid);
        process.kill(pid, 'SIGKILL');
        assert.equal(await running, undefined);
      },
    ],
    [
      'waiting, stopped',
      0.05,
      async () => {
        const running = [verify(1_000_000), convert()];
        await rest();
        for (let i = 0; i < 2; i++) {
          stop();
          await eventually('one has ended', () => access.jobs().length <= 1 - i);
        }
        await Promise.all(running);
      },
    ],
  ];

  async function one(): Promise<void> {
    let share = random.uniform();
    const [name, , run] = KINDS.find(([, part]) => (share -= part) < 0) ?? KINDS[0];
    counts[name] = (counts[name] ?? 0) + 1;
    assert.equal(access.trainerPid(), undefined, `${name}: a trainer was left`);
    await run();
    await eventually('nothing runs', () => access.jobs().length === 0);
  }

  it('leave no process, no file and no memory behind', async () => {
    const caught = (['showErrorMessage', 'showInformationMessage', 'showWarningMessage'] as const).map(
      catchMessages,
    );
    try {
      // What every kind needs is loaded once.
      for (const [, , run] of KINDS) await run();
      await eventually('only the reader is left', () => workers().length <= 2);
      const before = measure();
      const start = performance.now();
      for (let i = 1; i <= JOBS; i++) {
        await one();
        if (i % 50 === 0) console.log(`      after ${i} jobs ${JSON.stringify(measure())}`);
      }
      const seconds = (performance.now() - start) / 1000;
      await eventually('every trainer is gone', () =>
        workers().every((pid) => !commandOf(pid).includes('trainer')),
      );
      const after = measure();
      const told = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
      console.log(`      ${JOBS} jobs in ${seconds.toFixed(0)} s: ${told.join(', ')}`);
      console.log(`      before ${JSON.stringify(before)}, after ${JSON.stringify(after)}, MiB`);
      // One of the inspector, one of the view, which is ended after a while.
      assert.ok(workers().length <= 2, `${workers().length} worker processes are left`);
      assert.deepEqual(unfinished(folder), []);
      assert.ok(after.files <= before.files + SPARE_FILES, 'open files grew');
      assert.ok(after.heap <= before.heap + SPARE_MIB, 'the heap grew');
      assert.ok(after.resident <= before.resident + 2 * SPARE_MIB, 'the memory grew');
      assert.ok(after.listeners <= before.listeners + 2, 'listeners grew');
    } finally {
      caught.forEach((one) => one.restore());
    }
  });
});
