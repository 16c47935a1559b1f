import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { writeSmallNetwork } from '../support/checkpoint-file';
import { packedExtension, root, Workbench } from './support/workbench';

const THEMES = [
  { name: 'dark', theme: 'Dark Modern', kind: 'vscode-dark' },
  { name: 'light', theme: 'Light Modern', kind: 'vscode-light' },
  { name: 'hc', theme: 'Default High Contrast', kind: 'vscode-high-contrast' },
  { name: 'hc-light', theme: 'Default High Contrast Light', kind: 'vscode-high-contrast-light' },
];

/** The sample that ships, or a small network of our own making where there is none. */
async function fill(folder: string): Promise<void> {
  const sample = path.join(root, 'media/sample');
  const name = existsSync(sample)
    ? readdirSync(sample).find((file) => /^[^.]+\.keras$/.test(file))
    : undefined;
  const target = path.join(folder, 'mnist.keras');
  if (name) copyFileSync(path.join(sample, name), target);
  else await writeSmallNetwork(target);
}

let vsix: string;
beforeAll(() => {
  vsix = packedExtension();
});

describe('from a right-click to the kernels of the result', () => {
  let bench: Workbench;
  let source: string;
  let bytes: Buffer;

  beforeAll(async () => {
    bench = await Workbench.open(vsix, fill);
    source = path.join(bench.workspace, 'mnist.keras');
    bytes = readFileSync(source);
  });
  afterAll(() => bench.close());

  const shootOnFailure = (): void =>
    onTestFailed(({ task }) => bench.shoot(`failed-${task.name.replace(/\W+/g, '-').slice(0, 40)}`));
  const checkedRows = () => bench.quickPick.locator('.monaco-list-row[aria-checked=true]');

  it('asks for sites, start and place, with a way back, and converts', async () => {
    shootOnFailure();
    const menu = await bench.contextMenu('mnist.keras', 'Convert to ACNet…');
    await bench.shoot('menu');
    await bench.press(menu, 'Convert to ACNet…');
    await bench.quickPick.getByText('Convert to ACNet (1/3)').waitFor();
    await checkedRows().first().waitFor();
    const rows = await bench.quickPick.locator('.monaco-list-row').count();
    await expect.poll(() => checkedRows().count()).toBe(rows);
    await bench.shoot('convert-sites');
    await bench.quickPick.getByRole('button', { name: 'OK' }).click();

    await bench.quickPick.getByText('Convert to ACNet (2/3)').waitFor();
    await bench.shoot('convert-initialisation');
    await bench.quickPick.getByRole('button', { name: 'Back' }).click();
    await bench.quickPick.getByText('Convert to ACNet (1/3)').waitFor();
    await expect.poll(() => checkedRows().count()).toBe(rows);
    await bench.quickPick.getByRole('button', { name: 'OK' }).click();
    await bench.quickPickRow('Preserve the output').click();

    await bench.quickPick.getByText('Convert to ACNet (3/3)').waitFor();
    await bench.shoot('convert-output');
    await bench.quickPickRow('mnist.acnet.keras').click();

    const done = bench.notification('into mnist.acnet.keras');
    await done.waitFor();
    await bench.shoot('convert-done');
    expect(existsSync(path.join(bench.workspace, 'mnist.acnet.keras'))).toBe(true);
    expect(readFileSync(source).equals(bytes)).toBe(true);
    await done.getByRole('button', { name: 'Inspect' }).click();
  });

  it('opens the result in the inspector: blocks, and their kernels as matrices', async () => {
    shootOnFailure();
    await bench.inspector.getByRole('heading', { name: 'mnist.acnet.keras' }).waitFor();
    await bench.inspector.getByText('Already an ACB').first().waitFor();
    await bench.inspector.getByRole('tab', { name: 'Kernels' }).click();
    await bench.inspector.getByRole('heading', { name: 'Whole model' }).waitFor();
    const figures = bench.inspector.locator('[role=img]');
    await figures.nth(2).waitFor();
  });

  it.each(THEMES)('looks right in $theme, and is accessible', async ({ name, theme, kind }) => {
    shootOnFailure();
    await bench.setTheme(theme, kind);
    for (const tab of ['Overview', 'Kernels']) {
      await bench.inspector.getByRole('tab', { name: tab }).click();
      await bench.inspector.getByRole('tab', { name: tab, selected: true }).waitFor();
      await bench.page.waitForTimeout(300);
      await bench.shoot(`${tab.toLowerCase()}-${name}`);
      expect(await bench.axe()).toEqual([]);
    }
  });

  it('fuses from the page', async () => {
    shootOnFailure();
    await bench.setTheme('Dark Modern', 'vscode-dark');
    await bench.inspector.getByRole('button', { name: 'Fuse' }).click();
    await bench.quickPickRow('Keep batch norms').click();
    await bench.quickPickRow('mnist.fused.keras').click();
    await bench.notification('into mnist.fused.keras').waitFor();
    expect(existsSync(path.join(bench.workspace, 'mnist.fused.keras'))).toBe(true);
  });

  it('exports from the page', async () => {
    shootOnFailure();
    await bench.inspector.getByRole('button', { name: 'Export As…' }).click();
    await bench.quickPick.getByText('Export As (1/2)').waitFor();
    await bench.shoot('export-formats');
    await bench.quickPickRow('TensorFlow.js').click();
    await bench.quickPickRow('model.json').click();
    const done = bench.notification('into mnist.acnet-tfjs/model.json');
    await done.waitFor();
    await bench.shoot('export-done');
    expect(existsSync(path.join(bench.workspace, 'mnist.acnet-tfjs/model.json'))).toBe(true);
    await done.getByRole('button', { name: 'Inspect' }).click();
    await bench.inspector.getByRole('heading', { name: 'model.json' }).waitFor();
  });

  it('caused no error in the page and no violation of its policy', () => {
    expect(bench.problems).toEqual([]);
  });
});

