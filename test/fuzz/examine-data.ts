import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DataError } from '../../src/core/errors';
import { openDataset } from '../../src/engine/data';
import { wholeOf, type Dataset, type Picture, type Samples } from '../../src/engine/data/dataset';
import { decodeImage } from '../../src/engine/data/decode';
import type { FileSet } from './case';
import { refusable, type Outcome } from './refusable';

/** More images of one data set say nothing new. */
const MOST_IMAGES = 32;

/**
 * Does with data what a training does before its first step: writes them into a folder, opens them and decodes images.
 * @param opened the file in that folder, or `.`
 * @throws whatever is no `DataError`, and labels or pixels that cannot be
 */
export async function examineData({ files }: FileSet, opened: string): Promise<Outcome> {
  const folder = mkdtempSync(path.join(tmpdir(), 'acnet-fuzz-'));
  try {
    for (const [name, bytes] of files) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), bytes);
    }
    const images = [...files].filter(([name]) => /\.(png|jpg)$/.test(name));
    for (const [name, bytes] of images) {
      const picture = await refusable(DataError, () => decodeImage(bytes, name));
      if (picture) requireWhole(picture, name);
    }
    const options = { validation: 0.25 };
    const data = await refusable(DataError, () => openDataset(path.join(folder, opened), options));
    if (!data) return 'refused';
    for (const samples of [data.training, data.evaluation]) await examineSamples(samples, data);
    return 'opened';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function examineSamples(samples: Samples, { classes }: Dataset): Promise<void> {
  const { count, labels } = samples;
  if (labels.length !== count) throw new Error(`${labels.length} labels of ${count} images`);
  const wrong = labels.find((label) => !(label >= 0 && label < classes.length));
  if (wrong !== undefined) throw new Error(`a label of ${wrong} with ${classes.length} classes`);
  // Images in files of their own have been decoded already, and would be by other threads here.
  if (wholeOf(samples).inFiles) return;
  for (let i = 0; i < Math.min(count, MOST_IMAGES); i += 1) {
    const picture = await refusable(DataError, () => samples.picture(i));
    if (picture) requireWhole(picture, samples.nameOf(i));
  }
}

function requireWhole({ height, width, channels, pixels }: Picture, name: string): void {
  if (height > 0 && width > 0 && pixels.length === height * width * channels) return;
  throw new Error(`${name}: ${pixels.length} bytes are ${height} × ${width} × ${channels}`);
}
