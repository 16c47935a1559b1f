import { describe, expect, it } from 'vitest';
import { batchFor } from '../../../src/host/training/batch';
import { countImages } from '../../../src/operations/job/count-images';
import { temporaryFolder, writeFiles } from '../../support/folders';
import { greyPng } from '../../support/pictures';

describe('the batch that a new job takes', () => {
  it.each([
    [1, 1],
    [5, 4],
    [8, 8],
    [36, 8],
    [127, 8],
    [128, 16],
    [900, 64],
    [1023, 64],
    [1024, 128],
    [50_000, 128],
  ])('of %i images is %i', (images, batch) => {
    expect(batchFor(images)).toBe(batch);
  });

  it('is of the images that a job would train on', async () => {
    const images = Array.from({ length: 40 }, (_, i) => [`${i % 2}/${i}.png`, greyPng(i)] as const);
    const folder = writeFiles(temporaryFolder(), Object.fromEntries(images));
    expect(await countImages(folder)).toEqual({ training: 36, evaluation: 4 });
    await expect(countImages(`${folder}/gone`)).rejects.toThrow(/does not exist/);
  });
});
