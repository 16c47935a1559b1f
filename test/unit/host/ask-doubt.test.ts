import { beforeEach, expect, it } from 'vitest';
import { askDoubt } from '../../../src/host/training/ask-doubt';
import { answers, given } from '../../support/vscode';

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

/** What becomes of a job whose doubt is answered so. */
async function done(answer: string | undefined): Promise<unknown[]> {
  const calls: unknown[] = [];
  answers.next = (offered) => offered.find((label) => label === answer);
  const plan = { title: 'Fine-tuning a.keras', kind: 'train', file: 'a' } as const;
  const job = { plan, setPaused: (paused: boolean) => calls.push(paused), cancel: () => calls.push('stop') };
  await askDoubt(job, { ...DOUBT, causes: [...DOUBT.causes] });
  return calls;
}

it('pauses the job while it asks, and lets it go on or stops it', async () => {
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
