import { createHash } from 'node:crypto';
import { DataError } from '../../../core/errors';
import { readPickle } from '../../../core/encodings/pickle/read';
import { PyDict, PyList, type PyValue } from '../../../core/encodings/pickle/values';
import type { Samples } from '../dataset';
import { asDataError, dataFile } from '../file';
import { arrayLabels } from '../numpy/labels';
import { pickledArray, pickledBytes } from '../numpy/pickled-array';
import { channelsLast, pixelSamples } from '../pixels';
import { CHANNELS, PIXELS, SIDE } from './sizes';

/** Larger batches are refused: they are taken into memory whole. CIFAR-100's training images are 155 MB. */
const MAX_BYTES = 512 * 1024 * 1024;

/**
 * A batch in Python's form: a pickled dict with `data`, an array of bytes (N, 3072), and labels. The images stay in memory,
 * channels last.
 * @throws DataError for whatever else the pickle holds in their place; nothing of it is executed.
 */
export function openPickledBatch(path: string, labelKey: string): Samples {
  const entries = dictIn(path);
  const where = 'data';
  const { header, bytes } = pickledArray(entries.get(where), { path, where });
  const [count, length] = header.shape;
  if (header.kind !== 'u' || header.width !== 1 || header.shape.length !== 2 || length !== PIXELS) {
    throw new DataError('these are not CIFAR images', {
      ...{ path, where, found: `${header.kind}${header.width} of shape (${header.shape.join(', ')})` },
      expected: `bytes of shape (N, ${PIXELS})`,
    });
  }
  const labels = labelsOf(entries.get(labelKey), path, labelKey);
  const fingerprint = createHash('sha256').update(bytes).digest('hex');
  const pixels = new Uint8Array(bytes.length);
  for (let at = 0; at < bytes.length; at += PIXELS) {
    pixels.set(channelsLast(bytes.subarray(at, at + PIXELS), CHANNELS), at);
  }
  const block = {
    path,
    nameOf: (index: number) => `${path}, image ${index}`,
    ...{ count, height: SIDE, width: SIDE, channels: CHANNELS, planar: false, held: pixels.length },
    read: (index: number) => pixels.subarray(index * PIXELS, (index + 1) * PIXELS),
    fingerprint,
  };
  return pixelSamples(block, labels, where);
}

/** The names of classes in a pickled dict. */
export function pickledNames(path: string, key: string): string[] {
  const list = dictIn(path).get(key);
  const names = list instanceof PyList ? list.items.map(textOf) : [];
  if (names.length > 0 && names.every((name) => name !== undefined)) return names;
  throw new DataError('the names of classes are missing', { path, where: key, expected: 'a list of texts' });
}

function dictIn(path: string): Map<string, PyValue> {
  const value = asDataError(() => readPickle(dataFile(path), 0, 'the pickle', MAX_BYTES).value);
  if (!(value instanceof PyDict)) {
    throw new DataError('this is not a CIFAR file', { path, expected: 'a pickled dict' });
  }
  return new Map(
    value.entries.flatMap(([key, item]) => {
      const name = textOf(key);
      return name === undefined ? [] : [[name, item]];
    }),
  );
}

/** Python 2 had one type for text and bytes. */
function textOf(value: PyValue): string | undefined {
  const bytes = pickledBytes(value);
  return bytes && new TextDecoder().decode(bytes);
}

function labelsOf(value: PyValue | undefined, path: string, where: string): Int32Array {
  if (!(value instanceof PyList)) {
    const { header, bytes } = pickledArray(value, { path, where });
    return arrayLabels(bytes, header, { path, where }).labels;
  }
  return Int32Array.from(value.items, (label, i) => {
    if (typeof label === 'bigint' && label >= 0n && label < 256n) return Number(label);
    const found = typeof label === 'bigint' ? String(label) : 'no whole number';
    throw new DataError('a label is not a class', {
      path,
      where: `${where}[${i}]`,
      found,
      expected: '0 to 255',
    });
  });
}
