import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { TestAccess } from '../../src/extension';
import type { ConvertResult, FuseResult } from '../../src/contract/results';
import { COMMANDS } from '../../src/host/commands';
import { nameOf } from '../../src/host/kit/command';
import { messagesOf } from './jobs';
import { writeSmallNetwork, type WrittenCheckpoint } from '../support/checkpoint-file';
import {
  eventually,
  extensionAccess,
  inspected,
  inTheMiddleOfWriting,
  openInspector,
  workspaceFile,
} from './support';

const convert = (uri: vscode.Uri, options: unknown) =>
  vscode.commands.executeCommand<ConvertResult | undefined>('acnet.convert', uri, options);

describe('commands', () => {
  let access: TestAccess;
  let network: WrittenCheckpoint;
  const source = workspaceFile('source.keras');
  const bytes = (): Buffer => readFileSync(source.fsPath);
  const output = (name: string): string => workspaceFile(name).fsPath;

  before(async () => {
    network = await writeSmallNetwork(source.fsPath);
    access = await extensionAccess();
  });

  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('are all there', async () => {
    const all = await vscode.commands.getCommands(true);
    for (const command of COMMANDS) assert.ok(all.includes(nameOf(command)), command.id);
  });

  it('convert: writes blocks beside an untouched source, and fuse takes them back', async () => {
    const before = bytes();
    const result = await convert(source, { output: output('source.acnet.keras') });
    assert.equal(result?.converted.length, 3);
    assert.deepEqual(bytes(), before);
    const acnet = vscode.Uri.file(result.output);
    const { sites, parameters } = inspected(await openInspector(access, acnet));
    assert.deepEqual(
      sites.map(({ kind }) => kind),
      ['acb', 'acb', 'plain', 'acb'],
    );
    assert.ok(parameters > network.parameters);

    const fused = await vscode.commands.executeCommand<FuseResult | undefined>('acnet.fuse', acnet, {
      output: output('source.fused.keras'),
    });
    assert.equal(fused?.fused.length, 3);
    const after = inspected(await openInspector(access, vscode.Uri.file(fused.output)));
    assert.ok(after.sites.every(({ kind }) => kind === 'plain'));
  });

  it('convert: only the layers that were asked for', async () => {
    const state = await openInspector(access, source);
    const name = inspected(state).sites[1]?.name;
    assert.ok(name);
    const result = await convert(source, { output: output('one.keras'), layers: [name] });
    assert.deepEqual(result?.converted, [name]);
  });

  it('convert: overwrites nothing unless told to, and never the source', async () => {
    const existing = output('existing.keras');
    writeFileSync(existing, 'precious');
    const refused = await messagesOf('showErrorMessage', () => convert(source, { output: existing }));
    assert.match(refused.join(), /exists/);
    assert.equal(readFileSync(existing, 'utf8'), 'precious');

    const before = bytes();
    const itself = await messagesOf('showErrorMessage', () =>
      convert(source, { output: source.fsPath, overwrite: true }),
    );
    assert.match(itself.join(), /source/);
    assert.deepEqual(bytes(), before);

    const replaced = await convert(source, { output: existing, overwrite: true });
    assert.equal(replaced?.converted.length, 3);
  });

  it('convert: names the file that cannot be converted, and leaves nothing', async () => {
    const garbage = workspaceFile('no-model.keras');
    writeFileSync(garbage.fsPath, 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n');
    const messages = await messagesOf('showErrorMessage', () =>
      convert(garbage, { output: output('never.keras') }),
    );
    assert.equal(messages.length, 1);
    assert.match(messages.join(), /no-model\.keras.*LFS/);
    assert.ok(!readdirSync(path.dirname(source.fsPath)).some((name) => name.includes('never')));
  });

  it('convert: can be cancelled, and then leaves nothing', async () => {
    const large = workspaceFile('large.keras');
    await writeSmallNetwork(large.fsPath, 512);
    await openInspector(access, large);
    const told = await messagesOf('showInformationMessage', async () => {
      const result = await inTheMiddleOfWriting(access, large, {
        ask: () => convert(large, { output: output('stopped.keras') }),
        act: () => access.say(large, { type: 'cancelJob' }),
      });
      assert.equal(result, undefined);
    });
    assert.match(told.join(), /stopped; nothing was written/);
    assert.equal(access.stateOf(large)?.job, undefined);
    const left = readdirSync(path.dirname(large.fsPath)).filter((name) => name.includes('stopped'));
    assert.deepEqual(left, []);
  });

  it('live on when the reader is killed in the middle of a conversion', async () => {
    const large = workspaceFile('large.keras');
    await writeSmallNetwork(large.fsPath, 512);
    await openInspector(access, large);
    const pid = access.readerPid();
    assert.ok(pid);
    const shown = await messagesOf('showErrorMessage', async () => {
      const result = await inTheMiddleOfWriting(access, large, {
        ask: () => convert(large, { output: output('killed.keras') }),
        act: (reader) => process.kill(reader, 'SIGKILL'),
      });
      assert.equal(result, undefined);
    });
    assert.match(shown.join(), /the reader process ended: killed by SIGKILL/);
    const result = await convert(source, { output: output('afterwards.keras') });
    assert.equal(result?.converted.length, 3);
    assert.notEqual(access.readerPid(), pid);
  });

  it('live on when the reader is killed while idle', async () => {
    await openInspector(access, source);
    const pid = access.readerPid();
    assert.ok(pid);
    process.kill(pid, 'SIGKILL');
    await eventually('its end is seen', () => access.readerPid() === undefined);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await eventually('the file is forgotten', () => access.stateOf(source) === undefined);
    assert.equal(inspected(await openInspector(access, source)).parameters, network.parameters);
  });
});
