import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { fineTune } from '../../../src/host/commands/fine-tune';
import { resumeJob } from '../../../src/host/commands/resume-job';
import { runJob } from '../../../src/host/commands/run-job';
import { askDoubt } from '../../../src/host/training/ask-doubt';
import { temporaryFolder } from '../../support/folders';
import { trainingServices } from '../../support/training-services';
import { answers, given, Uri } from '../../support/vscode';

beforeEach(() => {
  given.length = 0;
});

const DOUBT = {
  ...{ top1: 20, low: 11.24, high: 33.04, images: 50, share: 20, class: '"cat"' },
  causes: [
    { cause: 'scale', found: '8 × 8 × 3, pixels 0–255 × 1/255' },
    { cause: 'size', found: '500 × 8 and becomes 8 × 8' },
    { cause: 'colour', found: 'in colour and becomes grey' },
    { cause: 'classOrder', found: '0 "cat", 1 "dog"' },
    { cause: 'untrained' },
  ],
} as const;

const refuse = (): never => {
  throw new Error('dialogs are refused here');
};

/** What becomes of a job whose doubt is answered so. */
async function done(answer: string | undefined): Promise<unknown[]> {
  const calls: unknown[] = [];
  answers.next = (offered) => offered.find((label) => label === answer);
  const plan = { title: 'Fine-tuning a.keras', kind: 'train', file: 'a' } as const;
  const job = { plan, setPaused: (paused: boolean) => calls.push(paused), cancel: () => calls.push('stop') };
  await askDoubt(job, { ...DOUBT, causes: [...DOUBT.causes] });
  return calls;
}

it('pauses the job while it asks, and continues or stops it', async () => {
  expect(await done('Train Anyway')).toEqual([true, false]);
  expect(await done(undefined)).toEqual([true, 'stop']);
});

it('asks with the numbers and the likely causes', async () => {
  await done('Train Anyway');
  expect(given).toContainEqual(['warning', 'Fine-tuning a.keras: train this network?']);
  expect(given.find(([where]) => where === 'warning.detail')?.[1]).toBe(
    'Before training, the network is no better than its most frequent class on 50 evaluation images: top-1 20.00 % (95 % interval 11.24 % to 33.04 %), and 20.00 % of the images are "cat". If it was trained for these classes, its inputs probably differ from those it was trained with, and training would undo what it has learned. Likely causes: scale: the images are 8 × 8 × 3, pixels 0–255 × 1/255; "scale", "mean" and "std" in "data" of the job change that; size: the first image is 500 × 8 and becomes 8 × 8; colour: the first image is in colour and becomes grey; class order: the outputs of the network must mean 0 "cat", 1 "dog", in this order; untrained: if the network, or its last layer, is new, this is expected.',
  );
});

describe('a doubt that the trainer reports', () => {
  const events = [{ event: 'doubt', arm: 'baseline', ...DOUBT, causes: [...DOUBT.causes] }] as const;
  const SITE = { name: 'a', kind: 'plain', eligible: true, selected: true };
  const inspected = {
    ...{ hasGraph: true, inputs: ['x'], outputs: ['y'], inputShapes: [[1, 8, 8, 1]] },
    sites: [SITE],
  } as object;
  const isOf = (wanted: string) => (row: unknown) =>
    row === wanted || (row as { label?: string }).label === wanted;
  /** The first of what each question offers, but for the doubt's. */
  const answerDoubt = (answer: () => unknown) => {
    answers.next = (offered) => (offered.some(isOf('Train Anyway')) ? answer() : offered[0]);
  };

  async function started(run: (services: ReturnType<typeof trainingServices>) => Promise<unknown>) {
    const all = trainingServices({ events, inspected });
    await run(all);
    await turn();
    const [{ state, signal }] = all.jobs;
    const isAsked = given.some(([, text]) => text.endsWith(': train this network?'));
    return {
      restAtDoubt: all.requests[0].restAtDoubt,
      isAsked,
      paused: state.paused,
      stopped: signal.aborted,
    };
  }
  const file = Uri.file('/m/net.acnet.json');
  const options = { data: '/images', epochs: 1, batch: 8 };
  const asked = { restAtDoubt: true, isAsked: true };

  it.each([
    ['Train Anyway', () => 'Train Anyway', { paused: undefined, stopped: false }],
    ['closed', () => undefined, { paused: true, stopped: true }],
    ['refused', refuse, { paused: true, stopped: true }],
  ])('is asked about of a user who runs a job: %s', async (_, answer, end) => {
    answerDoubt(answer);
    expect(await started(({ services }) => runJob.run(services, file, undefined))).toEqual({
      ...asked,
      ...end,
    });
    const isShown = given.some((one) => one[0] === 'error' && one[1].includes('dialogs are refused here'));
    expect(isShown).toBe(answer === refuse);
  });

  it('is asked about of a user who fine-tunes or resumes', async () => {
    answerDoubt(() => 'Train Anyway');
    const end = { ...asked, paused: undefined, stopped: false };
    expect(await started(({ services }) => resumeJob.run(services, file, undefined))).toEqual(end);
    given.length = 0;
    const folder = temporaryFolder();
    const checkpoint = path.join(folder, 'net.keras');
    const run = ({ services, memory }: ReturnType<typeof trainingServices>) => {
      memory.data.remember(checkpoint, folder);
      return fineTune.run(services, Uri.file(checkpoint), undefined);
    };
    expect(await started(run)).toEqual(end);
  });

  it('is reported only to callers by name', async () => {
    answerDoubt(refuse);
    const end = { restAtDoubt: false, isAsked: false, paused: undefined, stopped: false };
    expect(await started(({ services }) => runJob.run(services, file, { overwrite: true }))).toEqual(end);
    const checkpoint = Uri.file(path.join(temporaryFolder(), 'net.keras'));
    expect(await started(({ services }) => fineTune.run(services, checkpoint, options))).toEqual(end);
    expect(
      given.filter(([where, text]) => where === 'log.info' && /warning: Before training/.test(text)),
    ).toHaveLength(2);
  });
});
