import path from 'node:path';
import { constants, gunzipSync, type ZlibOptions } from 'node:zlib';
import { DataError } from '../../core/errors';
import { mostUnpacked } from '../../core/proportion';
import type { Dataset, Samples } from './dataset';
import { namesIn } from './entries';
import { wholeFile } from './file';
import { datasetOf, numberedClasses } from './parts';
import { labelCount } from './pixels';

/** `train-images-idx3-ubyte`, `emnist-letters-test-images.idx3-ubyte.gz` and the like. */
const IMAGE_FILE = /^(.*)(train|t10k|test)-images[-.](idx[34]-ubyte(?:\.gz)?)$/;

/** Larger files, packed or not, are refused: they are kept in memory whole. */
const MAX_BYTES = 2 * 1024 ** 3 - 1;

/** True for a folder with an IDX file of images. */
export function hasIdxFiles(folder: string): boolean {
  return namesIn(folder).some((name) => IMAGE_FILE.test(name));
}

/** Images and labels of one part. */
interface Part {
  readonly samples: Samples;
  readonly classes: number;
}

/** A folder with MNIST-like IDX files: `train-…` for training, `t10k-…` or `test-…` for evaluation. */
export function openIdxFolder(folder: string): Dataset {
  const training = openPart(folder, ['train']);
  const evaluation = openPart(folder, ['t10k', 'test']);
  const classes = Math.max(training?.classes ?? 0, evaluation?.classes ?? 0);
  const facts = { path: folder, classes: numberedClasses(classes), openEnded: true };
  return datasetOf(facts, { training: training?.samples, evaluation: evaluation?.samples });
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
      expected: 'one set',
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
    expected: `${beginning}-idx1-ubyte beside it`,
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
      expected: labelCount(count),
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

/** Packed bytes that the header is unpacked from; a name may stand before it. */
const PACKED_HEAD = 8192;

/** Reads an IDX file of unsigned bytes: two zeros, type 8, rank, big-endian sizes, values. */
function readIdx(file: string, ranks: readonly number[]): { shape: number[]; values: Uint8Array } {
  const stored = wholeFile(file, MAX_BYTES);
  const isPacked = stored[0] === 0x1f && stored[1] === 0x8b;
  const head = isPacked
    ? unpack(file, stored.subarray(0, PACKED_HEAD), { finishFlush: constants.Z_SYNC_FLUSH })
    : stored;
  const shape = shapeIn(file, head, ranks);
  const header = 4 + 4 * shape.length;
  const size = header + shape.reduce((product, length) => product * length, 1);
  const bytes = isPacked ? unpackWhole(file, stored, size, shape) : stored;
  if (bytes.length === size) return { shape, values: bytes.subarray(header) };
  throw new DataError('the IDX file does not have the size its header says', {
    path: file,
    found: `${bytes.length - header} values`,
    expected: shape.join(' × '),
  });
}

function shapeIn(file: string, head: Uint8Array, ranks: readonly number[]): number[] {
  const rank = head[3];
  if (head.length < 4 || head[0] !== 0 || head[1] !== 0 || head[2] !== 8 || !ranks.includes(rank)) {
    throw new DataError('not an IDX file of bytes', {
      path: file,
      found: `it begins ${Buffer.from(head.subarray(0, 4)).toString('hex') || 'with nothing'}`,
      expected: ranks.map((known) => `0000080${known}`).join(' or '),
    });
  }
  if (head.length < 4 + 4 * rank) throw new DataError('the IDX file is truncated', { path: file });
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  return Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
}

/** Not a byte more is unpacked than the header says. */
function unpackWhole(file: string, stored: Uint8Array, size: number, shape: readonly number[]): Uint8Array {
  const most = Math.min(MAX_BYTES, mostUnpacked(stored.length));
  if (size > most) {
    throw new DataError('the IDX file is too large when unpacked', {
      path: file,
      found: `${shape.join(' × ')} from ${stored.length} bytes`,
      expected: `at most ${most} bytes`,
    });
  }
  // In one piece, with place left over: pieces would be joined in other memory.
  return unpack(file, stored, { maxOutputLength: size, chunkSize: Math.max(size + 1, 64) });
}

function unpack(file: string, stored: Uint8Array, options: ZlibOptions): Uint8Array {
  try {
    return gunzipSync(stored, options);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const found = code === 'ERR_BUFFER_TOO_LARGE' ? 'more values than its header says' : message;
    throw new DataError('the IDX file cannot be unpacked', { path: file, found });
  }
}
