import assert from 'node:assert/strict';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import type { TestAccess } from '../../src/extension';
import type { CheckpointElement } from '../../src/host/view/checkpoints-view';
import type { ConvertResult } from '../../src/contract/results';
import { writeSmallNetwork } from '../support/checkpoint-file';
import { eventually, extensionAccess, workspaceFile } from './support';

describe('the view "Checkpoints"', () => {
  let access: TestAccess;
  const folder = workspaceFile('view-test').fsPath;
  const inFolder = (name: string): string => path.join(folder, name);

  before(async () => {
    access = await extensionAccess();
    await mkdir(inFolder('node_modules/other'), { recursive: true });
    await writeSmallNetwork(inFolder('plain.keras'));
    await copyFile(inFolder('plain.keras'), inFolder('node_modules/other/hidden.keras'));
    await writeFile(inFolder('broken.h5'), '<!DOCTYPE html><title>404</title>');
    await writeFile(inFolder('model.json'), '{"name": "of another program"}');
    await vscode.commands.executeCommand<ConvertResult>(
      'acnet.convert',
      vscode.Uri.file(inFolder('plain.keras')),
      { output: inFolder('plain.acnet.keras') },
    );
    await vscode.commands.executeCommand('acnet.fuse', vscode.Uri.file(inFolder('plain.acnet.keras')), {
      output: inFolder('plain.fused.keras'),
    });
  });

  after(() => rm(folder, { recursive: true, force: true }));

  /** Rows of the test's folder, by name; asks for their headers, as VS Code does. */
  async function rows(): Promise<Map<string, vscode.TreeItem>> {
    const found = new Map<string, vscode.TreeItem>();
    for (const element of await filesIn('view-test')) {
      if (element.kind === 'file') found.set(element.name, access.view.getTreeItem(element));
    }
    return found;
  }

  async function filesIn(name: string): Promise<CheckpointElement[]> {
    const roots = await access.view.getChildren();
    const node = roots.find((root) => root.kind === 'folder' && root.folder === name);
    return node ? access.view.getChildren(node) : [];
  }

  /** A row whose header has come. */
  function settled(name: string): Promise<vscode.TreeItem> {
    return eventually(`the header of ${name} is read`, async () => {
      const item = (await rows()).get(name);
      return item?.contextValue === 'reading' ? undefined : item;
    });
  }

  const described = (item: vscode.TreeItem): [unknown, unknown, string | undefined] => [
    String(item.description).replace(/ · [\d.]+ KiB/, ''),
    item.iconPath instanceof vscode.ThemeIcon ? item.iconPath.id : item.iconPath,
    item.contextValue,
  ];

  it('says format, size, sites and state of each', async () => {
    const plain = await settled('plain.keras');
    assert.match(String(plain.description), / · [\d.]+ KiB · /);
    assert.deepEqual(described(plain), [
      'no ACB · 3 sites · Keras',
      'circuit-board',
      'checkpoint-plain-convertible-exportable',
    ]);
    assert.deepEqual(described(await settled('plain.acnet.keras')), [
      'ACNet · 3 sites · Keras',
      'git-branch',
      'checkpoint-acnet-exportable',
    ]);
    assert.deepEqual(described(await settled('plain.fused.keras')), [
      'fused · 3 sites · Keras',
      'git-merge',
      'checkpoint-fused-convertible-exportable',
    ]);
  });

  it('keeps a file that cannot be read, with the reason', async () => {
    const item = await settled('broken.h5');
    assert.match(String(item.description), /cannot be read/);
    assert.ok(typeof item.tooltip === 'string');
    assert.match(item.tooltip, /HTML/);
    assert.equal(item.contextValue, 'unreadable');
  });

  it('leaves out other people’s files, and JSON of other programs', async () => {
    await settled('plain.keras');
    await eventuallyRows('model.json', false);
    assert.deepEqual(
      [...(await rows()).keys()],
      ['broken.h5', 'plain.acnet.keras', 'plain.fused.keras', 'plain.keras'],
    );
    const all = (await access.view.getChildren()).map((root) => root.folder);
    assert.ok(!all.some((name) => name.includes('node_modules')), all.join());
  });

  it('leaves out what the settings say, and has it again', async () => {
    const settings = vscode.workspace.getConfiguration('acnet');
    const seen = (name: string) => eventuallyRows(name, true);
    try {
      await settings.update(
        'checkpoints.exclude',
        ['**/*.acnet.keras'],
        vscode.ConfigurationTarget.Workspace,
      );
      await eventuallyRows('plain.acnet.keras', false);
      await seen('plain.keras');
    } finally {
      await settings.update('checkpoints.exclude', undefined, vscode.ConfigurationTarget.Workspace);
    }
    await seen('plain.acnet.keras');
  });

  it('follows the files: a new one, another network of the same name, none', async () => {
    const name = 'changing.keras';
    await writeSmallNetwork(inFolder(name), 4);
    await eventuallyRows(name, true);
    const small = String((await settled(name)).description);
    await writeSmallNetwork(inFolder(name), 24);
    await eventually(
      'the larger network shows',
      async () => String((await settled(name)).description) !== small,
    );
    await rm(inFolder(name));
    await eventuallyRows(name, false);
  });

  it('opens a row in the inspector, from its menu too', async () => {
    const element = (await filesIn('view-test')).find(
      (file) => file.kind === 'file' && file.name === 'plain.keras',
    );
    assert.ok(element);
    await vscode.commands.executeCommand('acnet.inspect', element);
    await eventually('the inspector', () => access.readyPages(element.uri) > 0);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  const eventuallyRows = (name: string, there: boolean): Promise<true> =>
    eventually(
      `${name} is ${there ? '' : 'not '}in the view`,
      async () => (await rows()).has(name) === there || undefined,
    );
});
