import { gzipSync } from 'node:zlib';
import { makeDeflatedNpz, makeNpy, makeNpz, longs } from '../support/arrays';
import { binaryBatch, dictFile, namesPickle, pickledBatch, planes } from '../support/cifar';
import { greyPng, JPEG, makeIdx, makePng, PALETTE, RGBA } from '../support/pictures';
import type { Seed } from './case';

/**
 * The data that are mutated: of every kind that can be trained on, with few images, so that most of their bytes mean
 * something. A new kind adds its own here.
 */
export function dataCorpus(): Seed[] {
  return [
    seed('class folders, PNG', 'png', pngs(), '.'),
    seed('class folders, JPEG', 'bytes', jpegs(), '.'),
    seed('table', 'text', { 'list.csv': table(','), ...pngs() }, 'list.csv'),
    seed('table in its folder, tabs', 'text', { 'labels.tsv': table('\t'), ...pngs() }, '.'),
    seed(
      'IDX',
      'bytes',
      idx((bytes) => bytes, ''),
      '.',
    ),
    seed('IDX, packed', 'bytes', idx(gzipSync, '.gz'), '.'),
    seed('NumPy, stored', 'zip', { 'images.npz': makeNpz(arrays()) }, 'images.npz'),
    seed('NumPy, deflated', 'zip', { 'images.npz': makeDeflatedNpz(arrays()) }, 'images.npz'),
    seed('CIFAR-10, binary', 'bytes', cifarBinary(), '.'),
    seed('CIFAR-10, pickled', 'pickle', cifarPickled(), '.'),
  ];
}

/** @param files the first of them is what is mutated most */
function seed(
  name: string,
  structure: Seed['structure'],
  files: Readonly<Record<string, Uint8Array>>,
  data: string,
): Seed {
  return {
    name: `data: ${name}`,
    structure,
    main: Object.keys(files)[0],
    files: new Map(Object.entries(files)),
    data,
  };
}

/** Images of every form that a PNG may have, in two class folders. */
function pngs(): Record<string, Uint8Array> {
  const palette = makePng({
    ...{ width: 4, height: 2, depth: 2, colour: PALETTE },
    rows: [[0b00011011], [0b11100100]],
    palette: [0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255],
  });
  const colours = makePng({ width: 2, height: 1, colour: RGBA, rows: [[1, 2, 3, 255, 4, 5, 6, 0]] });
  return { 'a/1.png': palette, 'a/2.png': greyPng(9), 'b/1.png': colours, 'b/2.png': greyPng(200) };
}

function jpegs(): Record<string, Uint8Array> {
  return { 'a/1.jpg': JPEG, 'a/2.png': greyPng(7), 'b/1.jpg': JPEG, 'b/2.png': greyPng(8) };
}

function table(separator: string): Uint8Array {
  const rows = [
    ['image', 'label', 'split'],
    ['a/1.png', 'cat', 'train'],
    ['"a/2.png"', 'cat', 'val'],
    ['b/1.png', '"dog, large"', 'train'],
    ['b/2.png', '"dog, large"', 'val'],
  ];
  return new TextEncoder().encode(rows.map((row) => `${row.join(separator)}\r\n`).join(''));
}

function idx(pack: (bytes: Uint8Array) => Uint8Array, ending: string): Record<string, Uint8Array> {
  const pixels = Array.from({ length: 4 * 3 * 2 }, (_, i) => i);
  return {
    [`train-images-idx3-ubyte${ending}`]: pack(makeIdx([4, 3, 2], pixels)),
    [`train-labels-idx1-ubyte${ending}`]: pack(makeIdx([4], [0, 1, 2, 1])),
    [`t10k-images-idx3-ubyte${ending}`]: pack(makeIdx([2, 3, 2], pixels.slice(0, 12))),
    [`t10k-labels-idx1-ubyte${ending}`]: pack(makeIdx([2], [2, 0])),
  };
}

function arrays(): Record<string, Uint8Array> {
  const pixels = Array.from({ length: 4 * 3 * 2 * 3 }, (_, i) => i);
  return {
    x_train: makeNpy([4, 3, 2, 3], pixels),
    y_train: makeNpy([4], longs([0, 1, 1, 0]), '<i8'),
    x_test: makeNpy([2, 3, 2, 3], pixels.slice(0, 36)),
    // One of two, as columns.
    y_test: makeNpy([2, 2], new Uint8Array(Float32Array.from([1, 0, 0, 1]).buffer), '<f4'),
  };
}

const BATCH: ReadonlyArray<readonly [number, number[]]> = [
  [0, planes(1, 2, 3)],
  [1, planes(4, 5, 6)],
];

function cifarBinary(): Record<string, Uint8Array> {
  const batch = binaryBatch(BATCH.map(([label, pixels]) => [[label], pixels]));
  const names = new TextEncoder().encode('cat\ndog\n');
  return { 'data_batch_1.bin': batch, 'test_batch.bin': batch, 'batches.meta.txt': names };
}

function cifarPickled(): Record<string, Uint8Array> {
  const meta = dictFile({ label_names: namesPickle(['cat', 'dog']) });
  return { data_batch_1: pickledBatch(BATCH), test_batch: pickledBatch(BATCH), 'batches.meta': meta };
}
