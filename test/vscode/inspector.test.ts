import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { TestAccess } from '../../src/extension';
import { writeSmallNetwork, type WrittenCheckpoint } from '../support/checkpoint-file';
import { eventually, extensionAccess, inspected, openInspector, workspaceFile } from './support';

describe('the inspector', () => {
  let access: TestAccess;
  let network: WrittenCheckpoint;
  const uri = workspaceFile('inspected.keras');

  before(async () => {
    network = await writeSmallNetwork(uri.fsPath);
    access = await extensionAccess();
  });

  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('is the default editor of .keras files', async () => {
    await vscode.commands.executeCommand('vscode.open', uri);
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    assert.ok(input instanceof vscode.TabInputCustom);
    assert.equal(input.viewType, 'acnet.inspector');
  });

  it('has a page that listens, and the right numbers', async () => {
    const state = await openInspector(access, uri);
    const { parameters, sites, hasGraph, warnings } = inspected(state);
    assert.equal(parameters, network.parameters);
    assert.equal(hasGraph, true);
    assert.deepEqual(warnings, []);
    assert.deepEqual(
      sites.map(({ kernel, kind, eligible, batchNorm }) => [kernel.join('x'), kind, eligible, batchNorm]),
      [
        ['3x3', 'plain', true, 'absorbed'],
        ['3x3', 'plain', true, 'absorbed'],
        ['1x1', 'plain', false, 'absorbed'],
        ['5x5', 'plain', true, 'none'],
      ],
    );
    assert.equal(state.trusted, true);
    assert.equal(state.fileName, 'inspected.keras');
    assert.ok(state.readMilliseconds !== undefined && state.readMilliseconds < 10_000);
  });

  it('shows one file in two editors, which share the state', async () => {
    await openInspector(access, uri);
    await vscode.commands.executeCommand('vscode.openWith', uri, 'acnet.inspector', vscode.ViewColumn.Beside);
    await eventually('both pages are ready', () => access.readyPages(uri) === 2);
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
    await eventually('one is left', () => access.readyPages(uri) === 1);
    assert.ok(access.stateOf(uri));
  });

  it('forgets a file with its last editor', async () => {
    await openInspector(access, uri);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await eventually('the state is gone', () => access.stateOf(uri) === undefined);
  });

  it('follows the file: another network, no file, the file again', async () => {
    const changing = workspaceFile('changing.keras');
    const first = await writeSmallNetwork(changing.fsPath, 4);
    assert.equal(inspected(await openInspector(access, changing)).parameters, first.parameters);
    const parameters = (): number | undefined => {
      const inspect = access.stateOf(changing)?.inspect;
      return inspect?.phase === 'ready' ? inspect.value.parameters : undefined;
    };
    const second = await writeSmallNetwork(changing.fsPath, 6);
    await eventually('the new network', () => parameters() === second.parameters);
    await rm(changing.fsPath);
    await eventually('an error', () => access.stateOf(changing)?.inspect.phase === 'error');
    await writeSmallNetwork(changing.fsPath, 4);
    await eventually('the network again', () => parameters() === first.parameters);
  });

  it('says what is wrong with a file that is no checkpoint', async () => {
    const garbage = workspaceFile('garbage.keras');
    await writeFile(garbage.fsPath, '<!DOCTYPE html><html><body>404 Not Found</body></html>');
    const { inspect, kernels } = await openInspector(access, garbage);
    assert.equal(inspect.phase, 'error');
    assert.equal(inspect.error.file, garbage.fsPath);
    assert.match(`${inspect.error.title} ${inspect.error.found ?? ''}`, /html/i);
    assert.equal(kernels.phase, 'idle');
  });

  it('opens .h5 files too, without owning them', async () => {
    const h5 = workspaceFile('truncated.h5');
    await writeFile(h5.fsPath, Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'));
    const { inspect } = await openInspector(access, h5);
    assert.equal(inspect.phase, 'error');
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    assert.ok(input instanceof vscode.TabInputCustom);
    assert.equal(input.viewType, 'acnet.inspector.hdf5');
  });

  it('says that virtual files cannot be read', async () => {
    const files = vscode.workspace.registerFileSystemProvider('acnettest', new OneFile(), {
      isReadonly: true,
    });
    try {
      const virtual = vscode.Uri.parse('acnettest:/far/away.keras');
      const { inspect } = await openInspector(access, virtual);
      assert.equal(inspect.phase, 'error');
      assert.match(inspect.error.title, /virtual file system \('acnettest'\) cannot be read/);
    } finally {
      files.dispose();
    }
  });
});

/** A file system of any file you like, each of three bytes. */
class OneFile implements vscode.FileSystemProvider {
  readonly onDidChangeFile = new vscode.EventEmitter<vscode.FileChangeEvent[]>().event;

  watch = () => new vscode.Disposable(() => undefined);
  stat = (uri: vscode.Uri): vscode.FileStat => ({
    type: uri.path.endsWith('.keras') ? vscode.FileType.File : vscode.FileType.Directory,
    ctime: 0,
    mtime: 0,
    size: 3,
  });
  readDirectory = (): [string, vscode.FileType][] => [];
  readFile = () => new Uint8Array(3);
  createDirectory = refuse;
  writeFile = refuse;
  delete = refuse;
  rename = refuse;
}

function refuse(): never {
  throw vscode.FileSystemError.NoPermissions();
}
