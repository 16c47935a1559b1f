// The package as it is installed: how large it is, and what is in it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readDirectory } from '../../src/core/encodings/zip/directory';
import { memorySource } from '../../src/core/encodings/region';
import { packExtension, root } from './support/workbench';

const folder = mkdtempSync(path.join(tmpdir(), 'acnet-vsix-'));
let bytes: Buffer;
let names: readonly string[];

beforeAll(() => {
  execFileSync(process.execPath, [path.join(root, 'scripts/notices.mjs')], { cwd: root, stdio: 'pipe' });
  bytes = readFileSync(packExtension(folder));
  names = [...readDirectory(memorySource('acnet.vsix', bytes)).keys()];
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('it has at most 6 MB', () => {
  console.log(`${(bytes.length / 1e6).toFixed(2)} MB, ${names.length} files`);
  expect(bytes.length).toBeLessThanOrEqual(6e6);
});

test('it holds what an extension needs, and the licences of what is in it', () => {
  for (const name of [
    'package.json',
    ...['package.nls.json', 'readme.md', 'changelog.md', 'LICENSE.txt', 'ThirdPartyNotices.txt'],
    ...['extension', 'cli', 'reader', 'trainer', 'hdf5'].map((bundle) => `dist/${bundle}.cjs`),
    ...['inspector.js', 'inspector.css'].map((file) => `dist/webview/${file}`),
    ...['media/native/install.py', 'media/sample/mnist.keras', 'media/acnet-job.schema.json'],
  ]) {
    expect(names).toContain(`extension/${name}`);
  }
});

test.runIf(`${process.platform}-${process.arch}` === 'linux-x64')(
  'it brings the addon for this system',
  () => {
    expect(names).toContain('extension/dist/native/linux-x64/tfjs_binding.node');
  },
);

test('it holds nothing else: no sources, no tests, no maps, no downloads', () => {
  const kinds =
    /^extension\/(package(\.nls)?\.json|readme\.md|changelog\.md|LICENSE\.txt|ThirdPartyNotices\.txt|(dist|l10n|media)\/.+)$/;
  const packing = ['extension.vsixmanifest', '[Content_Types].xml'];
  expect(names.filter((name) => !kinds.test(name) && !packing.includes(name))).toEqual([]);
  expect(
    names.filter((name) => /\.(map|ts|tsx|mjs|whl|so(\.\d+)*|vsix)$|node_modules|test/.test(name)),
  ).toEqual([]);
});
