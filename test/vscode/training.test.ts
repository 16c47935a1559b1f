import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import type { TestAccess } from '../../src/extension';
import type { TrainResult } from '../../src/contract/results';
import { writeSmallNetwork } from '../support/checkpoint-file';
import { fineTune, forget, isAlive, messagesOf, steps, training, unfinished, writeImages } from './jobs';
import { eventually, extensionAccess, inspected, openInspector, workspaceFile } from './support';

const source = workspaceFile('tuned.keras');
const job = workspaceFile('tuned.acnet.json').fsPath;
const folder = workspaceFile('tuned.acnet').fsPath;
const images = workspaceFile('pictures').fsPath;
/** Goes on until it is stopped. */
const LONG = { data: images, epochs: 5000, batch: 16, job, overwrite: true };

describe('fine-tuning', () => {
  let access: TestAccess;

  before(async () => {
    await writeSmallNetwork(source.fsPath, 4);
    writeImages(images, 100);
    access = await extensionAccess();
  });

  beforeEach(async () => {
    forget(job);
    await openInspector(access, source);
  });

  afterEach(async () => {
    access.say(source, { type: 'cancelJob' });
    await eventually('nothing runs', () => access.jobs().length === 0);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  const start = (options: object = LONG): Thenable<TrainResult | undefined> => fineTune(source, options);
  const trainingOf = () => access.stateOf(source)?.training;

  it('writes a job, trains both arms before one’s eyes, and leaves checkpoints and a report', async () => {
    const told = await messagesOf('showInformationMessage', async () => {
      const result = await start({ data: images, epochs: 2, batch: 16 });
      assert.ok(result);
      assert.equal(result.fused.passed, true);
      for (const file of Object.values(result.outputs)) assert.ok(existsSync(file), file);
      assert.equal(path.dirname(result.outputs.acnet), folder);
    });
    assert.match(told.join(), /Fine-tuned tuned\.keras: ACNet \d/);
    assert.deepEqual(JSON.parse(readFileSync(job, 'utf8')), {
      checkpoint: 'tuned.keras',
      data: { folder: 'pictures' },
      epochs: 2,
      batch: 16,
    });
    assert.match(readFileSync(path.join(folder, 'report.html'), 'utf8'), /ACNet beside its baseline/);

    const state = await eventually('it is done', () => trainingOf()?.phase === 'done' && trainingOf());
    for (const arm of ['baseline', 'acnet'] as const) {
      const history = state.arms[arm];
      assert.ok(history?.before);
      assert.deepEqual(
        history.epochs.map(({ epoch }) => epoch),
        [1, 2],
      );
      assert.ok(history.steps.length > 5);
    }
    assert.ok(state.log.length > 5);
    assert.ok(state.backend);
    assert.equal(access.stateOf(source)?.lastData, images);
    assert.equal(access.stateOf(source)?.job, undefined);
    assert.equal(access.trainerPid(), undefined, 'the trainer goes with its job');
    assert.deepEqual(unfinished(folder), []);

    access.say(source, { type: 'openResult', file: 'fused' });
    const fused = path.join(folder, 'tuned.fused.keras');
    await eventually('the fused file opens', () => access.stateOf(vscode.Uri.file(fused)));
    access.say(source, { type: 'openResult', file: 'report' });
    await eventually('the report opens', () =>
      vscode.window.tabGroups.all.some(({ tabs }) => tabs.some(({ label }) => label.startsWith('Report of'))),
    );
  });

  it('converts only the convolutions it is given by name', async () => {
    const sites = inspected(await openInspector(access, source)).sites.filter(({ eligible }) => eligible);
    const layers = [sites[1]?.name ?? ''];
    const running = start({ ...LONG, layers });
    await training(access, source, 6);
    access.say(source, { type: 'cancelJob' });
    assert.equal(await running, undefined);
    const written = JSON.parse(readFileSync(job, 'utf8')) as object;
    assert.deepEqual((written as { layers?: unknown }).layers, layers);
    // Fewer epochs are another run: what is left of this one is begun again with the same convolutions.
    writeFileSync(job, JSON.stringify({ ...written, epochs: 1 }));
    const result = await vscode.commands.executeCommand<TrainResult | undefined>(
      'acnet.runJob',
      vscode.Uri.file(job),
      { overwrite: true },
    );
    assert.ok(result);
    assert.deepEqual(result.converted, layers);
  });

  it('overwrites neither a job file nor the results of a run unless told to', async () => {
    writeFileSync(job, 'precious');
    const refused = await messagesOf('showErrorMessage', () =>
      start({ data: images, epochs: 1, batch: 16, job }),
    );
    assert.match(refused.join(), /exists already and is not overwritten/);
    assert.equal(readFileSync(job, 'utf8'), 'precious');
  });

  it('is stopped between two steps, its state kept, and goes on where it was', async () => {
    const running = start();
    await training(access, source, 6);
    const pid = access.trainerPid();
    assert.ok(isAlive(pid));
    const before = performance.now();
    const told = await messagesOf('showInformationMessage', async () => {
      access.say(source, { type: 'cancelJob' });
      assert.equal(await running, undefined);
    });
    const milliseconds = performance.now() - before;
    console.log(`      stopped in ${milliseconds.toFixed(0)} ms`);
    assert.match(told.join(), /was stopped; what it has learned is kept/);
    const state = await eventually('it is stopped', () => trainingOf()?.phase === 'stopped' && trainingOf());
    assert.equal(state.resumable, true);
    await eventually('its process is gone', () => !isAlive(pid));
    assert.deepEqual(unfinished(folder), []);

    access.say(source, { type: 'resumeTraining' });
    await eventually('it goes on', () =>
      trainingOf()?.log.some((line) => /continues after epoch/.test(line)),
    );
    assert.ok(steps(await training(access, source)) >= steps(state) - 5, 'earlier steps are still there');
  });

  it('is paused, and goes on', async () => {
    const running = start();
    await training(access, source);
    access.say(source, { type: 'pauseJob', paused: true });
    await eventually('it is paused', () => trainingOf()?.paused && access.stateOf(source)?.job?.paused);
    // The trainer's own word for it comes after all its steps.
    await eventually('the trainer rests', () => /^paused/.test(trainingOf()?.log.at(-1) ?? ''));
    const rested = trainingOf();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    assert.deepEqual(trainingOf()?.arms, rested?.arms);
    access.say(source, { type: 'pauseJob', paused: false });
    await training(access, source, steps(rested) + 2);
    assert.equal(trainingOf()?.paused, undefined);
    access.say(source, { type: 'pauseJob', paused: true });
    access.say(source, { type: 'cancelJob' });
    assert.equal(await running, undefined, 'a paused job can be stopped');
  });

  it('whose process is killed is reported; nothing is left behind, and the next job works', async () => {
    const running = start();
    await training(access, source);
    const pid = access.trainerPid();
    assert.ok(pid);
    const shown = await messagesOf('showErrorMessage', async () => {
      process.kill(pid, 'SIGKILL');
      assert.equal(await running, undefined);
    });
    assert.match(shown.join(), /the trainer process ended: killed by SIGKILL/);
    const state = trainingOf();
    assert.equal(state?.phase, 'failed');
    assert.match(state.error?.title ?? '', /trainer process ended/);
    assert.equal(state.resumable, true);
    assert.equal(access.stateOf(source)?.job, undefined);
    assert.deepEqual(unfinished(folder), []);
    assert.ok(!existsSync(path.join(folder, 'tuned.acnet.keras')), 'no half-written checkpoint');

    const other = workspaceFile('after-kill.acnet.json').fsPath;
    forget(other);
    assert.ok(await start({ data: images, epochs: 1, batch: 32, baseline: false, job: other }));
  });

  it('whose images vanish once they are read goes on; without them none begins', async () => {
    const vanishing = workspaceFile('vanishing').fsPath;
    writeImages(vanishing, 100);
    const epochs = (): number => {
      const state = trainingOf();
      return state?.jobFile === job ? (state.arms.baseline?.epochs.length ?? 0) : 0;
    };
    const running = start({ ...LONG, data: vanishing });
    await eventually('it has begun', () => trainingOf()?.phase === 'running' && epochs() > 0);
    rmSync(vanishing, { recursive: true });
    const before = epochs();
    await eventually('it goes on', () => epochs() > before + 1);
    access.say(source, { type: 'cancelJob' });
    assert.equal(await running, undefined);
    assert.equal(trainingOf()?.phase, 'stopped');
    const shown = await messagesOf('showErrorMessage', async () => {
      assert.equal(await start({ ...LONG, data: vanishing }), undefined);
    });
    assert.match(shown.join(), /vanishing/);
    assert.equal(trainingOf()?.phase, 'failed');
    assert.match(trainingOf()?.error?.file ?? '', /vanishing/);
    assert.deepEqual(unfinished(folder), []);
  });

  it('in a folder that another process works in is refused, naming it', async () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'run.lock'), `${process.pid} ${hostname()}\n`);
    const shown = await messagesOf('showErrorMessage', () =>
      start({ data: images, epochs: 1, batch: 16, job }),
    );
    assert.match(shown.join(), new RegExp(`another process runs this job.*process ${process.pid}`));
    assert.equal(trainingOf()?.phase, 'failed');
  });

  it('of a job that runs already is refused', async () => {
    const running = start();
    await training(access, source);
    const shown = await messagesOf('showErrorMessage', () =>
      vscode.commands.executeCommand('acnet.runJob', vscode.Uri.file(job), { overwrite: true }),
    );
    assert.match(shown.join(), /running already/);
    access.say(source, { type: 'cancelJob' });
    assert.equal(await running, undefined);
  });

  it('of a file that was deleted meanwhile says so', async () => {
    const gone = workspaceFile('gone.keras');
    await writeSmallNetwork(gone.fsPath, 4);
    await openInspector(access, gone);
    rmSync(gone.fsPath);
    const shown = await messagesOf('showErrorMessage', () => fineTune(gone, { data: images, epochs: 1 }));
    assert.match(shown.join(), /gone\.keras/);
    await eventually('the page says so too', () => access.stateOf(gone)?.inspect.phase === 'error');
    forget(workspaceFile('gone.acnet.json').fsPath);
  });

  it('that an earlier window left is seen when its checkpoint is opened', async () => {
    const left = workspaceFile('left.keras');
    await writeSmallNetwork(left.fsPath, 4);
    writeFileSync(
      workspaceFile('left.acnet.json').fsPath,
      JSON.stringify({ checkpoint: 'left.keras', data: { folder: 'pictures' }, epochs: 9 }),
    );
    const run = workspaceFile('left.acnet').fsPath;
    mkdirSync(run, { recursive: true });
    writeFileSync(path.join(run, 'job.json'), '{}');
    const start = { event: 'start', arm: 'baseline', epochs: 9, stepsPerEpoch: 6, backend: 'TensorFlow' };
    const epoch = { event: 'epoch', arm: 'baseline', epoch: 1, loss: 2, top1: 12, valLoss: 2.1 };
    const lines = [{ event: 'run', resumed: false }, start, epoch].map((line) => JSON.stringify(line));
    writeFileSync(path.join(run, 'log.jsonl'), `${lines.join('\n')}\n{"event":"st`);
    await openInspector(access, left);
    const state = await eventually('the run is seen', () => access.stateOf(left)?.training);
    assert.equal(state.phase, 'stopped');
    assert.equal(state.resumable, true);
    assert.deepEqual(state.arms.baseline?.epochs, [{ epoch: 1, loss: 2, top1: 12, valLoss: 2.1 }]);
  });

  it('with options that cannot be used is refused, naming the field', async () => {
    const shown = await messagesOf('showErrorMessage', () => start({ data: images, epochs: 'many' }));
    assert.match(shown.join(), /options cannot be used: epochs/);
    assert.ok(!existsSync(job));
  });
});
