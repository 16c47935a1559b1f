import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { TestAccess } from '../../src/extension';
import type { CompareKernelsResult, ConvertResult } from '../../src/contract/results';
import { writeSmallNetwork } from '../support/checkpoint-file';
import { messagesOf } from './jobs';
import { eventually, extensionAccess, workspaceFile } from './support';

const source = workspaceFile('compared.keras');

describe('compare', () => {
  let access: TestAccess;
  let acnet: vscode.Uri;

  before(async () => {
    await writeSmallNetwork(source.fsPath, 4);
    access = await extensionAccess();
    const converted = await vscode.commands.executeCommand<ConvertResult>('acnet.convert', source, {
      output: workspaceFile('compared.acnet.keras').fsPath,
      overwrite: true,
    });
    acnet = vscode.Uri.file(converted.output);
  });

  after(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  const compare = (uri: vscode.Uri, options: unknown) =>
    vscode.commands.executeCommand<CompareKernelsResult | undefined>('acnet.compare', uri, options);

  it('two selected files: the original first, on the pages of the file that was clicked', async () => {
    const result = await compare(acnet, [acnet, source]);
    assert.equal(result?.before.path, source.fsPath);
    assert.equal(result.after.kind, 'acnet');
    assert.ok(result.matched.length > 0 && result.matched.every(({ fused }) => fused.identical));
    await eventually('its page listens', () => access.readyPages(acnet) > 0);
    const shown = () => access.stateOf(acnet)?.compare;
    assert.deepEqual(shown(), {
      ...{ other: source.fsPath, swapped: true, phase: 'done', asked: shown()?.asked },
      result,
    });

    access.say(acnet, { type: 'compareSwap' });
    await eventually('they are swapped', () => shown()?.phase === 'done' && !shown()?.swapped);
    assert.equal(shown()?.result?.before.path, acnet.fsPath);
    await writeSmallNetwork(source.fsPath, 4, 99);
    await eventually('a change of the other file is told', () => shown()?.outdated === true);
    access.say(acnet, { type: 'compareAgain' });
    await eventually('it was compared again', () => shown()?.phase === 'done' && !shown()?.outdated);
    assert.ok(shown()?.result?.matched.some(({ fused }) => !fused.identical));
  });

  it('a file with nothing to compare: one sentence, in the notification and on the page', async () => {
    const shown = await messagesOf('showErrorMessage', () => compare(source, { other: source.fsPath }));
    assert.match(shown.join(), /cannot be compared with itself/);
    assert.equal(access.stateOf(source)?.compare?.phase, 'failed', 'its page is there, and shows it');
    const three = await messagesOf('showErrorMessage', () => compare(source, [source, acnet, source]));
    assert.match(three.join(), /Two checkpoints are compared; 3 are selected/);
  });
});
