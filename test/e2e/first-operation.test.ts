// docs/first-operation.md, followed from its first line to the last: what it adds is seen in the terminal, in the playground
// and in VS Code.
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { apply, copySource, firstOperation } from '../support/first-operation';
import { browserPath } from './support/page';
import { packExtension, root, Workbench } from './support/workbench';

const { edits, commands } = firstOperation();
/** All that a clone has, but for what only describes it. */
const PARTS = [
  ...['src', 'webview', 'media', 'l10n', 'scripts', 'test', 'package.json', 'package.nls.json'],
  ...['tsconfig.base.json', 'vitest.config.mts', 'README.md', 'CHANGELOG.md', 'LICENSE', '.vscodeignore'],
];
let copy: string;

const npm = (...args: string[]): string => execFileSync('npm', args, { cwd: copy, encoding: 'utf8' });

beforeAll(() => {
  copy = copySource('first-operation', PARTS);
  for (const edit of edits) apply(copy, edit);
});

it('its commands are those that are run here', () => {
  expect(commands).toEqual([
    // `npm test` begins with it.
    'npm run setup',
    'npm run manifest',
    'npm run test:unit -- test/unit/operations/zeros.test.ts test/unit/contract',
    'npm run build',
    'node dist/cli.cjs zeros media/sample/mnist.keras',
    'npm run playground -- --once',
    'npm run texts',
  ]);
});

it('the manifest has the command, its tests pass, and the command line counts', () => {
  npm('run', 'manifest');
  expect(npm('run', 'test:unit', '--', 'test/unit/operations/zeros.test.ts', 'test/unit/contract')).toMatch(
    /Test Files.*4 passed/,
  );
  npm('run', 'build');
  const args = ['dist/cli.cjs', 'zeros', 'media/sample/mnist.keras'];
  expect(execFileSync(process.execPath, args, { cwd: copy, encoding: 'utf8' })).toBe(
    '0 zeros in 70,746 weights\n',
  );
});

it('the catalogue of the page has its texts', () => {
  npm('run', 'texts');
  expect(readFileSync(path.join(copy, 'l10n/texts/page.json'), 'utf8')).toContain('Count Zeros');
});

it('the playground has its state', async () => {
  expect(npm('run', 'playground', '--', '--once')).toMatch(/answered 200/);
  const child = spawn(process.execPath, ['scripts/playground.mjs', '--port', '0'], { cwd: copy });
  onTestFinished(() => void child.kill());
  const browser = await chromium.launch({ executablePath: browserPath(), args: ['--no-sandbox'] });
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  await page.goto(await addressOf(child));
  await page.getByRole('link', { name: 'zeros' }).click();
  await page.frameLocator('iframe').getByText('3 of 1,000').waitFor();
});

it('in VS Code it is in the menu, and its tab shows how many and counts again', async () => {
  const bytes = readFileSync(path.join(root, 'media/sample/mnist.keras'));
  const vsix = packExtension(copy, copy);
  const bench = await Workbench.open(vsix, (folder) => {
    writeFileSync(path.join(folder, 'mnist.keras'), bytes);
    return Promise.resolve();
  });
  onTestFinished(() => bench.close());
  // Its entry is there once the extension is.
  await bench.choose('mnist.keras', 'Count Zeros');
  await bench.page.getByRole('treeitem', { name: 'mnist.keras', exact: true }).dblclick();
  await bench.inspector.getByRole('tab', { name: 'Zeros' }).click();
  await bench.inspector.getByText('0 of 70,746').waitFor();
  writeFileSync(path.join(bench.workspace, 'mnist.keras'), bytes);
  await bench.inspector.getByText('The file has changed').waitFor();
  await bench.inspector.getByRole('button', { name: 'Count Zeros' }).click();
  await bench.inspector.getByText('The file has changed').waitFor({ state: 'detached' });
  expect(bench.problems).toEqual([]);
});

/** Where the playground says that it is. */
function addressOf({ stdout, stderr }: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
      const [address] = /http:\S+/.exec(said) ?? [];
      if (address !== undefined) resolve(address);
    };
    stdout?.on('data', hear).once('close', () => reject(new Error(said)));
    stderr?.on('data', hear);
  });
}
