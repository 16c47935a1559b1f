import { cpSync, existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
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

/** What the matrices of the whole model say, in words. */
async function matrices(file: string): Promise<string[]> {
  await bench.choose(file, 'Inspect Checkpoint');
  await bench.inspector.getByRole('heading', { name: file, exact: true }).waitFor();
  await bench.inspector.getByRole('tab', { name: 'Kernels' }).click();
  await bench.inspector.getByRole('heading', { name: 'Whole model' }).waitFor();
  const figures = bench.inspector.locator('[role=img]');
  await figures.nth(2).waitFor();
  const words = await figures.evaluateAll((all) => all.map((each) => each.getAttribute('aria-label') ?? ''));
  await bench.page.keyboard.press('Control+F4');
  return words;
}

describe('a checkpoint, from a right-click to the pruning check of what came of it', () => {
  let before: string[];

  it('is converted and fine-tuned for two epochs', async () => {
    shootOnFailure();
    before = await matrices('mnist.keras');
    await bench.choose('mnist.keras', 'Convert to ACNet…');
    await bench.quickPick.getByText('Convert to ACNet (1/3)').waitFor();
    await bench.quickPick.getByRole('button', { name: 'OK' }).click();
    await bench.quickPickRow('Preserve the output').click();
    await bench.quickPickRow('mnist.acnet.keras').click();
    await bench.notification('into mnist.acnet.keras').waitFor();
    await bench.choose('mnist.acnet.keras', 'Fine-Tune…');
    await bench.quickPickRow('images').click();
    await bench.quickPickRow('2 epochs').click();
    await bench.quickPickRow('Batch statistics').click();
    await bench.quickPickRow('ACNet only').click();
    // The rows of the step before may still be there: they would be clicked again.
    await bench.quickPick.getByText('Fine-Tune as ACNet (5/5)').waitFor();
    await bench.quickPick.locator('.monaco-list-row').first().click();
    await bench.notification('Fine-tuned mnist.acnet.keras').waitFor();
  });

  it('is fused, and its heat maps have changed', async () => {
    shootOnFailure();
    await bench.choose('mnist.acnet.keras', 'Fuse…');
    await bench.quickPickRow('Keep batch norms').click();
    await bench.quickPickRow('mnist.fused.keras').click();
    await bench.notification('into mnist.fused.keras').waitFor();
    expect(existsSync(path.join(bench.workspace, 'mnist.fused.keras'))).toBe(true);
    // The run's own fused file.
    await bench.expand('mnist.acnet', 'mnist.acnet.fused.keras');
    const after = await matrices('mnist.acnet.fused.keras');
    expect(after[0]).not.toBe(before[0]);
  });

  it('is checked by pruning, which stops when it is told to', async () => {
    shootOnFailure();
    await bench.choose('mnist.fused.keras', 'Inspect Checkpoint');
    await bench.inspector.getByRole('heading', { name: 'mnist.fused.keras' }).waitFor();
    await bench.inspector.getByRole('tab', { name: 'Pruning' }).click();
    await bench.inspector.getByRole('button', { name: 'Choose Images…' }).click();
    await bench.quickPickRow('images').click();
    await bench.inspector.getByRole('button', { name: 'Run Pruning Check' }).click();
    await bench.inspector
      .getByText(/[1-9]\d* of \d+ points/)
      .first()
      .waitFor();
    await bench.shoot('pruning-running');
    await bench.inspector.getByRole('button', { name: 'Stop' }).click();
    await bench.inspector.getByText('Stopped').first().waitFor();
    await bench.shoot('pruning-stopped');
    expect(await bench.inspector.getByRole('row').count()).toBeGreaterThan(5);
    expect(await bench.axe()).toEqual([]);
    expect(bench.problems).toEqual([]);
  });
});
