import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { CancelledError } from '../../../src/core/errors';
import { readJob } from '../../../src/operations/job/job';
import type { Progress } from '../../../src/contract/results';
import { profileResult } from '../../../src/contract/results/training';
import { profileJob } from '../../../src/operations/train/profile';
import { nativeBackend } from '../../support/native';
import { testContext } from '../../support/operation';
import { temporaryFolder, writeImages, writeModel } from './fixtures';
import { acnet } from './run';

const folder = temporaryFolder();
const at = (name: string): string => path.join(folder, name);
const job = at('job.acnet.json');

beforeAll(async () => {
  await writeModel(at('model.keras'));
  await writeImages(at('images'));
  const settings = { checkpoint: 'model.keras', data: { folder: 'images' }, epochs: 1, batch: 8 };
  writeFileSync(job, JSON.stringify(settings));
});

it('tells where the time of a step goes, and trains nothing', async () => {
  const run = await acnet('train', job, '--profile', '--backend', 'tensorflow', '--json');
  expect(run.code).toBe(0);
  const { batch, arms } = profileResult.parse(run.json());
  expect(batch).toBe(8);
  expect(arms.map(({ arm }) => arm)).toEqual(['baseline', 'acnet']);
  const convolutions = arms.map(
    ({ operators }) => operators.find(({ operator }) => operator === 'conv2d')?.count,
  );
  expect(convolutions).toEqual([2, 6]);
  expect(existsSync(at('job.acnet'))).toBe(false);
});

it('as a table for people', async () => {
  const run = await acnet('train', job, '--profile', '--backend', 'tensorflow');
  expect(run.code).toBe(0);
  expect(run.out).toMatch(/^acnet: \d+\.\d ms per step, batch 8 on TensorFlow/m);
  expect(run.out).toMatch(/^conv2dBackpropFilter +6 +\d+\.\d +\d+\.\d %$/m);
});

it('is refused where the backend has no profile', async () => {
  const run = await acnet('train', job, '--profile', '--backend', 'portable');
  expect(run.code).toBe(1);
  expect(run.err).toContain('steps can be profiled on TensorFlow only');
  expect(run.err).toContain('--backend tensorflow');
});

it('stops between two operators', async () => {
  const stop = new AbortController();
  const context = testContext(await nativeBackend(), stop.signal);
  const onProgress = (told: Progress): void => {
    context.onProgress(told);
    if (told.done > 0) stop.abort();
  };
  const read = readJob(readFileSync(job, 'utf8'), job);
  await expect(profileJob(read, { ...context, onProgress })).rejects.toThrow(CancelledError);
  expect(context.progress.at(-1)?.done).toBeLessThan(context.progress[0].total);
});

it('does not go together with what trains', async () => {
  const run = await acnet('train', job, '--profile', '--resume');
  expect(run.code).toBe(2);
  expect(run.err).toContain('--resume');
});
