import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import * as vscode from 'vscode';
import type { TestAccess } from '../../src/extension';
import type { ConvertResult, FuseResult, VerifyResult } from '../../src/contract/results';
import { writeSmallNetwork } from '../support/checkpoint-file';
import { cifarResnet8, renamedResnet8, weightsFile } from '../support/weights-file';
import { forget, messagesOf } from './jobs';
import { eventually, extensionAccess, inspected, openInspector, workspaceFile } from './support';

const run = <T>(command: string, uri: vscode.Uri, options?: unknown) =>
  vscode.commands.executeCommand<T | undefined>(command, uri, options);

describe('an attached architecture', () => {
  let access: TestAccess;
  const weights = workspaceFile('renamed.safetensors');
  const model = workspaceFile('its-network.onnx').fsPath;
  const acnet = workspaceFile('renamed.acnet.safetensors');

  /** What the page of an open file says of its network, once it is that. */
  const shows = (uri: vscode.Uri, wanted: 'unknown' | 'attached') =>
    eventually(`the network is ${wanted}`, () => {
      const inspect = access.stateOf(uri)?.inspect;
      return inspect?.phase === 'ready' && inspect.value.architecture?.state === wanted && inspect.value;
    });

  before(async () => {
    access = await extensionAccess();
    writeFileSync(weights.fsPath, weightsFile(renamedResnet8()));
    const known = workspaceFile('known.safetensors');
    writeFileSync(known.fsPath, weightsFile(cifarResnet8()));
    await run('acnet.export', known, { output: model });
  });

  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('is refused where it does not fit, and then not remembered', async () => {
    await openInspector(access, weights);
    assert.equal((await shows(weights, 'unknown')).hasGraph, false);
    const small = workspaceFile('small-network.keras');
    await writeSmallNetwork(small.fsPath);
    const other = workspaceFile('another-network.onnx').fsPath;
    await run('acnet.export', small, { output: other });
    const told = await messagesOf('showErrorMessage', async () => {
      assert.equal(await run('acnet.attachArchitecture', weights, { model: other }), undefined);
    });
    assert.match(told.join(), /another-network\.onnx/);
    assert.equal(access.stateOf(weights)?.architecture, undefined);
    const own = await messagesOf('showErrorMessage', () => run('acnet.attachArchitecture', small, { model }));
    assert.match(own.join(), /weights-only file/);
  });

  it('makes the weights a network, on the page at once', async () => {
    await openInspector(access, weights);
    const shown = await messagesOf('showInformationMessage', async () => {
      assert.equal(await run('acnet.attachArchitecture', weights, { model }), model);
    });
    assert.match(shown.join(), /now use its-network\.onnx as the architecture of renamed\.safetensors/);
    const { hasGraph, unsupported } = await shows(weights, 'attached');
    assert.equal(hasGraph, true);
    assert.deepEqual(unsupported, []);
    assert.equal(access.stateOf(weights)?.architecture, model);
  });

  it('goes along with every command, and on to what they write', async () => {
    const converted = await run<ConvertResult>('acnet.convert', weights, { output: acnet.fsPath });
    assert.equal(converted?.hasGraph, true);
    await openInspector(access, acnet);
    assert.equal((await shows(acnet, 'attached')).sites.filter(({ kind }) => kind === 'acb').length, 7);
    const verified = await run<VerifyResult>('acnet.verify', weights, { other: acnet.fsPath, samples: 4 });
    assert.equal(verified?.passed, true);
    const fused = await run<FuseResult>('acnet.fuse', acnet, {
      output: workspaceFile('renamed.fused.safetensors').fsPath,
    });
    assert.equal(fused?.hasGraph, true);
    await run('acnet.export', weights, { output: workspaceFile('renamed.keras').fsPath });
    inspected(await openInspector(access, workspaceFile('renamed.keras')));
  });

  it('is in the job file, relative to it', async () => {
    const job = workspaceFile('renamed.acnet.json').fsPath;
    forget(job);
    await run('acnet.newJob', weights, { data: workspaceFile('images').fsPath });
    const { architecture } = JSON.parse(readFileSync(job, 'utf8')) as { architecture?: string };
    assert.equal(architecture, 'its-network.onnx');
  });

  it('is taken away from the page', async () => {
    await openInspector(access, weights);
    access.say(weights, { type: 'detachArchitecture' });
    assert.equal((await shows(weights, 'unknown')).hasGraph, false);
    assert.equal(access.stateOf(weights)?.architecture, 'none');
  });

  it('is forgotten with every other answer for the file', async () => {
    await openInspector(access, weights);
    await run('acnet.attachArchitecture', weights, { model });
    await shows(weights, 'attached');
    const told = await messagesOf('showInformationMessage', async () => {
      const forgotten = await run<readonly string[]>('acnet.forgetAnswers', weights);
      assert.ok(forgotten?.includes('attached architecture'));
    });
    assert.match(told.join(), /renamed\.safetensors are forgotten/);
    assert.equal((await shows(weights, 'unknown')).hasGraph, false);
    assert.equal(access.stateOf(weights)?.architecture, undefined);
    const again = await run<readonly string[]>('acnet.forgetAnswers', weights);
    assert.ok(!again?.includes('attached architecture'));
  });
});
