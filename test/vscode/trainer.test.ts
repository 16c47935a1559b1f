import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import { WorkerClient } from '../../src/host/workers/client';
import { workerEnvironment } from '../../src/host/workers/environment';
import { CallCancelled } from '../../src/host/workers/errors';
import { limitsOf } from '../../src/host/workers/limits';
import { WorkerProcess } from '../../src/host/workers/process';
import { writeSmallNetwork } from '../support/checkpoint-file';
import { LIMIT } from '../support/limit';
import { workspaceFile } from './support';

// The extension host's Node is newer than the one the rest of the tests run on, and tfjs-node minds.
describe('the trainer process, started by VS Code’s own Node', () => {
  const source = workspaceFile('trained.keras').fsPath;
  const lines: string[] = [];
  let trainer: WorkerClient<'trainer'>;

  before(async () => {
    await writeSmallNetwork(source, 8);
    const file = path.join(builtFolder(), 'trainer.cjs');
    const env = workerEnvironment(process.env, { intraOp: 2, interOp: 1 });
    const log = { line: (text: string) => lines.push(text), problem: (text: string) => lines.push(text) };
    const limits = { ...limitsOf('trainer'), graceMilliseconds: LIMIT };
    const start = (events: ConstructorParameters<typeof WorkerProcess>[2]) =>
      new WorkerProcess(file, env, events);
    trainer = new WorkerClient('trainer', start, log, 'kept', limits);
  });

  after(() => trainer.dispose());

  it('finds TensorFlow and the threads it was given', async () => {
    const backend = await trainer.call('backend', {});
    assert.equal(backend.backend, 'tensorflow', backend.tried.join('; '));
    assert.equal(backend.node, process.versions.node);
    assert.deepEqual(backend.threads, { intraOp: 2, interOp: 1 });
  });

  it('verifies that a converted network answers as before', async () => {
    const reader = readerOf(builtFolder());
    try {
      const output = workspaceFile('trained.acnet.keras').fsPath;
      await reader.call('convert', {
        path: source,
        output,
        variant: 'skeleton',
        branches: 'zero',
        overwrite: true,
      });
      const phases = new Set<string>();
      const result = await trainer.call(
        'verify',
        { a: source, b: output, samples: 64 },
        { onNotice: (notice) => notice.kind === 'progress' && phases.add(notice.progress.phase) },
      );
      assert.equal(result.passed, true, JSON.stringify(result));
      assert.ok(result.maxRel <= 1e-6, `maxRel ${result.maxRel}`);
      assert.ok(phases.size > 0, 'no progress was told');
    } finally {
      reader.dispose();
    }
  });

  it('stops between two steps', async () => {
    const stop = new AbortController();
    const { pid } = trainer;
    await assert.rejects(
      trainer.call(
        'verify',
        { a: source, b: source, samples: 1_000_000 },
        { signal: stop.signal, onNotice: () => stop.abort() },
      ),
      CallCancelled,
    );
    assert.equal(trainer.pid, pid, 'it had to be killed');
  });
});

function builtFolder(): string {
  const extension = vscode.extensions.getExtension('acnet.acnet-vscode');
  assert.ok(extension);
  return path.join(extension.extensionPath, 'dist');
}

function readerOf(folder: string): WorkerClient<'reader'> {
  const start = (events: ConstructorParameters<typeof WorkerProcess>[2]) =>
    new WorkerProcess(path.join(folder, 'reader.cjs'), workerEnvironment(process.env), events);
  return new WorkerClient('reader', start, { line: () => undefined, problem: () => undefined });
}
