// PyTorch weights in the editor: without a network, with one that is attached, and with one that is recognised.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { exportFile } from '../../src/operations/export';
import { quiet } from '../support/quiet';
import { cifarResnet8, renamedResnet8, weightsFile } from '../support/weights-file';
import { packedExtension, Workbench } from './support/workbench';

const temporary = mkdtempSync(path.join(tmpdir(), 'acnet-vsix-'));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

/** Weights of the same network under names that are known and under others, and the network itself. */
async function fill(folder: string): Promise<void> {
  const known = path.join(folder, 'known.safetensors');
  writeFileSync(known, weightsFile(cifarResnet8()));
  writeFileSync(path.join(folder, 'unknown.safetensors'), weightsFile(renamedResnet8()));
  await exportFile(known, path.join(folder, 'its-network.onnx'), {}, quiet);
}

describe('weights by name', () => {
  let bench: Workbench;

  beforeAll(async () => {
    bench = await Workbench.open(packedExtension(), fill);
  });
  afterAll(() => bench.close());

  const shootOnFailure = (): void =>
    onTestFailed(({ task }) => bench.shoot(`failed-${task.name.replace(/\W+/g, '-').slice(0, 40)}`));
  const written = (name: string): boolean => existsSync(path.join(bench.workspace, name));
  const open = async (file: string): Promise<void> => {
    await bench.choose(file, 'Inspect Checkpoint');
    await bench.inspector.getByRole('heading', { name: file, exact: true }).waitFor();
  };
  const convert = () => bench.inspector.getByRole('button', { name: 'Convert to ACNet…' }).click();

  it('of an unknown network: the batch norms are asked for when they are converted', async () => {
    shootOnFailure();
    await open('unknown.safetensors');
    await bench.inspector.getByText('which network they are of is unknown').waitFor();
    await convert();
    await bench.quickPick.getByText('Convert to ACNet (1/4)').waitFor();
    await bench.quickPick.getByText('batch norm bn1?').first().waitFor();
    await bench.quickPick.getByRole('button', { name: 'OK' }).click();
    await bench.quickPick.getByText('Convert to ACNet (2/4)').waitFor();
    await bench.quickPick.getByText('bn1 behind conv1').waitFor();
    await bench.shoot('convert-norms');
    await bench.quickPickRow('Assume the batch norms by their names').click();
    await bench.quickPickRow('Preserve the output').click();
    await bench.quickPickRow('unknown.acnet.safetensors').click();
    const done = bench.notification('into unknown.acnet.safetensors');
    await done.waitFor();
    expect(await done.textContent()).not.toContain('outer BN');
    // Nothing can be run through it, so nothing compared; and nobody knows what a module would have to do.
    expect(await done.getByRole('button').allTextContents()).not.toContain('Verify');
    expect(written('unknown_acnet.py')).toBe(false);
  });

  it('have a network once it is attached, and none once it is detached', async () => {
    shootOnFailure();
    await bench.inspector.getByRole('button', { name: 'Attach Architecture…' }).click();
    await bench.shoot('attach-models');
    await bench.quickPickRow('its-network.onnx').click();
    // Not by its notification: VS Code holds that back while others are showing.
    await bench.inspector.getByText('the network of its-network.onnx, which was attached').waitFor();
    await bench.shoot('attached');
    expect(await bench.axe()).toEqual([]);
    await convert();
    await bench.quickPick.getByText('Convert to ACNet (1/3)').waitFor();
    await bench.page.keyboard.press('Escape');
    await bench.inspector.getByRole('button', { name: 'Detach Architecture' }).click();
    await bench.inspector.getByText('which network they are of is unknown').waitFor();
  });

  it('of a known network say which is assumed, and are written with a module that can be opened', async () => {
    shootOnFailure();
    await open('known.safetensors');
    await bench.inspector.getByText('Assumed to be CIFAR ResNet-8, option A, because of').waitFor();
    await convert();
    await bench.quickPick.getByRole('button', { name: 'OK' }).click();
    await bench.quickPickRow('Preserve the output').click();
    await bench.quickPickRow('known.acnet.safetensors').click();
    const done = bench.notification('known_acnet.py loads it in PyTorch');
    await done.waitFor();
    await bench.shoot('converted-with-module');
    await done.getByRole('button', { name: 'Open Module' }).click();
    await bench.page.getByRole('tab', { name: 'known_acnet.py' }).waitFor();
    await bench.page.getByText('import torch').first().waitFor();
  });

  it('caused no error in the page and no violation of its policy', () => {
    expect(bench.problems).toEqual([]);
  });
});
