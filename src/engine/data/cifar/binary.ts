import { createHash } from 'node:crypto';
import { DataError } from '../../../core/errors';
import type { Samples } from '../dataset';
import { dataFile } from '../file';
import { pixelSamples } from '../pixels';
import { CHANNELS, PIXELS, SIDE } from './sizes';

/** Rows that are read at once to find their labels. */
const ROWS = 1000;

/**
 * A batch in the binary form: rows of one or two labels and three planes of 32 × 32. Images are read one by one.
 * @throws DataError when it is not a whole number of rows
 */
export function openBinaryBatch(path: string, labelBytes: number): Samples {
  const file = dataFile(path);
  const row = labelBytes + PIXELS;
  const count = file.size / row;
  if (!Number.isInteger(count)) {
    throw new DataError('the file is not a whole number of CIFAR images', {
      ...{ path, found: `${file.size} bytes` },
      expected: `a multiple of ${row}`,
    });
  }
  const labels = new Int32Array(count);
  const hash = createHash('sha256');
  for (let start = 0; start < count; start += ROWS) {
    const rows = Math.min(ROWS, count - start);
    const bytes = file.read(start * row, rows * row);
    hash.update(bytes);
    for (let i = 0; i < rows; i++) labels[start + i] = bytes[i * row + labelBytes - 1];
  }
  const block = {
    path,
    nameOf: (index: number) => `${path}, image ${index}`,
    ...{ count, height: SIDE, width: SIDE, channels: CHANNELS, planar: true, held: 0 },
    read: (index: number) => file.read(index * row + labelBytes, PIXELS),
    fingerprint: hash.digest('hex'),
  };
  return pixelSamples(block, labels, 'images');
}
