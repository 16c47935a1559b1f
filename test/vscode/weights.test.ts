import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import * as vscode from 'vscode';
import type { TestAccess } from '../../src/extension';
import type { ConvertResult, FuseResult } from '../../src/contract/results';
import { cifarResnet8, UNKNOWN_NETWORK, weightsFile } from '../support/weights-file';
import { messagesOf } from './jobs';
import { extensionAccess, inspected, openInspector, workspaceFile } from './support';

const run = <T>(command: string, uri: vscode.Uri, options: unknown) =>
  vscode.commands.executeCommand<T | undefined>(command, uri, options);

describe('weights by name', () => {
  let access: TestAccess;
  const unknown = workspaceFile('unknown.safetensors');
  const known = workspaceFile('resnet8.safetensors');
  const output = (name: string): string => workspaceFile(name).fsPath;

  before(async () => {
    writeFileSync(unknown.fsPath, weightsFile(UNKNOWN_NETWORK));
    writeFileSync(known.fsPath, weightsFile(cifarResnet8()));
    access = await extensionAccess();
  });

  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('of an unknown network show which batch norm is whose by its name', async () => {
    const { hasGraph, sites } = inspected(await openInspector(access, unknown));
    assert.equal(hasGraph, false);
    assert.deepEqual(
      sites.map(({ name, normByName }) => [name, normByName]),
      [
        ['stem.conv', 'stem.bn'],
        ['body.conv', 'body.bn'],
      ],
    );
  });

  for (const assumeNorms of [false, true]) {
    it(`are converted and fused, batch norms ${assumeNorms ? 'assumed' : 'left as they are'}`, async () => {
      const acnet = vscode.Uri.file(output(`unknown-${assumeNorms}.acnet.safetensors`));
      const told = await messagesOf('showInformationMessage', async () => {
        const result = await run<ConvertResult>('acnet.convert', unknown, {
          output: acnet.fsPath,
          assumeNorms,
        });
        assert.deepEqual(result?.converted, ['stem.conv', 'body.conv']);
        assert.equal(result.module, undefined);
      });
      assert.equal(/2 blocks are "ACB \+ outer BN"/.test(told.join()), !assumeNorms);
      const { sites, tensors } = inspected(await openInspector(access, acnet));
      assert.deepEqual(
        sites.map(({ kind }) => kind),
        ['acb', 'acb'],
      );
      // Three convolutions and three norms for each block; a norm that stays outside is a fourth.
      assert.equal(tensors, 1 + 2 * (3 + 3 * 4 + (assumeNorms ? 0 : 4)));
      const fused = await run<FuseResult>('acnet.fuse', acnet, {
        output: output(`unknown-${assumeNorms}.fused.safetensors`),
      });
      assert.equal(fused?.fused.length, 2);
    });
  }

  it('of a known network are written with a module, which the message offers to open', async () => {
    const acnet = output('resnet8.acnet.safetensors');
    const told = await messagesOf('showInformationMessage', async () => {
      const result = await run<ConvertResult>('acnet.convert', known, { output: acnet });
      assert.equal(result?.module, output('resnet8_acnet.py'));
      assert.equal(result.hasGraph, true);
    });
    assert.match(told.join(), /resnet8_acnet\.py loads it in PyTorch/);
    assert.ok(existsSync(output('resnet8_acnet.py')));
    const fused = await run<FuseResult>('acnet.fuse', vscode.Uri.file(acnet), {
      output: output('resnet8.fused.safetensors'),
    });
    assert.equal(fused?.module, output('resnet8_fused_acnet.py'));
  });
});
