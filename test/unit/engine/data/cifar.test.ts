import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDataset, openUnlabelled } from '../../../../src/engine/data';
import type { Samples } from '../../../../src/engine/data/dataset';
import { pictureBytes } from '../../../../src/engine/data/images';
import {
  arrayPickle,
  binaryBatch,
  dictFile,
  listPickle,
  namesPickle,
  pickledBatch,
  planes,
} from '../../../support/cifar';
import { littleEndian, pickle, text } from '../../../support/pickles';
import { temporaryFolder, writeFiles } from '../../../support/folders';

async function firstPixels(samples: Samples): Promise<number[][]> {
  const pictures = await Promise.all(Array.from({ length: samples.count }, (_, i) => samples.picture(i)));
  return pictures.map(({ pixels }) => [...pixels.subarray(0, 3), ...pixels.subarray(-3)]);
}

const binary = {
  'data_batch_1.bin': binaryBatch([
    [[0], planes(1, 2, 3)],
    [[1], planes(4, 5, 6)],
  ]),
  'data_batch_2.bin': binaryBatch([[[1], planes(7, 8, 9)]]),
  'test_batch.bin': binaryBatch([[[0], planes(250, 251, 252)]]),
  'batches.meta.txt': 'cat\ndog\n\n',
};
const python = {
  data_batch_1: pickledBatch([
    [0, planes(1, 2, 3)],
    [1, planes(4, 5, 6)],
  ]),
  data_batch_2: pickledBatch([[1, planes(7, 8, 9)]]),
  test_batch: pickledBatch([[0, planes(250, 251, 252)]]),
  'batches.meta': dictFile({ label_names: namesPickle(['cat', 'dog']) }),
};
const hundredBinary = {
  'train.bin': binaryBatch([
    [[9, 0], planes(1, 2, 3)],
    [[8, 1], planes(4, 5, 6)],
    [[7, 1], planes(7, 8, 9)],
  ]),
  'test.bin': binaryBatch([[[9, 0], planes(250, 251, 252)]]),
  'fine_label_names.txt': 'cat\r\ndog\r\n',
};
const hundredPython = {
  train: pickledBatch(
    [
      [0, planes(1, 2, 3)],
      [1, planes(4, 5, 6)],
      [1, planes(7, 8, 9)],
    ],
    'fine_labels',
  ),
  test: pickledBatch([[0, planes(250, 251, 252)]], 'fine_labels'),
  meta: dictFile({ coarse_label_names: namesPickle(['pet']), fine_label_names: namesPickle(['cat', 'dog']) }),
};

