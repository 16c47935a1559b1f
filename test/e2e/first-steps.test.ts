import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { packedExtension, Workbench } from './support/workbench';

let vsix: string;
beforeAll(() => {
  vsix = packedExtension();
});

describe('the first steps in an empty workspace', () => {
  let bench: Workbench;

  beforeAll(async () => {
    bench = await Workbench.open(vsix, () => Promise.resolve());
  });
  afterAll(() => bench.close());

  const shootOnFailure = (): void =>
    onTestFailed(({ task }) => bench.shoot(`failed-${task.name.replace(/\W+/g, '-').slice(0, 40)}`));
  const view = () => bench.page.getByRole('tree', { name: 'Checkpoints' });
  const row = (name: string) => view().getByRole('treeitem', { name: new RegExp(`^${name},`) });

  it('the empty view offers the sample, which opens in the inspector and shows in the view', async () => {
    shootOnFailure();
    // VS Code shows views of others in the Explorer closed.
    await bench.page.locator('.pane-header').filter({ hasText: 'Checkpoints' }).click();
    const welcome = bench.page.locator('.welcome-view').filter({ hasText: 'No checkpoint' });
    await welcome.waitFor();
    await bench.shoot('view-empty');
    await welcome.getByRole('button', { name: 'Open Sample' }).click();
    await bench.quickPickRow('models').click();
    await bench.inspector.getByRole('heading', { name: 'mnist.keras' }).waitFor();
    expect(existsSync(path.join(bench.workspace, 'acnet-sample/mnist.keras'))).toBe(true);
    await row('mnist.keras').filter({ hasText: 'no ACB · 5' }).waitFor();
    await bench.inspector.getByText('Sites').first().waitFor();
    await bench.shoot('walkthrough-overview');
    await bench.inspector.getByRole('tab', { name: 'Kernels' }).click();
    await bench.inspector.locator('[role=img]').first().waitFor();
    await bench.shoot('walkthrough-kernels');
  });

  it('converts by the row’s button, and fuses what came of it', async () => {
    shootOnFailure();
    await row('mnist.keras').hover();
    await row('mnist.keras').getByRole('button', { name: 'Convert to ACNet…' }).click();
    await bench.quickPick.getByText('Convert to ACNet (1/3)').waitFor();
    await bench.shoot('walkthrough-convert');
    await bench.quickPick.getByRole('button', { name: 'OK' }).click();
    await bench.quickPickRow('Preserve the output').click();
    await bench.quickPickRow('mnist.acnet.keras').click();
    const converted = row('mnist.acnet.keras').filter({ hasText: 'ACNet · 5' });
    await converted.waitFor();
    await converted.hover();
    await converted.getByRole('button', { name: 'Fuse…' }).click();
    await bench.quickPickRow('Keep batch norms').click();
    await bench.quickPickRow('mnist.fused.keras').click();
    await row('mnist.fused.keras').filter({ hasText: 'fused · 5' }).waitFor();
    await bench.shoot('walkthrough-fused');
    expect(bench.problems).toEqual([]);
  });

  it('has a walkthrough with its pictures', async () => {
    shootOnFailure();
    await bench.palette('Welcome: Open Walkthrough...');
    await bench.quickPickRow('Get Started with ACNet').click();
    await bench.page.locator('h2').filter({ hasText: 'Get Started with ACNet' }).waitFor();
    for (const title of [
      'Open the sample',
      'Look at its kernels',
      'Convert it to ACNet',
      'Fine-tune it',
      'Fuse it',
    ]) {
      await bench.page.getByText(title, { exact: true }).first().click();
      if (title === 'Fine-tune it') continue; // words alone
      const image = bench.page.locator('.getting-started-media img').first();
      await image.waitFor();
      await expect
        .poll(() =>
          image.evaluate((element) => (element as unknown as { naturalWidth: number }).naturalWidth),
        )
        .toBeGreaterThan(0);
    }
    await bench.shoot('walkthrough');
  });
});
