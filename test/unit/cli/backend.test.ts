import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { EvaluateResult } from '../../../src/operations/results';
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
    const { code, err, json } = await acnet(...EVALUATE, '--batch', '32', '--json');
    expect(code).toBe(0);
    expect(err.match(/portable backend \(WebAssembly\) is used/g)).toHaveLength(1);
    expect(err).toContain('`npm run setup` installs TensorFlow');
    expect(err).toMatch(/^acnet: portable backend: Evaluating: [\d.]+ a second, about \d+ s for \d+$/m);
    const slow = json() as EvaluateResult;
    expect(slow.backend).toMatch(/^portable \(TensorFlow\.js/);
    vi.unstubAllEnvs();
    const fast = (await acnet(...EVALUATE, '--json')).json() as EvaluateResult;
    expect(fast.backend).toMatch(/^TensorFlow/);
    expect([slow.images, slow.top1, slow.top5]).toEqual([fast.images, fast.top1, fast.top5]);
    expect(slow.loss).toBeCloseTo(fast.loss, 5);
  });

  it('acnet backend names the portable one and where TensorFlow was looked for', async () => {
    withoutTensorflow();
    const { code, json } = await acnet('backend', '--json');
    expect(code).toBe(0);
    expect(json()).toMatchObject({
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
    const { code, json } = await acnet('backend', '--json');
    expect([code, json()]).toMatchObject([1, { backend: null }]);
  });
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