describe('CIFAR as it is published', () => {
  it.each([
    ['CIFAR-10, binary', binary, 0],
    ['CIFAR-10, Python', python, 4 * 3072],
    ['CIFAR-100, binary', hundredBinary, 0],
    ['CIFAR-100, Python', hundredPython, 4 * 3072],
  ])('is read: %s', async (_, files, held) => {
    const folder = writeFiles(temporaryFolder(), { ...files, 'readme.html': '' });
    const { classes, openEnded, training, evaluation, split } = openDataset(folder);
    expect({ classes, openEnded, split }).toEqual({
      classes: ['cat', 'dog'],
      openEnded: false,
      split: 'given',
    });
    expect([[...training.labels], [...evaluation.labels]]).toEqual([[0, 1, 1], [0]]);
    const twice = (...pixel: number[]): number[] => [...pixel, ...pixel];
    expect(await firstPixels(training)).toEqual([twice(1, 2, 3), twice(4, 5, 6), twice(7, 8, 9)]);
    expect(await firstPixels(evaluation)).toEqual([twice(250, 251, 252)]);
    expect(openUnlabelled(folder)).toBeUndefined();
    // What lies in memory already is not kept once more.
    const size = { height: 32, width: 32, channels: 3 };
    expect(pictureBytes([training, evaluation], size)).toBe(held || 4 * 3072);
    expect(pictureBytes([training, evaluation], { ...size, height: 64 })).toBe(held + 4 * 2 * 3072);
  });

  it('is read without the names of classes, and of one part alone', () => {
    const batches = { 'data_batch_1.bin': binary['data_batch_1.bin'], data_batch_1: python.data_batch_1 };
    for (const [name, bytes] of Object.entries(batches)) {
      const folder = writeFiles(temporaryFolder(), { [name]: bytes });
      const { classes, openEnded, split, evaluation } = openDataset(folder, { validation: 0.5 });
      expect({ classes, openEnded, split }).toEqual({ classes: ['0', '1'], openEnded: true, split: 'share' });
      expect(evaluation.count).toBe(1);
    }
  });

  it('takes batches by number, and is not seen in other files of such names', () => {
    const batch = (value: number) => binaryBatch([[[value], planes(value, 0, 0)]]);
    const numbered = Object.fromEntries([1, 2, 10].map((i) => [`data_batch_${i}.bin`, batch(i)]));
    const folder = writeFiles(temporaryFolder(), numbered);
    expect([...openDataset(folder).training.labels]).toEqual([1, 2, 10]);
    const other = writeFiles(temporaryFolder(), {
      train: 'text',
      'train.bin': '',
      'test/a.png': '',
      'b/b.png': '',
    });
    expect(openDataset(other).classes).toEqual(['b', 'test']);
  });

  const two = planes(1, 2, 3).concat(planes(4, 5, 6));
  const array = (parts: Partial<Parameters<typeof arrayPickle>[1]> = {}): Uint8Array =>
    arrayPickle(two, { shape: [2, 3072], ...parts });
  const labels = listPickle([0, 1]);
  const content = (opcodes: Uint8Array) => array({ content: opcodes });

  it.each([
    ['bytes', content(pickle('B', littleEndian(6144, 4), Uint8Array.from(two)))],
    [
      'text that stands for bytes',
      content(pickle('c_codecs\nencode\n(', text(Buffer.from(two).toString('latin1')), text('latin1'), 'tR')),
    ],
    ['the maker of NumPy 2', array({ maker: 'numpy._core.multiarray\n_reconstruct' })],
    ['labels in an array', array(), arrayPickle([0, 0, 1, 0], { shape: [2], dtype: 'i2' })],
  ])('takes pickles with %s', async (_, data, given = labels) => {
    const folder = writeFiles(temporaryFolder(), { data_batch_1: dictFile({ data, labels: given }) });
    const { training } = openDataset(folder);
    expect([...training.labels]).toEqual([0, 1]);
    expect((await firstPixels(training))[1]).toEqual([4, 5, 6, 4, 5, 6]);
  });

  it.each([
    [
      'another maker',
      { data: array({ maker: 'os\nsystem' }), labels },
      /not a NumPy array \(data; expected numpy\.core[^;]*; found os\.system/,
    ],
    [
      'an array of the fifth protocol',
      { data: array({ maker: 'numpy._core.numeric\n_frombuffer' }), labels },
      /pickled in a way that is not read \(data; expected protocols 1 to 4; found protocol 5\)$/,
    ],
    [
      'a list as images',
      { data: listPickle([1]), labels },
      /not a NumPy array \(data; expected .*; found list/,
    ],
    ['no images', { labels }, /the pickle has no such entry \(data\)/],
    ['no labels', { data: array() }, /the pickle has no such entry \(labels\)/],
    [
      'fractions',
      { data: array({ dtype: 'f4', shape: [1, 1536] }), labels },
      /not CIFAR images \(data; expected bytes of shape .*; found f4 of shape \(1, 1536\)/,
    ],
    ['objects', { data: array({ dtype: 'O8' }), labels }, /does not hold numbers/],
    [
      'another size',
      { data: array({ shape: [4, 1536] }), labels },
      /not CIFAR images \(data; expected bytes of shape .*; found u1 of shape \(4, 1536\)/,
    ],
    ['Fortran order', { data: array({ fortran: true }), labels }, /in Fortran order/],
    [
      'fewer bytes than it says',
      { data: array({ shape: [3, 3072] }), labels },
      /size it says \(data; expected 9216 bytes; found 6144 bytes/,
    ],
    [
      'a huge shape',
      { data: array({ shape: [0x7fffffff, 0x7fffffff, 0x7fffffff] }), labels },
      /size it says/,
    ],
    [
      'bytes in another encoding',
      { data: content(pickle('c_codecs\nencode\n(', text('a'), text('utf-16'), 'tR')), labels },
      /malformed/,
    ],
    [
      'fewer labels',
      { data: array(), labels: listPickle([0]) },
      /not equally many \(data; expected 2 labels; found 1 label/,
    ],
    [
      'a label below 0',
      { data: array(), labels: listPickle([0, -1]) },
      /not a class \(labels\[1\]; expected .*; found -1/,
    ],
    [
      'a label that is text',
      { data: array(), labels: namesPickle(['a', 'b']) },
      /not a class \(labels\[0\]; expected .*; found no whole number/,
    ],
  ])('refuses pickles with %s in one line', (_, entries, message) => {
    const folder = writeFiles(temporaryFolder(), {
      data_batch_1: dictFile(entries),
    });
    expect(() => openDataset(folder)).toThrow(message);
    expect(() => openDataset(folder)).not.toThrow(/\n/);
    writeFiles(folder, { data_batch_1: dictFile({ data: array(), labels }) });
    expect(openDataset(folder).training.count).toBe(2);
  });

  it.each([
    [
      'half an image',
      { 'data_batch_1.bin': binary['data_batch_1.bin'].subarray(0, 4000) },
      /not a whole number of CIFAR images \(expected a multiple of 3073; found 4000 bytes/,
    ],
    ['an empty file', { 'data_batch_1.bin': '' }, /there are no images/],
    [
      'a label without a name',
      { ...binary, 'batches.meta.txt': 'cat\n' },
      /batches\.meta\.txt: a label has no name \(.*data_batch_1\.bin, image 1; expected 0 to 0; found 1/,
    ],
    ['no pickle', { data_batch_1: '?' }, /data_batch_1: this is not a pickle/],
    [
      'a pickle of something else',
      { data_batch_1: pickle('\x80', [2], listPickle([1]), '.') },
      /this is not a CIFAR file \(expected a pickled dict/,
    ],
    [
      'a pickle that is cut short',
      { data_batch_1: python.data_batch_1.subarray(0, 3000) },
      /the pickle is cut short/,
    ],
    [
      'names that are none',
      { ...python, 'batches.meta': dictFile({ label_names: listPickle([1]) }) },
      /names of classes are missing \(label_names/,
    ],
  ])('refuses %s in one line', (_, files, message) => {
    const folder = writeFiles(temporaryFolder(), files);
    expect(() => openDataset(folder)).toThrow(message);
    expect(() => openDataset(folder)).toThrow(new RegExp(`^${folder}${path.sep}`));
    expect(() => openDataset(folder)).not.toThrow(/\n/);
    writeFiles(folder, 'data_batch_1.bin' in files ? binary : python);
    expect(openDataset(folder).training.count).toBe(3);
  });
});
