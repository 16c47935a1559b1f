import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { inspectFile } from '../../src/operations/inspect';
import { hostileReport, listening } from '../support/hostile-report';
import { packedExtension, root, Workbench } from './support/workbench';

let bench: Workbench;

beforeAll(async () => {
  bench = await Workbench.open(packedExtension(), (folder) => {
    cpSync(path.join(root, 'media/sample'), folder, { recursive: true });
    return Promise.resolve();
  });
});
afterAll(async () => {
  await bench.close();
});

const shootOnFailure = (): void =>
  onTestFailed(({ task }) => bench.shoot(`failed-${task.name.replace(/\W+/g, '-').slice(0, 40)}`));
const step = (number: number) => bench.quickPick.getByText(`Fine-Tune as ACNet (${number}/5)`).waitFor();

describe('fine-tuning by hand', () => {
  it('asks for images, epochs, statistics, baseline and job file, with a way back', async () => {
    shootOnFailure();
    await bench.choose('mnist.keras', 'Fine-Tune…');
    await step(1);
    await bench.quickPick.getByText('MNIST (IDX)').waitFor();
    await bench.shoot('fine-tune-data');
    await bench.quickPickRow('Preprocessing…').click();
    await bench.quickPick.getByText('Preprocessing (1/1)').waitFor();
    await bench.shoot('fine-tune-preprocessing');
    await bench.quickPickRow('From 0 to 1').click();
    await step(1);
    await bench.quickPick.getByText('× 1/255', { exact: true }).waitFor();
    await bench.quickPickRow('images').click();
    await step(2);
    await bench.quickPick.getByRole('button', { name: 'Back' }).click();
    await step(1);
    await bench.quickPickRow('images').click();
    await step(2);
    await bench.shoot('fine-tune-epochs');
    await bench.quickPickRow('2 epochs').click();
    await step(3);
    await bench.quickPickRow('Batch statistics').click();
    await step(4);
    await bench.quickPickRow('ACNet only').click();
    await step(5);
    await bench.shoot('fine-tune-job');
    await bench.quickPickRow('mnist.acnet.json').click();
  });

  it('tells how far it has come, then where the results are', async () => {
    shootOnFailure();
    const done = bench.notification('Fine-tuned mnist.keras');
    await done.waitFor();
    await bench.shoot('fine-tune-done');
    expect(JSON.parse(readFileSync(path.join(bench.workspace, 'mnist.acnet.json'), 'utf8'))).toEqual({
      checkpoint: 'mnist.keras',
      data: { folder: 'images', scale: 1 / 255 },
      epochs: 2,
      batch: 64,
      statistics: 'batch',
      baseline: false,
    });
    expect(existsSync(path.join(bench.workspace, 'mnist.acnet/mnist.fused.keras'))).toBe(true);
    await done.getByRole('button', { name: 'Open Report' }).click();
    await bench.page.getByRole('tab', { name: /^Report of mnist\.acnet/ }).waitFor();
  });

  it('shows a report that came from a stranger, and reaches nobody for it', async () => {
    shootOnFailure();
    const far = await listening();
    writeFileSync(path.join(bench.workspace, 'mnist.acnet/report.html'), hostileReport(far.origin));
    await bench.palette('View: Close All Editors');
    await bench.choose('mnist.keras', 'Inspect Checkpoint');
    await bench.inspector.getByRole('tab', { name: 'Training' }).click();
    await bench.inspector.getByRole('button', { name: 'Open Report' }).click();
    await bench.inspector.getByText('The end').waitFor();
    await bench.inspector.getByText('Close', { exact: true }).click(); // a command, were it allowed
    await bench.page.waitForTimeout(1000);
    await bench.inspector.getByText('The end').waitFor();
    await far.close();
    expect(far.seen()).toEqual([]);
    await bench.palette('View: Close All Editors');
  });

  it('converts only the convolution that is ticked in the table of sites', async () => {
    shootOnFailure();
    await bench.choose('mnist.keras', 'Inspect Checkpoint');
    const grid = bench.inspector.getByRole('grid', { name: 'Sites' });
    await grid.getByRole('checkbox', { name: /Select all/ }).click();
    await grid.getByRole('checkbox').nth(1).click();
    const ticked = grid.getByRole('checkbox', { checked: true });
    await expect.poll(() => ticked.count()).toBe(1);
    await bench.inspector.getByRole('button', { name: 'Fine-Tune…' }).click();
    await step(1);
    await bench.quickPickRow('images').click();
    for (const [number, answer] of [
      [2, '2 epochs'],
      [3, 'Batch statistics'],
      [4, 'ACNet only'],
    ] as const) {
      await step(number);
      await bench.quickPickRow(answer).click();
    }
    await step(5);
    await bench.quickPick.getByPlaceholder(/^1 of \d convolutions becomes a block\./).waitFor();
    await bench.shoot('fine-tune-ticked');
    await bench.quickPickRow('mnist-2.acnet.json').click();
    await bench.notification('Fine-tuned mnist.keras').waitFor();
    const job = JSON.parse(readFileSync(path.join(bench.workspace, 'mnist-2.acnet.json'), 'utf8')) as {
      layers: string[];
    };
    expect(job.layers).toHaveLength(1);
    const blocks = async (name: string): Promise<number> => {
      const { sites } = await inspectFile(path.join(bench.workspace, name));
      return sites.filter(({ kind }) => kind === 'acb').length;
    };
    expect(await blocks('mnist.acnet/mnist.acnet.keras')).toBeGreaterThan(1);
    expect(await blocks('mnist-2.acnet/mnist.acnet.keras')).toBe(1);
    await bench.palette('View: Close All Editors');
  });

  it('runs the job file again from its editor, after asking', async () => {
    shootOnFailure();
    await bench.page.getByRole('treeitem', { name: 'mnist.acnet.json', exact: true }).dblclick();
    await bench.page.getByRole('button', { name: 'Run Job' }).first().click();
    const dialog = bench.page.getByRole('dialog').filter({ hasText: 'was run already' });
    await dialog.waitFor();
    await bench.shoot('run-again');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
  });
});