describe('from the palette, with no file open', () => {
  let bench: Workbench;

  beforeAll(async () => {
    bench = await Workbench.open(vsix, fill);
  });
  afterAll(() => bench.close());

  it('offers the workspace’s checkpoints, and an error stays in the window', async () => {
    onTestFailed(() => bench.shoot('failed-palette'));
    writeFileSync(path.join(bench.workspace, 'broken.keras'), '<!DOCTYPE html><title>404</title>');
    await bench.palette('ACNet: Inspect Checkpoint');
    await bench.quickPickRow('mnist.keras').waitFor();
    await bench.quickPickRow('broken.keras').click();
    await bench.inspector.getByRole('alert').waitFor();
    await bench.shoot('error');
    expect(await bench.axe()).toEqual([]);

    // The file is put right; the page follows by itself.
    copyFileSync(path.join(bench.workspace, 'mnist.keras'), path.join(bench.workspace, 'broken.keras'));
    await bench.inspector.getByText('Checkpoint', { exact: true }).waitFor();
    expect(await bench.inspector.getByRole('alert').count()).toBe(0);
    expect(bench.problems).toEqual([]);
  });

  it('converts what was ticked in the page', async () => {
    onTestFailed(() => bench.shoot('failed-ticked'));
    const boxes = bench.inspector.getByRole('grid').getByRole('checkbox', { checked: true });
    await boxes.last().click();
    await bench.inspector.getByRole('button', { name: 'Convert to ACNet…' }).click();
    await bench.quickPick.getByText('Convert to ACNet (1/3)').waitFor();
    const rows = bench.quickPick.locator('.monaco-list-row');
    const ticked = bench.quickPick.locator('.monaco-list-row[aria-checked=true]');
    await ticked.first().waitFor();
    await expect.poll(() => ticked.count()).toBe((await rows.count()) - 1);
    await bench.page.keyboard.press('Escape');
  });
});

describe('in a workspace that is not trusted', () => {
  let bench: Workbench;

  beforeAll(async () => {
    bench = await Workbench.open(vsix, fill, { trust: true });
  });
  afterAll(() => bench.close());

  it('inspects, and does not offer to convert', async () => {
    onTestFailed(() => bench.shoot('failed-restricted'));
    await bench.page.getByText('Restricted Mode').first().waitFor();
    const menu = await bench.contextMenu('mnist.keras', 'Inspect Checkpoint');
    const entries = await menu.locator('.action-item').allInnerTexts();
    expect(entries.join()).toContain('Inspect Checkpoint');
    expect(entries.join()).not.toContain('Convert to ACNet');
    await bench.press(menu, 'Inspect Checkpoint');
    await bench.inspector.getByRole('heading', { name: 'mnist.keras' }).waitFor();
    await bench.inspector.getByText('Sites').first().waitFor();
    await bench.shoot('restricted');
    expect(bench.problems).toEqual([]);
  });
});
