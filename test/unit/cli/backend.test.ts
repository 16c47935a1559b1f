import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { EvaluateResult, TrainResult } from '../../../src/contract/results';
import { temporaryFolder, writeImages, writeModel } from './fixtures';
import { acnet } from './run';

const EVALUATE = ['evaluate', 'media/sample/mnist.keras', '--data', 'media/sample/images'];

/** Nothing is found where the set-up would have put TensorFlow. */
function withoutTensorflow(): void {
  const empty = mkdtempSync(path.join(tmpdir(), 'acnet-empty-'));
  vi.stubEnv('ACNET_CACHE', empty);
  vi.stubEnv('ACNET_NATIVE', '');
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(empty, { recursive: true, force: true });
  });
}

function stub(name: string, value: string): void {
  vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
}

describe('without TensorFlow', () => {
  it('evaluate works on the portable backend and says so once, with the way to the fast one', async () => {
    withoutTensorflow();
    const run = await acnet(...EVALUATE, '--batch', '32', '--json');
    const { err } = run;
    expect(run.code).toBe(0);
    expect(err.match(/portable backend \(WebAssembly\) is used/g)).toHaveLength(1);
    expect(err).toContain('`npm run setup` installs it');
    expect(err).toMatch(/^acnet: portable backend: Evaluating: [\d.]+ a second, about \d+ s for \d+$/m);
    const slow = run.json() as EvaluateResult;
    expect(slow.backend).toMatch(/^portable \(TensorFlow\.js/);
    vi.unstubAllEnvs();
    const fast = (await acnet(...EVALUATE, '--json')).json() as EvaluateResult;
    expect(fast.backend).toMatch(/^TensorFlow/);
    expect([slow.images, slow.top1, slow.top5]).toEqual([fast.images, fast.top1, fast.top5]);
    expect(slow.loss).toBeCloseTo(fast.loss ?? NaN, 5);
  });

  it('acnet backend names the portable one and where TensorFlow was looked for', async () => {
    withoutTensorflow();
    const run = await acnet('backend', '--json');
    expect(run.code).toBe(0);
    expect(run.json()).toMatchObject({
      backend: 'portable',
      description: expect.stringContaining('WebAssembly') as string,
      threads: { intraOp: 1, interOp: 1 },
      tried: [expect.stringContaining('cache folder') as string, expect.any(String) as string],
    });
    const { out } = await acnet('backend');
    expect(out).toContain('portable (TensorFlow.js');
    expect(out).toContain('`npm run setup` installs it');
  });

  it('a TensorFlow asked for by place is not quietly replaced', async () => {
    withoutTensorflow();
    stub('ACNET_NATIVE', '/nowhere');
    const run = await acnet('backend', '--json');
    expect([run.code, run.json()]).toMatchObject([1, { backend: null }]);
  });
});

it('a job runs on the portable backend, tells its time before it starts, and ends as on TensorFlow', async () => {
  const folder = temporaryFolder();
  await writeModel(path.join(folder, 'model.keras'));
  await writeImages(path.join(folder, 'images'));
  const job = {
    checkpoint: 'model.keras',
    data: { folder: 'images' },
    epochs: 3,
    batch: 8,
    learningRate: 0.05,
  };
  writeFileSync(path.join(folder, 'job.acnet.json'), JSON.stringify(job));
  const train = async (backend: string) => {
    const output = path.join(folder, backend);
    const job = path.join(folder, 'job.acnet.json');
    const run = await acnet('train', job, '-o', output, '--backend', backend, '--json');
    expect(run.code).toBe(0);
    return { out: run.out, result: run.json() as TrainResult };
  };
  const [slow, fast] = [await train('portable'), await train('tensorflow')];
  expect(slow.out).toMatch(
    /time: about \d+ s on this backend \(baseline [\d.]+ images a second, acnet [\d.]+ images a second; images are decoded at \d+ a second\)/,
  );
  expect(fast.out).not.toContain('time: about');
  expect(slow.result.backend).toContain('portable');
  expect(slow.result.fused.passed).toBe(true);
  for (const arm of ['baseline', 'acnet'] as const) {
    expect(slow.result[arm].before).toBe(fast.result[arm].before);
    // Of 24 images one may fall on the other side: TensorFlow's own runs differ in the last bits.
    expect(Math.abs(slow.result[arm].top1 - fast.result[arm].top1)).toBeLessThan(5);
  }
});

describe('the choice', () => {
  it('is the flag, then ACNET_BACKEND; a choice needs no explanation', async () => {
    const few = [...EVALUATE, '--limit', '40', '--json'];
    const flag = await acnet(...few, '--backend', 'portable');
    expect(flag.json()).toMatchObject({ backend: expect.stringContaining('portable') as string });
    expect(flag.err).not.toContain('was not found');
    stub('ACNET_BACKEND', 'portable');
    expect((await acnet(...few)).json()).toMatchObject({
      backend: expect.stringContaining('portable') as string,
    });
    const overruled = await acnet(...few, '--backend', 'tensorflow');
    expect(overruled.json()).toMatchObject({ backend: expect.stringMatching(/^TensorFlow/) as string });
  });

  it('refuses a name that is none', async () => {
    const { code, errors } = await acnet(...EVALUATE, '--backend', 'webgl');
    expect(code).toBe(2);
    expect(errors[0]).toContain('tensorflow, portable');
  });
});
