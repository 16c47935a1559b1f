import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { TestAccess } from '../../src/extension';
import type { CompareKernelsResult } from '../../src/contract/results';
import { writeSmallNetwork } from '../support/checkpoint-file';
import { EDITOR_LINK } from '../support/hostile';
import { safetensorsOf } from '../support/torch-files';
import { COMMANDS } from '../../src/host/commands';
import { nameOf } from '../../src/host/kit/command';
import { messagesOf } from './jobs';
import { eventually, extensionAccess, inspected, openInspector, workspaceFile } from './support';

describe('in a workspace that is not trusted', () => {
  let access: TestAccess;
  const source = workspaceFile('restricted.keras');
  const images = workspaceFile('images').fsPath;
  const output = workspaceFile('never.keras').fsPath;

  before(async () => {
    await writeSmallNetwork(source.fsPath);
    access = await extensionAccess();
  });

  it('a checkpoint is inspected', async () => {
    const state = await openInspector(access, source);
    assert.equal(state.trusted, false);
    assert.ok(inspected(state).parameters > 0);
    assert.equal(state.backend, undefined);
  });

  it('two checkpoints are compared: that reads only', async () => {
    const other = workspaceFile('restricted-2.keras');
    await writeSmallNetwork(other.fsPath, undefined, 5);
    const options = { other: other.fsPath };
    const result = await vscode.commands.executeCommand<CompareKernelsResult>(
      'acnet.compare',
      source,
      options,
    );
    assert.ok(result.matched.length > 0);
    assert.equal(access.stateOf(source)?.compare?.phase, 'done');
    rmSync(other.fsPath);
  });

  it('what a file calls a tensor is no command in a notification', async () => {
    const file = workspaceFile('link.safetensors');
    const link = '[Show details](command:workbench.action.closeWindow)';
    const header = { [link]: { dtype: 'F32', shape: [9], data_offsets: [0, 4] } };
    writeFileSync(file.fsPath, safetensorsOf(header, new Uint8Array(4)));
    const told = await messagesOf('showErrorMessage', async () => {
      const options = { other: source.fsPath };
      assert.equal(await vscode.commands.executeCommand('acnet.compare', file, options), undefined);
    });
    assert.equal(told.length, 1);
    assert.ok(told[0].includes('[Show details] (command:workbench.action.closeWindow)'), told[0]);
    assert.doesNotMatch(told[0], EDITOR_LINK);
    rmSync(file.fsPath);
  });

  /** What callers by name would ask for, where it is more than the file. */
  const given: Readonly<Record<string, unknown>> = {
    ...{ convert: { output }, fuse: { output }, export: { output } },
    ...{ fineTune: { data: images, epochs: 1 }, newJob: { data: images } },
    ...{ prune: { data: images }, robustness: { data: images } },
    ...{ verify: { other: source.fsPath }, runJob: { overwrite: true } },
  };
  for (const { id } of COMMANDS.filter(({ needsTrust }) => needsTrust !== undefined)) {
    const command = nameOf({ id });
    const options = given[id];
    it(`${command} is refused, and says why`, async () => {
      const before = readdirSync(path.dirname(source.fsPath));
      const told = await messagesOf('showWarningMessage', async () => {
        assert.equal(await vscode.commands.executeCommand(command, source, options), undefined);
      });
      assert.equal(told.length, 1);
      assert.match(told.join(), /needs a trusted workspace/);
      assert.deepEqual(readdirSync(path.dirname(source.fsPath)), before);
      assert.deepEqual(access.jobs(), []);
      assert.equal(access.trainerPid(), undefined);
    });
  }

  it('its settings name no path and no backend', async () => {
    const settings = (): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration('acnet');
    const file = workspaceFile('.vscode/settings.json').fsPath;
    mkdirSync(path.dirname(file), { recursive: true });
    const own = {
      'acnet.nativePath': '/theirs',
      'acnet.backend': 'portable',
      'acnet.exclude': ['**/seen/**'],
    };
    writeFileSync(file, JSON.stringify(own));
    await eventually(
      'the workspace’s settings are read',
      () => settings().get<string[]>('exclude')?.[0] === '**/seen/**',
    );
    assert.equal(settings().get('nativePath'), '');
    assert.equal(settings().get('backend'), 'auto');
    rmSync(file);
  });

  it('nor does the page get what the palette does not', async () => {
    await openInspector(access, source);
    const told = await messagesOf('showWarningMessage', async (refused) => {
      access.say(source, { type: 'prune', groups: ['corner'], seeds: 1 });
      access.say(source, { type: 'chooseData' });
      access.say(source, { type: 'robustness' });
      access.say(source, { type: 'chooseAgainst' });
      for (const type of ['fineTune', 'convert', 'fuse', 'verify', 'exportAs', 'installBackend']) {
        access.say(source, { type });
      }
      await eventually('each is refused', () => refused.length >= 10);
      // None is refused twice, and nothing else is shown.
      await new Promise((resolve) => setTimeout(resolve, 200));
    });
    assert.equal(told.length, 10);
    assert.deepEqual(access.jobs(), []);
  });
});
