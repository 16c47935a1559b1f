import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as vscode from 'vscode';
import type { TestAccess } from '../../src/extension';
import type { ConvertResult, PruneResult, RobustnessResult, VerifyResult } from '../../src/contract/results';
import { writeSmallNetwork } from '../support/checkpoint-file';
import { fineTune, forget, messagesOf, training, writeImages } from './jobs';
import { eventually, extensionAccess, openInspector, workspaceFile } from './support';

const source = workspaceFile('checked.keras');
const images = workspaceFile('few-pictures').fsPath;
const job = workspaceFile('checked.acnet.json');

describe('checks, and the queue of jobs', () => {
  let access: TestAccess;
  let acnet: string;

  before(async () => {
    await writeSmallNetwork(source.fsPath, 4);
    writeImages(images, 60);
    access = await extensionAccess();
    const converted = await vscode.commands.executeCommand<ConvertResult>('acnet.convert', source, {
      output: workspaceFile('checked.acnet.keras').fsPath,
      overwrite: true,
    });
    acnet = converted.output;
  });

  beforeEach(() => openInspector(access, source));
  afterEach(async () => {
    await eventually('nothing runs', () => access.jobs().length === 0);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('verify: two networks that answer the same, and two that do not', async () => {
    const verify = (options: object) =>
      vscode.commands.executeCommand<VerifyResult | undefined>('acnet.verify', source, options);
    const same = await verify({ other: acnet, samples: 16 });
    assert.equal(same?.passed, true);
    assert.deepEqual(access.stateOf(source)?.verify, { other: acnet, phase: 'done', result: same });

    const other = workspaceFile('different.keras').fsPath;
    await writeSmallNetwork(other, 4, 99);
    const warned = await messagesOf('showWarningMessage', () => verify({ other, samples: 16 }));
    assert.match(warned.join(), /differ/);
    const told = () => access.stateOf(source)?.verify;
    assert.equal(told()?.result?.passed, false);
    assert.equal(told()?.outdated, undefined);
    await writeSmallNetwork(other, 4, 98);
    await eventually('what was said of the other file is outdated', () => told()?.outdated === true);

    const shown = await messagesOf('showErrorMessage', () =>
      verify({ other: workspaceFile('nowhere.keras').fsPath }),
    );
    assert.match(shown.join(), /nowhere\.keras/);
    assert.equal(access.stateOf(source)?.verify?.phase, 'failed');
  });

  it('prune: points come while it runs, from the page too', async () => {
    const options = { groups: ['corner', 'skeleton'] as const, ratios: [0, 0.1, 0.2], seeds: 2 };
    const partial = new Set<number>();
    const watching = setInterval(() => {
      const pruning = access.stateOf(source)?.pruning;
      if (pruning?.phase === 'running') partial.add(pruning.curves.corner?.length ?? 0);
    }, 5);
    const result = await vscode.commands.executeCommand<PruneResult | undefined>('acnet.prune', source, {
      ...options,
      data: images,
    });
    clearInterval(watching);
    assert.equal(result?.curves.corner?.length, 3);
    const state = access.stateOf(source)?.pruning;
    assert.equal(state?.phase, 'done');
    assert.deepEqual(state.curves, result.curves);
    assert.equal(state.data, images);
    assert.equal(access.stateOf(source)?.lastData, images);

    access.say(source, { type: 'prune', ...options, seeds: 1 });
    await eventually('the second check is done', () => {
      const { pruning } = access.stateOf(source) ?? {};
      return pruning?.options.seeds === 1 && pruning.phase === 'done';
    });
  });

  it('prune: what was measured stays when it is stopped', async () => {
    const ratios = Array.from({ length: 40 }, (_, i) => i / 100);
    const running = vscode.commands.executeCommand('acnet.prune', source, {
      data: images,
      ratios,
      seeds: 100,
    });
    await eventually('there are points', () => {
      const pruning = access.stateOf(source)?.pruning;
      return pruning?.options.seeds === 100 && pruning.curves.corner?.length;
    });
    access.say(source, { type: 'cancelJob' });
    assert.equal(await running, undefined);
    const state = access.stateOf(source)?.pruning;
    assert.equal(state?.phase, 'stopped');
    assert.ok(state.curves.corner?.length);
  });

  it('robustness: rows come while it runs, against a second checkpoint, and from the page', async () => {
    const check = () => access.stateOf(source)?.robustness;
    const partial = new Set<number>();
    const watching = setInterval(() => {
      if (check()?.phase === 'running') partial.add(check()?.rows.length ?? 0);
    }, 5);
    const result = await vscode.commands.executeCommand<RobustnessResult | undefined>(
      'acnet.robustness',
      source,
      { data: images, against: acnet, limit: 40 },
    );
    clearInterval(watching);
    assert.equal(result?.images, 40);
    assert.equal(result.rows.length, 5);
    assert.ok(partial.size > 0, 'it was seen to run');
    // The blocks do not change what the network answers.
    assert.ok(result.rows.every(({ difference }) => difference?.points === 0));
    assert.deepEqual(check(), {
      data: images,
      against: acnet,
      limit: 40,
      phase: 'done',
      rows: result.rows,
      result,
    });
    assert.equal(access.stateOf(source)?.lastAgainst, acnet);

    access.say(source, { type: 'robustness', limit: 50 });
    await eventually('the second check is done', () => check()?.limit === 50 && check()?.phase === 'done');
    assert.equal(check()?.result?.against?.path, acnet);

    const missing = workspaceFile('nowhere.keras').fsPath;
    const shown = await messagesOf('showErrorMessage', () =>
      vscode.commands.executeCommand('acnet.robustness', source, { data: images, against: missing }),
    );
    assert.match(shown.join(), /nowhere\.keras/);
    assert.equal(check()?.phase, 'failed');
  });

  it('queue: a second job waits, can be taken out, and the first goes on', async () => {
    forget(job.fsPath);
    await openInspector(access, vscode.Uri.file(acnet));
    const long = fineTune(source, { data: images, epochs: 5000, batch: 16, job: job.fsPath });
    await training(access, source);
    const waiting = vscode.commands.executeCommand('acnet.verify', vscode.Uri.file(acnet), {
      other: source.fsPath,
    });
    const state = () => access.stateOf(vscode.Uri.file(acnet));
    await eventually('it waits', () => state()?.job?.queued);
    assert.equal(state()?.verify?.phase, 'queued');
    assert.equal(access.jobs().length, 2);
    const told = await messagesOf('showInformationMessage', async () => {
      access.say(vscode.Uri.file(acnet), { type: 'cancelJob' });
      assert.equal(await waiting, undefined);
    });
    assert.match(told.join(), /stopped/);
    assert.equal(state()?.verify?.phase, 'stopped');
    assert.equal(access.stateOf(source)?.training?.phase, 'running');
    access.say(source, { type: 'cancelJob' });
    assert.equal(await long, undefined);
    forget(job.fsPath);
  });

  it('new job: writes a file beside the checkpoint and opens it', async () => {
    const file = await vscode.commands.executeCommand<string | undefined>('acnet.newJob', source, {
      data: images,
      epochs: 3,
      statistics: 'frozen',
    });
    assert.equal(file, job.fsPath);
    assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, job.fsPath);
    const written = JSON.parse(readFileSync(job.fsPath, 'utf8')) as { epochs: number; batch: number };
    assert.deepEqual([written.epochs, written.batch], [3, 8]);
    const second = await vscode.commands.executeCommand<string>('acnet.newJob', source, { data: images });
    assert.match(second, /checked-2\.acnet\.json$/);
    forget(second);
    forget(job.fsPath);
  });

  it('the page learns what networks run on', async () => {
    const backend = await eventually('the backend is known', () => access.stateOf(source)?.backend);
    assert.match(backend.label, backend.native ? /^TensorFlow \d/ : /./);
  });
});
