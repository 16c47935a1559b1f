import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { TestAccess } from '../../src/extension';
import type { NewResult } from '../../src/contract/operations/new';
import type { ExportResult, VerifyResult } from '../../src/contract/results';
import { writeSmallNetwork } from '../support/checkpoint-file';
import { messagesOf } from './jobs';
import { extensionAccess, inspected, inTheMiddleOfWriting, openInspector, workspaceFile } from './support';

const exportAs = (uri: vscode.Uri, options: unknown) =>
  vscode.commands.executeCommand<ExportResult | undefined>('acnet.export', uri, options);

describe('a new network', () => {
  it('is written, opens in the inspector, and replaces nothing', async () => {
    const { fsPath: output } = workspaceFile('fresh.pth');
    const make = (options: object) =>
      vscode.commands.executeCommand<NewResult | undefined>('acnet.newNetwork', undefined, {
        network: 'cifar-quick',
        output,
        ...options,
      });
    const result = await make({ classes: 7 });
    assert.equal(result?.output, output);
    assert.ok(existsSync(result.module ?? ''));
    const { hasGraph, sites } = inspected(
      await openInspector(await extensionAccess(), workspaceFile('fresh.pth')),
    );
    assert.equal(hasGraph, true);
    assert.equal(sites.filter(({ eligible }) => eligible).length, 3);
    const told = await messagesOf('showErrorMessage', () => make({}));
    assert.match(told.join(), /the output exists/);
    const wrong = await messagesOf('showErrorMessage', () => make({ classes: 1 }));
    assert.match(wrong.join(), /classes/);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });
});

describe('export', () => {
  let access: TestAccess;
  const source = workspaceFile('exported.keras');
  const file = (name: string): vscode.Uri => workspaceFile(name);

  before(async () => {
    await writeSmallNetwork(source.fsPath);
    access = await extensionAccess();
  });

  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  const forms = [
    ['exported.onnx', { layout: 'nhwc' }, 'ONNX'],
    ['exported-nchw.onnx', { layout: 'nchw' }, 'ONNX'],
    ['exported.h5', {}, 'Keras HDF5'],
    ['exported-tfjs/model.json', {}, 'TensorFlow.js'],
  ] as const;
  for (const [name, options, label] of forms) {
    it(`${name}: the same network in another format, which the inspector opens`, async () => {
      const output = file(name);
      const result = await exportAs(source, { output: output.fsPath, ...options });
      assert.equal(result?.output, output.fsPath);
      assert.ok(result.formatLabel.startsWith(label), result.formatLabel);
      const { hasGraph, sites } = inspected(await openInspector(access, output));
      assert.equal(hasGraph, true);
      assert.deepEqual(
        sites.map(({ kernel }) => kernel.join('x')),
        ['3x3', '3x3', '1x1', '5x5'],
      );
    });
  }

  it('answers as the original does', async () => {
    const result = await vscode.commands.executeCommand<VerifyResult | undefined>('acnet.verify', source, {
      other: file('exported.onnx').fsPath,
    });
    assert.equal(result?.passed, true);
  });

  it('refuses a file that exists, and a name of no format', async () => {
    const existing = file('taken.onnx').fsPath;
    writeFileSync(existing, 'precious');
    const told = await messagesOf('showErrorMessage', () => exportAs(source, { output: existing }));
    assert.match(told.join(), /the output exists/);
    const unknown = await messagesOf('showErrorMessage', () =>
      exportAs(source, { output: file('net.xyz').fsPath }),
    );
    assert.match(unknown.join(), /cannot be exported to a file of this name/);
  });

  it('can be stopped, and then leaves neither file nor folder', async () => {
    const large = file('large-export.keras');
    await writeSmallNetwork(large.fsPath, 256);
    await openInspector(access, large);
    const told = await messagesOf('showInformationMessage', async () => {
      const result = await inTheMiddleOfWriting(access, large, {
        ask: () => exportAs(large, { output: file('stopped-tfjs/model.json').fsPath }),
        act: () => {
          assert.equal(access.stateOf(large)?.job?.kind, 'export');
          access.say(large, { type: 'cancelJob' });
        },
      });
      assert.equal(result, undefined);
    });
    assert.match(told.join(), /stopped; nothing was written/);
    assert.equal(existsSync(file('stopped-tfjs').fsPath), false);
    assert.deepEqual(
      readdirSync(path.dirname(large.fsPath)).filter((name) => name.includes('stopped')),
      [],
    );
  });
});
