import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DataError } from '../../core/errors';
import type { Dataset, DatasetOptions, Samples } from './dataset';
import { namesIn } from './entries';
import { wholeFile } from './file';
import { datasetOf, numberedClasses } from './parts';
import { labelCount } from './pixels';

/** `train-images-idx3-ubyte`, `emnist-letters-test-images.idx3-ubyte.gz` and the like. */
const IMAGE_FILE = /^(.*)(train|t10k|test)-images[-.](idx[34]-ubyte(?:\.gz)?)$/;

/** Larger files, packed or not, are refused: they are kept in memory whole. */
const MAX_BYTES = 2 * 1024 ** 3 - 1;

export function hasIdxFiles(folder: string): boolean {
  return namesIn(folder).some((name) => IMAGE_FILE.test(name));
}

/** Images and labels of one part. */
interface Part {
  readonly samples: Samples;
  readonly classes: number;
}

/** A folder with MNIST-like IDX files: `train-…` for training, `t10k-…` or `test-…` for evaluation. */
export function openIdxFolder(folder: string, options: DatasetOptions): Dataset {
  const training = openPart(folder, ['train']);
  const evaluation = openPart(folder, ['t10k', 'test']);
  const classes = Math.max(training?.classes ?? 0, evaluation?.classes ?? 0);
  const facts = { path: folder, classes: numberedClasses(classes), openEnded: true };
  return datasetOf(facts, { training: training?.samples, evaluation: evaluation?.samples }, options);
}

function openPart(folder: string, prefixes: readonly string[]): Part | undefined {
  const matches = namesIn(folder)
    .sort()
    .map((name) => IMAGE_FILE.exec(name))
    .filter((match) => match !== null && prefixes.includes(match[2]));
  const [match] = matches;
  if (!match) return undefined;
  if (matches.length > 1 && matches.some((other) => other?.[1] !== match[1])) {
    throw new DataError('the folder holds several sets of IDX files', {
      path: folder,
      found: matches.map((other) => other?.[0]).join(', '),
      allowed: 'one set',
    });
  }
  const images = path.join(folder, match[0]);
  return partOf(images, labelFile(folder, match));
}

function labelFile(folder: string, [name, prefix, part]: RegExpExecArray): string {
  const beginning = `${prefix}${part}-labels`;
  const found = namesIn(folder).find(
    (other) => other.startsWith(beginning) && /^[-.]idx1-ubyte(\.gz)?$/.test(other.slice(beginning.length)),
  );
  if (found !== undefined) return path.join(folder, found);
  throw new DataError('the labels of an image file are missing', {
    path: path.join(folder, name),
    allowed: `${beginning}-idx1-ubyte beside it`,
  });
}

function partOf(imageFile: string, labelsFile: string): Part {
  const images = readIdx(imageFile, [3, 4]);
  const labels = readIdx(labelsFile, [1]);
  const [count, height, width, channels = 1] = images.shape;
  if (count !== labels.shape[0]) {
    throw new DataError('images and labels are not equally many', {
      path: labelsFile,
      found: labelCount(labels.shape[0]),
      allowed: `${count}`,
    });
  }
  if (channels !== 1 && channels !== 3) {
    throw new DataError('images must be grey or RGB', { path: imageFile, found: `${channels} channels` });
  }
  if (count === 0 || height * width === 0) throw new DataError('there are no images', { path: imageFile });
  const bytes = height * width * channels;
  const held = { bytes: images.values.length, height, width, channels, inPlace: true };
  const samples: Samples = {
    count,
    labels: Int32Array.from(labels.values),
    held,
    nameOf: (index) => `${imageFile}, image ${index}`,
    picture: (index) =>
      Promise.resolve({
        height,
        width,
        channels,
        pixels: images.values.subarray(index * bytes, (index + 1) * bytes),
      }),
  };
  return { samples, classes: labels.values.reduce((most, label) => Math.max(most, label), 0) + 1 };
}

/** Reads an IDX file of unsigned bytes: two zeros, type 8, rank, big-endian sizes, values. */
function readIdx(file: string, ranks: readonly number[]): { shape: number[]; values: Uint8Array } {
  const bytes = bytesOf(file);
  const rank = bytes[3];
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0 || bytes[2] !== 8 || !ranks.includes(rank)) {
    throw new DataError('not an IDX file of bytes', {
      path: file,
      found: `it begins ${Buffer.from(bytes.subarray(0, 4)).toString('hex') || 'with nothing'}`,
      allowed: ranks.map((allowed) => `0000080${allowed}`).join(' or '),
    });
  }
  const header = 4 + 4 * rank;
  if (bytes.length < header) throw new DataError('the IDX file is truncated', { path: file });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const expected = shape.reduce((product, size) => product * size, 1);
  if (bytes.length - header !== expected) {
    throw new DataError('the IDX file does not have the size its header says', {
      path: file,
      found: `${bytes.length - header} values`,
      allowed: shape.join(' × '),
    });
  }
  return { shape, values: bytes.subarray(header) };
}

function bytesOf(file: string): Uint8Array {
  const stored = wholeFile(file, MAX_BYTES);
  if (stored[0] !== 0x1f || stored[1] !== 0x8b) return stored;
  try {
    return gunzipSync(stored, { maxOutputLength: MAX_BYTES });
  } catch (error) {
    throw new DataError('the IDX file cannot be unpacked', { path: file, found: (error as Error).message });
  }
}
