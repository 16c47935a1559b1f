import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../../../../src/engine/data';
import { pictureBytes } from '../../../../src/engine/data/images';
import { longs, makeDeflatedNpz, makeNpy, makeNpz } from '../../../support/arrays';
import { temporaryFolder } from '../../../support/folders';

function fileOf(bytes: Uint8Array, name = 'data.npz'): string {
  const file = path.join(temporaryFolder(), name);
  writeFileSync(file, bytes);
  return file;
}

const upTo = (count: number, from = 0): number[] => Array.from({ length: count }, (_, i) => from + i);
/** Two grey images of 2 × 3, and their labels. */
const x = makeNpy([2, 2, 3], upTo(12));
const y = makeNpy([2], longs([1, 0]), '<i8');

describe('a NumPy archive', () => {
  it.each([
    ['stored', makeNpz],
    ['deflated', makeDeflatedNpz],
  ])('as Keras has it, %s', async (how, make) => {
    const arrays = {
      x_train: x,
      y_train: y,
      x_test: makeNpy([1, 2, 3], upTo(6, 20)),
      y_test: makeNpy([1], [3]),
    };
    const file = fileOf(make(arrays));
    const { classes, openEnded, training, evaluation, split } = openDataset(file);
    expect({ classes, openEnded, split }).toEqual({
      classes: ['0', '1', '2', '3'],
      openEnded: true,
      split: 'given',
    });
    expect([...training.labels, ...evaluation.labels]).toEqual([1, 0, 3]);
    expect(await training.picture(1)).toMatchObject({ height: 2, width: 3, channels: 1 });
    expect([...(await training.picture(1)).pixels]).toEqual(upTo(6, 6));
    expect([...(await evaluation.picture(0)).pixels]).toEqual(upTo(6, 20));
    expect(evaluation.nameOf(0)).toBe(`${file}, x_test[0]`);
    // What is deflated lies in memory as a whole, in place of what would be kept; in another size, beside it.
    const held = how === 'stored' ? 0 : x.length + arrays.x_test.length;
    const bytes = (height: number): number =>
      pictureBytes([training, evaluation], { height, width: 3, channels: 1 });
    expect(bytes(2)).toBe(held || 18);
    expect(bytes(4)).toBe(held + 36);
  });

  it('as MedMNIST has it: evaluated on the validation part', () => {
    const part = (name: string, count: number, label: number) => ({
      [`${name}_images`]: makeNpy([count, 1, 1, 3], upTo(3 * count)),
      [`${name}_labels`]: makeNpy([count, 1], upTo(count).fill(label)),
    });
    const file = fileOf(makeNpz({ ...part('train', 4, 0), ...part('val', 2, 1), ...part('test', 3, 2) }));
    const { training, evaluation, notes, classes } = openDataset(file);
    expect([training.count, [...evaluation.labels]]).toEqual([4, [1, 1]]);
    expect(notes).toEqual(['3 test images are left out: evaluation is on the validation part']);
    expect(classes).toEqual(['0', '1']);
  });

  it('of images and labels alone is split by the seed', () => {
    const file = fileOf(
      makeNpz({ images: makeNpy([4, 1, 1], upTo(4)), labels: makeNpy([4], [0, 1, 0, 1]), more: y }),
    );
    const { split, training, evaluation } = openDataset(file, { validation: 0.25 });
    expect([split, training.count, evaluation.count]).toEqual(['share', 3, 1]);
  });

  it('tells channels last from channels first by the shape', async () => {
    const last = openDataset(fileOf(makeNpz({ x: makeNpy([2, 2, 2, 3], upTo(24)), y }))).training;
    const first = openDataset(fileOf(makeNpz({ x: makeNpy([2, 3, 2, 2], upTo(24)), y }))).training;
    const grey = openDataset(fileOf(makeNpz({ x: makeNpy([2, 1, 2, 2], upTo(8)), y }))).training;
    expect([...(await last.picture(1)).pixels]).toEqual(upTo(12, 12));
    expect([...(await first.picture(1)).pixels]).toEqual([12, 16, 20, 13, 17, 21, 14, 18, 22, 15, 19, 23]);
    expect(await grey.picture(1)).toMatchObject({
      channels: 1,
      height: 2,
      pixels: Uint8Array.from([4, 5, 6, 7]),
    });
  });

  it.each([
    ['one byte', makeNpy([2], [2, 1])],
    ['two bytes, the large end first', makeNpy([2], [0, 2, 0, 1], '>u2')],
    ['truth values', makeNpy([2], [1, 0], '|b1')],
    ['a column', makeNpy([2, 1], longs([2, 1]), '<i8')],
    ['one-hot rows', makeNpy([2, 3], [0, 0, 1, 0, 1, 0])],
    [
      'one-hot rows of fractions',
      makeNpy([2, 3], new Uint8Array(Float32Array.of(0, 0, 1, 0, 1, 0).buffer), '<f4'),
    ],
    [
      'a header of Python 2',
      makeNpy([2], [2, 1], '', "{'descr': '|u1', 'shape': (2L,), 'fortran_order': True}"),
    ],
  ])('takes labels of %s', (name, labels) => {
    const { training, classes } = openDataset(fileOf(makeNpz({ x, y: labels })));
    expect([...training.labels]).toEqual(name === 'truth values' ? [1, 0] : [2, 1]);
    expect(classes).toHaveLength(name === 'truth values' ? 2 : 3);
  });

  const huge = makeNpy([2 ** 40, 2 ** 40], [0]);
  it.each([
    [
      'fractions as images',
      { x: makeNpy([2, 1, 1], new Uint8Array(8), '<f4'), y },
      /must be bytes.*\(x; expected uint8[^;]*; found f4/,
    ],
    [
      'other shapes',
      { x: makeNpy([2, 4], upTo(8)), y },
      /not the shape of images \(x; expected .*; found \(2, 4\)/,
    ],
    [
      'other channels',
      { x: makeNpy([2, 1, 2, 2], upTo(8)), y: makeNpy([3], [0, 1, 1]) },
      /not equally many \(x; expected 2 labels; found 3 labels/,
    ],
    ['four channels', { x: makeNpy([2, 4, 4, 4], upTo(128)), y }, /not the shape of images/],
    [
      'no images',
      { x: makeNpy([0, 2, 2], []), y: makeNpy([0], []) },
      /there are no images \(x; found 0 of 2/,
    ],
    [
      'objects',
      { x, y: makeNpy([2], new Uint8Array(16), '|O') },
      /Python objects: they are a pickle, which is not read \(y; expected numbers; found \|O/,
    ],
    ['objects of a width', { x: makeNpy([2, 1, 1], new Uint8Array(16), '|O8'), y }, /Python objects.*\(x/],
    [
      'several fields',
      {
        x,
        y: makeNpy([2], [1, 2], '', "{'descr': [('a', '|u1')], 'fortran_order': False, 'shape': (2,), }"),
      },
      /fields of several types/,
    ],
    [
      'text as labels',
      { x, y: makeNpy([2], new Uint8Array(16), '<U2') },
      /not class numbers \(y; expected .*; found U8 of shape \(2\)/,
    ],
    [
      'several labels an image',
      { x, y: makeNpy([2, 2], [1, 1, 0, 1]) },
      /not one-hot \(y\[0\]; expected .*; found several classes/,
    ],
    ['no label', { x, y: makeNpy([2, 2], [1, 0, 0, 0]) }, /names no class \(y\[1\]\)/],
    [
      'a row of other numbers',
      { x, y: makeNpy([2, 2], [2, 0, 0, 1]) },
      /not one-hot \(y\[0\]; expected .*; found 2\)/,
    ],
    [
      'a label below 0',
      { x, y: makeNpy([2], longs([0, -1]), '<i8') },
      /not a class \(y\[1\]; expected .*; found -1/,
    ],
    [
      'a label beyond all',
      { x, y: makeNpy([2], longs([0, 1e15]), '<i8') },
      /not a class \(y\[1\]; expected .*; found 1000000000000000/,
    ],
    [
      'a part of a class',
      { x, y: makeNpy([2], new Uint8Array(Float32Array.of(0, 0.5).buffer), '<f4') },
      /found 0\.5/,
    ],
    ['missing labels', { x_train: x, y_test: y }, /labels of an array of images are missing \(x_train/],
    [
      'two arrays for one',
      { x_train: x, train_images: x, y_train: y },
      /two arrays could be the images \(found x_train and train_images/,
    ],
    [
      'other arrays alone',
      { arr_0: x, arr_1: y },
      /no array of images \(expected x_train.*; found arr_0, arr_1/,
    ],
    [
      'Fortran order',
      {
        x: makeNpy([2, 2, 3], upTo(12), '', "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 2, 3), }"),
        y,
      },
      /Fortran order \(x; expected C order/,
    ],
    [
      'fewer bytes than the header says',
      { x: makeNpy([2, 2, 3], upTo(11)), y },
      /size its header says \(x; expected 12 bytes; found 11 bytes/,
    ],
    ['a huge shape', { x: huge, y }, /larger than any file \(x; found \(/],
    [
      'another version',
      { x: makeNpy([2, 2, 3], upTo(12)).map((byte, i) => (i === 6 ? 9 : byte)), y },
      /unknown version \(x; expected .*; found 9/,
    ],
    ['no array', { x: Uint8Array.from(upTo(40)), y }, /this is not a NumPy array \(x\)/],
    [
      'a header beyond the file',
      { x: makeNpy([2, 2, 3], upTo(12)).map((byte, i) => (i === 9 ? 0xff : byte)), y },
      /header of the array is too long/,
    ],
    [
      'code in a header',
      {
        x: makeNpy(
          [2, 2, 3],
          upTo(12),
          '',
          "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2, int(3)), }",
        ),
        y,
      },
      /malformed \(x; found \{'descr'.* \}\)$/,
    ],
    [
      'a header with more',
      { x: makeNpy([1], [0], '', "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'a': 1, }"), y },
      /malformed/,
    ],
  ])('refuses %s in one line', (_, arrays, message) => {
    for (const make of [makeNpz, makeDeflatedNpz]) {
      const file = fileOf(make(arrays));
      expect(() => openDataset(file)).toThrow(message);
      expect(() => openDataset(file)).not.toThrow(/\n/);
    }
    expect(openDataset(fileOf(makeNpz({ x, y }))).training.count).toBe(2);
  });

  it('is called a file where it is missing', () => {
    expect(() => openDataset('nowhere.npz')).toThrow(/^nowhere\.npz: the data file does not exist$/);
    expect(() => openDataset('nowhere.tsv')).toThrow(/^nowhere\.tsv: the data file does not exist$/);
    expect(() => openDataset('nowhere')).toThrow(/^nowhere: the data folder does not exist$/);
  });

  it('refuses damage, bombs, and a file that is none', () => {
    const whole = makeDeflatedNpz({ x, y });
    expect(() => openDataset(fileOf(whole.subarray(0, 80)))).toThrow(
      /data\.npz: the archive is truncated or damaged$/,
    );
    expect(() => openDataset(fileOf(Buffer.from('<!doctype html>')))).toThrow(
      /not a NumPy archive \(expected .*; found a web page/,
    );
    const damaged = whole.slice();
    damaged[40] ^= 0xff;
    expect(() => openDataset(fileOf(damaged))).toThrow(/an entry of the archive/);
    const bomb = Buffer.from(whole);
    // The size that the directory claims.
    bomb.writeUInt32LE(0x7fffffff, bomb.indexOf('PK\x01\x02') + 24);
    expect(() => openDataset(fileOf(bomb))).toThrow(
      /too large when unpacked \(x\.npy; expected at most \d+ bytes; found 2147483647 bytes/,
    );
    expect(openDataset(fileOf(whole)).training.count).toBe(2);
  });

  it('notices that the file was changed while it was used', async () => {
    const file = fileOf(makeNpz({ x, y }));
    const { training } = openDataset(file);
    expect((await training.picture(0)).pixels).toHaveLength(6);
    writeFileSync(file, makeNpz({ x, y, z: y }));
    await expect(training.picture(0)).rejects.toThrow(/the file was changed while it was used/);
  });
});
