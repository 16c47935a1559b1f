import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import type { TestAccess } from '../../src/extension';
import type { PlacedSample } from '../../src/host/sample/place';
import type { SelfTestResult } from '../../src/contract/results';
import { catchMessages, eventually, extensionAccess, inspected, settledState } from './support';

let access: TestAccess;
let folder: string;

before(async () => {
  access = await extensionAccess();
});
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'acnet-setup-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('Open Sample', () => {
  const openSample = (): Thenable<PlacedSample | undefined> =>
    vscode.commands.executeCommand('acnet.openSample', vscode.Uri.file(folder));

  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  it('puts a network and images into a folder, and shows the network', async () => {
    const sample = await openSample();
    assert.equal(sample?.folder, path.join(folder, 'acnet-sample'));
    assert.ok(existsSync(path.join(sample.folder, 'images', 't10k-images-idx3-ubyte.gz')));
    const uri = vscode.Uri.file(sample.checkpoint);
    await eventually('the page says ready', () => access.readyPages(uri) > 0);
    assert.ok(inspected(await settledState(access, uri)).sites.some(({ eligible }) => eligible));
  });

  it('finds the one that is there, and overwrites none that was changed', async () => {
    const first = await openSample();
    assert.deepEqual(await openSample(), first);
    writeFileSync(first?.checkpoint ?? '', 'mine');
    const second = await openSample();
    assert.equal(second?.folder, path.join(folder, 'acnet-sample-2'));
    assert.deepEqual(readdirSync(folder).sort(), ['acnet-sample', 'acnet-sample-2']);
  });
});

describe('Install Native Backend', () => {
  const install = (): Thenable<SelfTestResult | undefined> =>
    vscode.commands.executeCommand('acnet.installBackend', { python: fakePython() });

  /** A Python whose pip is ours. */
  function fakePython(): string {
    const extension = vscode.extensions.getExtension('acnet.acnet-vscode');
    const modules = path.join(extension?.extensionPath ?? '', 'test/fixtures/fake-pip');
    const file = path.join(folder, 'python');
    const settings = `PYTHONPATH='${modules}' PYTHONDONTWRITEBYTECODE=1 FAKE_PIP_PIDS='${path.join(folder, 'pids')}'`;
    writeFileSync(file, `#!/bin/sh\n${settings} FAKE_PIP='${mode}' exec python3 "$@"\n`);
    chmodSync(file, 0o755);
    return file;
  }
  let mode = 'good';

  const left = (): string[] => (existsSync(access.nativeStorage) ? readdirSync(access.nativeStorage) : []);

  it('keeps nothing of a TensorFlow that does not load here, and says so', async () => {
    mode = 'good';
    const caught = catchMessages('showErrorMessage');
    try {
      assert.equal(await install(), undefined);
    } finally {
      caught.restore();
    }
    assert.match(caught.messages.join(), /does not work on this machine, so it was removed again/);
    assert.deepEqual(left(), []);
  });

  it('says what pip said', async () => {
    mode = 'offline';
    const caught = catchMessages('showErrorMessage');
    try {
      assert.equal(await install(), undefined);
    } finally {
      caught.restore();
    }
    assert.match(caught.messages.join(), /package index could not be reached/);
    assert.deepEqual(left(), []);
  });

  it('stops when its notification is cancelled, with all it has started', async () => {
    mode = 'hang';
    const caught = catchMessages('showInformationMessage');
    try {
      const installing = install();
      await eventually('pip runs', () => existsSync(path.join(folder, 'pids')));
      access.stopInstalling();
      assert.equal(await installing, undefined);
    } finally {
      caught.restore();
    }
    assert.match(caught.messages.join(), /nothing was left/);
    assert.deepEqual(left(), []);
  });

  it('is undone by Uninstall Native Backend', async () => {
    const libraries = path.join(access.nativeStorage, '2.21.0-linux-x64');
    mkdirSync(libraries, { recursive: true });
    await vscode.commands.executeCommand('acnet.uninstallBackend', {});
    assert.ok(!existsSync(access.nativeStorage));
  });
});

describe('Diagnose', () => {
  it('reports versions, backend and self-test, and no folder of the user', async () => {
    const text = await vscode.commands.executeCommand<string>('acnet.diagnose');
    assert.ok(text);
    assert.match(text, /^ACNet \d+\.\d+\.\d+$/m);
    assert.match(text, /^backend +tensorflow 2\.\d+/m);
    assert.match(text, /^capabilities groupedGradients yes/m);
    assert.match(text, /^self-test +10 steps in/m);
    assert.match(text, /^looked at/m);
    for (const { uri } of vscode.workspace.workspaceFolders ?? []) assert.ok(!text.includes(uri.fsPath));
    assert.ok(!text.includes(`${homedir()}/`), text);
    assert.equal(await vscode.env.clipboard.readText(), text);
  });
});

describe('starting up', () => {
  it('takes no time to speak of', () => {
    const load = loadMilliseconds();
    console.log(
      `      activation: ${access.activationMilliseconds.toFixed(1)} ms, and ${load.toFixed(1)} ms to load the bundle`,
    );
    assert.ok(access.activationMilliseconds > 0);
  });

  /** A second copy of the bundle, loaded from nothing as VS Code does. */
  function loadMilliseconds(): number {
    const extension = vscode.extensions.getExtension('acnet.acnet-vscode');
    const file = path.join(extension?.extensionPath ?? '', 'dist/extension.cjs');
    const load = createRequire(file);
    const { [file]: known } = load.cache;
    Reflect.deleteProperty(load.cache, file);
    const start = performance.now();
    load(file);
    const took = performance.now() - start;
    load.cache[file] = known;
    return took;
  }
});
