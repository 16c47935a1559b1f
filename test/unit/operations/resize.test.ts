import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../../src/engine/backend';
import { evaluateFile } from '../../../src/operations/evaluate';
import { readJob } from '../../../src/operations/job/job';
import { pruneFile } from '../../../src/operations/prune';
import { robustnessOfFile } from '../../../src/operations/robustness/robustness';
import { trainJob } from '../../../src/operations/train/train';
import { temporaryFolder, writeFiles } from '../../support/folders';
import { nativeBackend } from '../../support/native';
import { testContext, writeKeras } from '../../support/operation';
import { makePng } from '../../support/pictures';
import { brightness } from '../../support/small-networks';

let backend: Backend;
beforeAll(async () => {
  backend = await nativeBackend();
});

/** A folder with a network and images of 9 × 3. */
async function project(): Promise<{ folder: string; model: string }> {
  const folder = temporaryFolder();
  const model = await writeKeras(path.join(folder, 'bright.keras'), brightness());
  // Light images are light in their centre third only: cropped they are light, squashed they are dark.
  const image = (value: number): Buffer => {
    const row = Array.from({ length: 9 }, (_, x) => (x >= 3 && x < 6 ? value : 0));
    return makePng({ width: 9, height: 3, rows: [row, row, row] });
  };
  const files = ['train', 'val'].flatMap((part) =>
    [0, 1].flatMap((i) => [
      [`images/${part}/dark/${i}.png`, image(i)] as const,
      [`images/${part}/light/${i}.png`, image(255 - i)] as const,
    ]),
  );
  writeFiles(folder, Object.fromEntries(files));
  return { folder, model };
}

const CASES = [
  { resize: undefined, top1: 50, words: '3 × 3 × 1, pixels 0–255 × 1/255' },
  { resize: 'squash', top1: 50, words: '3 × 3 × 1, pixels 0–255 × 1/255' },
  { resize: 'antialias', top1: 50, words: '3 × 3 × 1, resize antialias, pixels 0–255 × 1/255' },
  { resize: 'crop', top1: 100, words: '3 × 3 × 1, resize crop, pixels 0–255 × 1/255' },
] as const;

describe.each(CASES)('how images are resized: $resize', ({ resize, top1, words }) => {
  it('is the same in every command on images, and said in its result', async () => {
    const { folder, model } = await project();
    const options = { data: path.join(folder, 'images'), resize };
    const score = await evaluateFile(model, options, testContext(backend));
    expect(score).toMatchObject({ images: 4, top1, preprocessing: words });
    const pruned = await pruneFile(model, { ...options, ratios: [0], seeds: 1 }, testContext(backend));
    expect(pruned).toMatchObject({ unpruned: top1, preprocessing: words });
    const robust = await robustnessOfFile(model, options, testContext(backend));
    expect(robust).toMatchObject({ preprocessing: words });
    expect(robust.rows[0].share.percent).toBe(top1);
  });
});

describe('a job that crops its images', () => {
  it('trains and evaluates on them, and says so', async () => {
    const { folder } = await project();
    const job = {
      ...{ checkpoint: 'bright.keras', data: { folder: 'images', resize: 'crop' }, baseline: false },
      ...{ epochs: 1, batch: 2, learningRate: 1e-9 },
    };
    const read = readJob(JSON.stringify(job), path.join(folder, 'a.acnet.json'));
    const context = { ...testContext(backend), onEvent: () => undefined };
    const result = await trainJob(read, { directory: path.join(folder, 'run') }, context);
    expect(result).toMatchObject({ preprocessing: CASES[3].words, baseline: { before: 100 } });
  });
});
