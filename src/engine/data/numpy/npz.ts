import type { ByteSource } from '../../../core/bytes';
import { DataError } from '../../../core/errors';
import { readDirectory, type ZipEntry } from '../../../core/encodings/zip/directory';
import { openEntry, readEntry } from '../../../core/encodings/zip/entry';
import { memorySource } from '../../../core/encodings/region';
import type { Dataset, Samples } from '../dataset';
import { asDataError, dataFile, shown } from '../file';
import { describeOther } from '../image-header';
import { datasetOf, numberedClasses, partNamed, unusedTest, type PartName } from '../parts';
import { pixelSamples } from '../pixels';
import { readNpyHeader } from './header';
import { arrayLabels, type ArrayLabels } from './labels';

/** Larger labels are refused: they are taken into memory whole. */
const MAX_LABEL_BYTES = 512 * 1024 * 1024;

const IMAGE_WORDS = ['x', 'images', 'image', 'data'];
const LABEL_WORDS = ['y', 'labels', 'label', 'targets', 'target'];
const EXPECTED =
  'x_train and y_train, train_images and train_labels, or images and labels, or the same with val and test';

/** The arrays of one part. */
interface Pair {
  images?: ZipEntry;
  labels?: ZipEntry;
}

/** `all` is what has no part in its name. */
type Pairs = Map<PartName | 'all', Pair>;

/** True for the name of an archive of NumPy arrays. */
export function isNpzName(name: string): boolean {
  return /\.npz$/i.test(name);
}

/**
 * An archive of NumPy arrays, as Keras's `mnist.npz` and MedMNIST's are: images of bytes (N, H, W), (N, H, W, C) or
 * (N, C, H, W), and labels. Stored arrays are read image by image, deflated ones unpacked in memory.
 * @throws DataError for arrays of other types or shapes, object arrays among them.
 */
export function openNpz(path: string): Dataset {
  return asDataError(() => {
    const source = dataFile(path);
    const pairs = pairsOf(source);
    const open = (part: PartName | 'all'): Part | undefined => {
      const pair = pairs.get(part);
      return pair?.images && openPart(source, pair.images, pair.labels);
    };
    const [training, validation, test] = [open('training'), open('validation'), open('test')];
    const named = training ?? validation ?? test;
    const parts = { training: named ? training : open('all'), evaluation: validation ?? test };
    const classes = Math.max(parts.training?.classes ?? 0, parts.evaluation?.classes ?? 0);
    const facts = {
      path,
      classes: numberedClasses(classes),
      openEnded: true,
      notes: validation && test ? [unusedTest(test.samples.count)] : [],
    };
    const samples = { training: parts.training?.samples, evaluation: parts.evaluation?.samples };
    return datasetOf(facts, samples);
  });
}

interface Part extends Pick<ArrayLabels, 'classes'> {
  readonly samples: Samples;
}

function pairsOf(source: ByteSource): Pairs {
  const { path } = source;
  const head = source.read(0, Math.min(source.size, 64));
  if (head[0] !== 0x50 || head[1] !== 0x4b) {
    throw new DataError('not a NumPy archive', {
      path,
      found: describeOther(head),
      expected: 'a zip of arrays',
    });
  }
  const entries = readDirectory(source);
  const pairs: Pairs = new Map();
  for (const [file, entry] of entries) {
    const name = nameOf(file);
    const role = roleOf(name);
    if (!role) continue;
    const pair = pairs.get(role.part) ?? {};
    if (pair[role.kind]) {
      throw new DataError(`two arrays could be the ${role.kind}`, {
        path,
        found: shown(`${nameOf(pair[role.kind]?.name ?? '')} and ${name}`),
      });
    }
    pairs.set(role.part, { ...pair, [role.kind]: entry });
  }
  if (![...pairs.values()].some(({ images }) => images)) {
    const names = [...entries.keys()].map(nameOf);
    const found = shown(names.join(', ')) || 'nothing';
    throw new DataError('the archive has no array of images', { path, found, expected: EXPECTED });
  }
  return pairs;
}

function nameOf(file: string): string {
  return file.replace(/\.npy$/, '');
}

/** `x_train`, `train_images`, `labels` and the like, in any case. */
function roleOf(
  name: string,
): { readonly part: PartName | 'all'; readonly kind: 'images' | 'labels' } | undefined {
  const words = name.toLowerCase().split('_');
  const kinds = words.map((word) =>
    IMAGE_WORDS.includes(word) ? 'images' : LABEL_WORDS.includes(word) ? 'labels' : undefined,
  );
  const at = kinds.findIndex((kind) => kind !== undefined);
  const kind = kinds[at];
  if (kind === undefined || words.length > 2) return undefined;
  if (words.length === 1) return { part: 'all', kind };
  const part = partNamed(words[1 - at]);
  return part && { part, kind };
}

function openPart(source: ByteSource, images: ZipEntry, labels: ZipEntry | undefined): Part {
  const { path } = source;
  const name = nameOf(images.name);
  if (!labels)
    throw new DataError('the labels of an array of images are missing', {
      path,
      where: name,
      expected: EXPECTED,
    });
  const place = { path, where: nameOf(labels.name) };
  const bytes = readEntry(source, labels, MAX_LABEL_BYTES);
  const header = readNpyHeader(memorySource(path, bytes), place.where);
  const { labels: indices, classes } = arrayLabels(bytes, header, place);
  return { samples: imagesOf(source, images, name, indices), classes };
}

function imagesOf(source: ByteSource, entry: ZipEntry, name: string, labels: Int32Array): Samples {
  const { path } = source;
  const array = openEntry(source, entry);
  const { kind, width: bytes, shape, start } = readNpyHeader(array, name);
  if (kind !== 'u' || bytes !== 1) {
    throw new DataError('images must be bytes, 0 to 255', {
      ...{ path, where: name, found: `${kind}${bytes}` },
      expected: "uint8, for fractions from 0 to 1 by (x * 255).round().astype('uint8')",
    });
  }
  const layout = layoutOf(shape);
  if (!layout) {
    const found = `(${shape.join(', ')})`;
    const expected = '(N, H, W), (N, H, W, C) or (N, C, H, W) with 1 or 3 channels';
    throw new DataError('the array has not the shape of images', { path, where: name, found, expected });
  }
  const { height, width, channels } = layout;
  const size = height * width * channels;
  const block = {
    path,
    nameOf: (index: number) => `${path}, ${name}[${index}]`,
    count: shape[0],
    ...layout,
    read: (index: number) => asDataError(() => array.read(start + index * size, size)),
    held: entry.method === 'deflated' ? entry.size : 0,
    fingerprint: `${entry.crc} ${entry.size}`,
  };
  return pixelSamples(block, labels, name);
}

interface Layout {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly planar: boolean;
}

/** Channels are last where there both may be channels: no image is so narrow. */
function layoutOf(shape: readonly number[]): Layout | undefined {
  const [, a, b, c] = shape;
  const isChannels = (size: number): boolean => size === 1 || size === 3;
  if (shape.length === 3) return { height: a, width: b, channels: 1, planar: false };
  if (shape.length !== 4) return undefined;
  if (isChannels(c)) return { height: a, width: b, channels: c, planar: false };
  return isChannels(a) ? { height: b, width: c, channels: a, planar: true } : undefined;
}
