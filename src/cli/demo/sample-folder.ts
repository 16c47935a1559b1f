import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Dataset } from '../../engine/data/dataset';
import { balancedIndices, packIdx } from './sample';

/** Images of each of the ten digits. */
const PER_CLASS = 100;

/** Refreshes the sample that is shipped: the trained network and some test images as packed IDX files. */
export async function writeSample(folder: string, model: string, dataset: Dataset): Promise<void> {
  const images = path.join(folder, 'images');
  await mkdir(images, { recursive: true });
  await copyFile(model, path.join(folder, 'mnist.keras'));
  const { evaluation, classes } = dataset;
  const packed = await packIdx(evaluation, balancedIndices(evaluation.labels, classes.length, PER_CLASS));
  await writeFile(path.join(images, 't10k-images-idx3-ubyte.gz'), packed.images);
  await writeFile(path.join(images, 't10k-labels-idx1-ubyte.gz'), packed.labels);
}
