import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDataset } from '../../src/engine/data';
import { evaluationBatches } from '../../src/engine/data/batches';
import { convertFile } from '../../src/operations/convert/convert';
import { evaluateFile } from '../../src/operations/evaluate';
import { fuseFile } from '../../src/operations/fuse';
import { inspectFile } from '../../src/operations/inspect';
import { kernelsOfFile } from '../../src/operations/kernels';
import { labelledImages } from '../../src/operations/kit/labelled';
import { nativeBackend } from '../support/native';
import { testContext } from '../support/operation';
import { runTorch } from '../support/peers';
import { quiet } from '../support/quiet';

/** Published weights and CIFAR-10's test images lie beside the repository, where there are any. */
const data = join(import.meta.dirname, '../../../shared/data');
const source = join(process.env.ACNET_SHARED_DATA ?? data, 'resnet56-4bfd9763.th');
const images = join(process.env.ACNET_SHARED_DATA ?? data, 'cifar10-jpeg.tar.xz');
const missing = [source, images].filter((path) => !existsSync(path));
const why = missing.length > 0 ? ` (skipped: ../shared/data is not there)` : '';
const PREPROCESSING = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

const folder = mkdtempSync(join(tmpdir(), 'acnet-resnet56-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(missing.length > 0)(`the published ResNet-56${why}`, () => {
  const acnet = join(folder, 'net.acnet.pth');
  const fused = join(folder, 'net.fused.pth');
  const cifar = join(folder, 'cifar');

  beforeAll(async () => {
    mkdirSync(cifar);
    // A hundred of each class: writing all 60,000 files takes minutes on a busy disk.
    execFileSync('tar', ['xJf', images, '-C', cifar, '--wildcards', 'test/*/00??.jpg']);
    const options = { variant: 'skeleton', branches: 'zero' } as const;
    const { converted } = await convertFile(source, acnet, options, quiet);
    expect(converted).toHaveLength(55);
    await fuseFile(acnet, fused, { fold: false }, quiet);
  });

  it('is taken for what it is, with its 55 sites and their magnitudes', async () => {
    const { facts, sites, macs, framework, parameters, statistics } = await inspectFile(source);
    // As PyTorch counts model.parameters().
    expect([parameters, statistics]).toEqual([853_018, 4_064]);
    expect(framework).toBe('PyTorch');
    expect(facts.find(({ label }) => label === 'Network')?.value).toContain('CIFAR ResNet-56, option A');
    expect(sites.filter(({ kernel }) => kernel.join() === '3,3')).toHaveLength(55);
    expect(sites.every(({ eligible, batchNorm }) => eligible && batchNorm === 'absorbed')).toBe(true);
    // 125.49 M by the usual count of convolutions and the last layer.
    expect((macs ?? 0) / 1e6).toBeCloseTo(125.49, 1);
    const raw = (await kernelsOfFile(source)).sizes['3x3'].raw;
    const expected = [
      [0.8605, 0.8834, 0.8806],
      [0.8841, 0.9545, 0.9218],
      [0.8798, 0.9297, 0.9156],
    ];
    raw.forEach((row, i) =>
      row.forEach((value, j) => expect(Math.abs(value - expected[i][j])).toBeLessThan(1e-4)),
    );
  });

  it('classifies as in PyTorch, and fused into the plain class still does', async () => {
    const context = testContext(await nativeBackend());
    const data = join(cifar, 'test');
    const { top1 } = await evaluateFile(source, { data, ...PREPROCESSING }, context);
    const preprocessing = { height: 32, width: 32, channels: 3, scale: 1 / 255, ...PREPROCESSING };
    const { images: chosen } = labelledImages(openDataset(data).evaluation, preprocessing);
    const inputs: Buffer[] = [];
    const labels: number[] = [];
    for await (const batch of evaluationBatches(chosen, preprocessing, 50)) {
      inputs.push(Buffer.from(new Uint8Array(batch.input.buffer, 0, batch.input.byteLength)));
      labels.push(...batch.labels);
    }
    const [pixels, classes] = ['images.f32', 'labels.u8'].map((name) => join(folder, name));
    writeFileSync(pixels, Buffer.concat(inputs));
    writeFileSync(classes, Uint8Array.from(labels));
    const script = join(import.meta.dirname, 'pytorch', 'resnet56.py');
    const answer = runTorch(script, [source, fused, pixels, classes]);
    const { right, difference } = JSON.parse(answer) as { right: number[]; difference: number };
    // JPEG costs it ten points; a wrong shortcut or preprocessing would cost far more.
    expect(labels.length).toBeGreaterThanOrEqual(100);
    expect(right[0]).toBeGreaterThan(labels.length * 0.7);
    expect((top1 / 100) * labels.length).toBeCloseTo(right[0], 6);
    expect(right[1]).toBe(right[0]);
    expect(difference).toBeLessThanOrEqual(1e-5);
  });
});
