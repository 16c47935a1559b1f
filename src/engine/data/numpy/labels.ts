import { DataError } from '../../../core/errors';
import { MAX_CLASSES } from '../parts';
import type { NpyHeader } from './header';

/** Labels of one part. */
export interface ArrayLabels {
  readonly labels: Int32Array;
  /** One more than the largest, or as many as a one-hot row is long. */
  readonly classes: number;
}

/** What an error says of where it is. */
interface Place {
  readonly path: string;
  readonly where: string;
}

const EXPECTED = 'whole numbers from 0, (N,) or (N, 1), or one-hot rows (N, classes)';

/**
 * Class indices out of an array of labels: numbers, or rows that are 1 at the class and 0 elsewhere.
 * @param bytes the whole file
 * @throws DataError for other types and shapes, rows of several classes and numbers that are not classes.
 */
export function arrayLabels(bytes: Uint8Array, header: NpyHeader, place: Place): ArrayLabels {
  const { shape, kind, width } = header;
  const read = READERS[`${kind}${width}`];
  const [count, length = 1] = shape;
  if (!read || shape.length < 1 || shape.length > 2 || length === 0 || length > MAX_CLASSES) {
    const found = `${kind}${width} of shape (${shape.join(', ')})`;
    throw new DataError('labels are not class numbers', { ...place, found, expected: EXPECTED });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + header.start);
  const value = (i: number): number => read(view, i * width, header.littleEndian);
  const labels = new Int32Array(count);
  for (let i = 0; i < count; i++)
    labels[i] = length === 1 ? indexOf(value(i), i, place) : hotOf(value, i, length, place);
  const largest = labels.reduce((most, label) => Math.max(most, label), 0) + 1;
  return { labels, classes: length === 1 ? largest : length };
}

function indexOf(value: number, image: number, { path, where }: Place): number {
  if (Number.isInteger(value) && value >= 0 && value < MAX_CLASSES) return value;
  throw new DataError('a label is not a class', {
    ...{ path, where: `${where}[${image}]`, found: `${value}` },
    expected: `whole numbers from 0 to ${MAX_CLASSES - 1}`,
  });
}

function hotOf(value: (i: number) => number, image: number, length: number, { path, where }: Place): number {
  let hot: number | undefined;
  for (let i = 0; i < length; i++) {
    const found = value(image * length + i);
    if (found === 0) continue;
    if (found !== 1 || hot !== undefined) {
      throw new DataError('a row of labels is not one-hot', {
        ...{ path, where: `${where}[${image}]`, found: found === 1 ? 'several classes' : `${found}` },
        expected: 'a 1 at one class, 0 elsewhere',
      });
    }
    hot = i;
  }
  if (hot === undefined)
    throw new DataError('a row of labels names no class', { path, where: `${where}[${image}]` });
  return hot;
}

type Reader = (view: DataView, at: number, little: boolean) => number;

/** By kind and bytes. */
const READERS: Readonly<Record<string, Reader | undefined>> = {
  b1: (view, at) => view.getUint8(at),
  u1: (view, at) => view.getUint8(at),
  u2: (view, at, little) => view.getUint16(at, little),
  u4: (view, at, little) => view.getUint32(at, little),
  u8: (view, at, little) => Number(view.getBigUint64(at, little)),
  i1: (view, at) => view.getInt8(at),
  i2: (view, at, little) => view.getInt16(at, little),
  i4: (view, at, little) => view.getInt32(at, little),
  i8: (view, at, little) => Number(view.getBigInt64(at, little)),
  f4: (view, at, little) => view.getFloat32(at, little),
  f8: (view, at, little) => view.getFloat64(at, little),
};
