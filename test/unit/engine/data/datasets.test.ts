import { gzipSync } from 'node:zlib';
import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../../../../src/engine/data';
import { hasIdxFiles } from '../../../../src/engine/data/idx';
import { temporaryFolder, writeFiles } from '../../../support/folders';
import { greyPng, JPEG, makeIdx } from '../../../support/pictures';

describe('a folder of class folders', () => {
  it('sorts classes and files, and ignores hidden and other files', async () => {
    const folder = writeFiles(temporaryFolder(), {
      'dog/2.png': greyPng(2),
      'dog/10.PNG': greyPng(10),
      'dog/notes.txt': 'no image',
      'dog/.hidden.png': 'no image',
      'cat/a.jpg': JPEG,
      'cat/b.jpeg': JPEG,
      '.cache/x.png': greyPng(1),
      'readme.md': 'no class',
    });
    const { classes, training, evaluation, split } = openDataset(folder);
    expect(classes).toEqual(['cat', 'dog']);
    expect(split).toBe('none');
    expect(training).toBe(evaluation);
    expect([...training.labels]).toEqual([0, 0, 1, 1]);
    const names = [0, 1, 2, 3].map((i) => path.relative(folder, training.nameOf(i)));
    expect(names).toEqual(['cat/a.jpg', 'cat/b.jpeg', 'dog/10.PNG', 'dog/2.png']);
    expect((await training.picture(2)).pixels[0]).toBe(10);
    expect((await training.picture(0)).channels).toBe(3);
  });

  it('follows links to class folders, and takes no other link for one', () => {
    const elsewhere = writeFiles(temporaryFolder(), { 'many/1.png': greyPng(1), 'file.txt': '' });
    const folder = writeFiles(temporaryFolder(), { 'a/1.png': greyPng(1) });
    symlinkSync(path.join(elsewhere, 'many'), path.join(folder, 'b'));
    symlinkSync(path.join(elsewhere, 'file.txt'), path.join(folder, 'c'));
    symlinkSync(path.join(elsewhere, 'gone'), path.join(folder, 'd'));
    expect(openDataset(folder).classes).toEqual(['a', 'b']);
  });

  it('takes train and val, or test, as the split', () => {
    const files = (part: string, each: number): Record<string, Uint8Array> =>
      Object.fromEntries(
        ['a', 'b'].flatMap((name) =>
          Array.from({ length: each }, (_, i) => [`${part}/${name}/${i}.png`, greyPng(i)]),
        ),
      );
    for (const part of ['val', 'test']) {
      const folder = writeFiles(temporaryFolder(), { ...files('train', 3), ...files(part, 1) });
      const { classes, training, evaluation, split } = openDataset(folder, { validation: 0.5 });
      expect({ classes, split, counts: [training.count, evaluation.count] }).toEqual({
        classes: ['a', 'b'],
        split: 'given',
        counts: [6, 2],
      });
    }
  });

  it('splits by a seeded share without losing or doubling an image', () => {
    const files = Array.from({ length: 20 }, (_, i) => [`${i % 2}/${i}.png`, greyPng(i)] as const);
    const folder = writeFiles(temporaryFolder(), Object.fromEntries(files));
    const namesOf = (seed: number): string[][] => {
      const { training, evaluation } = openDataset(folder, { validation: 0.25, seed });
      return [training, evaluation].map((part) =>
        Array.from({ length: part.count }, (_, i) => part.nameOf(i)),
      );
    };
    const [training, evaluation] = namesOf(1);
    expect([training.length, evaluation.length]).toEqual([15, 5]);
    expect(new Set([...training, ...evaluation]).size).toBe(20);
    expect(namesOf(1)).toEqual([training, evaluation]);
    expect(namesOf(2)).not.toEqual([training, evaluation]);
  });

  it('refuses a missing folder, a file, a folder without classes and an empty class', () => {
    const folder = temporaryFolder();
    const gone = path.join(folder, 'gone');
    expect(() => openDataset(gone)).toThrow(`${gone}: the data folder does not exist`);
    expect(() => openDataset(folder)).toThrow(/the data folder has no class folders/);
    writeFiles(folder, { 'a/1.png': greyPng(1) });
    expect(openDataset(folder).classes).toEqual(['a']);
    expect(() => openDataset(path.join(folder, 'a', '1.png'))).toThrow(
      /the data are neither a folder nor a file of images/,
    );
    mkdirSync(path.join(folder, 'b'));
    expect(() => openDataset(folder)).toThrow(
      /b: a class folder has no images \(expected \.png[^;]*; found nothing/,
    );
    writeFiles(folder, { 'b/1.gif': 'GIF89a' });
    expect(() => openDataset(folder)).toThrow(/found 1 other file, as in 1\.gif/);
    writeFiles(folder, { 'b/2.png': greyPng(1) });
    expect(openDataset(folder).classes).toEqual(['a', 'b']);
  });

  it('refuses folders in class folders, and says where parts are looked for', () => {
    const folder = writeFiles(temporaryFolder(), {
      'train/a/1.png': greyPng(1),
      'train/b/1.png': greyPng(1),
    });
    expect(() => openDataset(folder)).toThrow(
      /train: a class folder has no images \(expected .* under DIR\/train and DIR\/val; found only folders, as in a\)$/,
    );
    writeFiles(folder, { 'val/a/1.png': greyPng(1), 'val/b/1.png': greyPng(1) });
    expect(openDataset(folder).split).toBe('given');
  });

  it('says which images are left out for what they are', () => {
    const files = { 'a/1.png': greyPng(1), 'a/Thumbs.db': '', 'b/1.png': greyPng(1) };
    const folder = writeFiles(temporaryFolder(), files);
    expect(openDataset(folder).notes).toEqual([]);
    writeFiles(folder, { 'b/2.webp': '', 'b/3.GIF': '' });
    expect(openDataset(folder).notes).toEqual([
      `2 images are left out, as in ${path.join('b', '2.webp')}: only .png, .jpg, .jpeg are read`,
    ]);
  });

  it('says of an IDX file that is none what it is', () => {
    const folder = temporaryFolder();
    mkdirSync(path.join(folder, 'train-images-idx3-ubyte'));
    writeFiles(folder, { 'train-labels-idx1-ubyte': makeIdx([1], [0]) });
    expect(() => openDataset(folder)).toThrow(/train-images-idx3-ubyte: this is not a file$/);
  });

  it('says in a sentence that a folder cannot be looked into', () => {
    const folder = writeFiles(temporaryFolder(), { 'a/1.png': greyPng(1) });
    const file = path.join(folder, 'a', '1.png');
    expect(() => hasIdxFiles(file)).toThrow(
      `${file}: the data folder cannot be read (found it is not a folder)`,
    );
    expect(hasIdxFiles(folder)).toBe(false);
  });

  it('says of a name that no file can have, and of a link in a circle, that nothing is there', () => {
    const folder = temporaryFolder();
    symlinkSync('round', path.join(folder, 'round'));
    for (const name of ['x'.repeat(300), path.join('x'.repeat(300), 'a'), 'round']) {
      expect(() => openDataset(path.join(folder, name))).toThrow(/the data folder does not exist/);
    }
    expect(() => openDataset(folder)).toThrow(/the data folder has no class folders/);
  });

  it('refuses parts with different classes', () => {
    const folder = writeFiles(temporaryFolder(), {
      'train/a/1.png': greyPng(1),
      'train/b/1.png': greyPng(1),
      'val/a/1.png': greyPng(1),
    });
    expect(() => openDataset(folder)).toThrow(
      /different classes \(train and val; found b in one of them only\)/,
    );
    writeFiles(folder, { 'val/b/1.png': greyPng(1) });
    expect(openDataset(folder).split).toBe('given');
  });

  it('names a damaged image when it is read', async () => {
    const folder = writeFiles(temporaryFolder(), { 'a/1.png': greyPng(1), 'a/2.png': 'no image' });
    const { training } = openDataset(folder);
    expect((await training.picture(0)).pixels[0]).toBe(1);
    await expect(training.picture(1)).rejects.toThrow(
      `${path.join(folder, 'a', '2.png')}: not a PNG or JPEG image`,
    );
  });
});

describe('a folder of IDX files', () => {
  const images = makeIdx([3, 2, 2], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  const labels = makeIdx([3], [4, 0, 9]);
  const twoImages = makeIdx([2, 2, 2], [1, 1, 1, 1, 2, 2, 2, 2]);
  const twoLabels = makeIdx([2], [1, 3]);

  it('reads raw and packed files, in both spellings', async () => {
    const folder = writeFiles(temporaryFolder(), {
      'train-images-idx3-ubyte': images,
      'train-labels-idx1-ubyte': labels,
      't10k-images.idx3-ubyte.gz': gzipSync(twoImages),
      't10k-labels.idx1-ubyte.gz': gzipSync(twoLabels),
    });
    const dataset = openDataset(folder);
    expect(dataset.classes).toHaveLength(10);
    expect([...dataset.training.labels]).toEqual([4, 0, 9]);
    expect([...dataset.evaluation.labels]).toEqual([1, 3]);
    const { pixels, ...size } = await dataset.training.picture(1);
    expect(size).toEqual({ width: 2, height: 2, channels: 1 });
    expect([...pixels]).toEqual([4, 5, 6, 7]);
  });

  it('reads colour images and a folder of test files alone', async () => {
    const folder = writeFiles(temporaryFolder(), {
      'test-images-idx4-ubyte': makeIdx([1, 1, 1, 3], [7, 8, 9]),
      'test-labels-idx1-ubyte': makeIdx([1], [0]),
    });
    const { evaluation, training, split } = openDataset(folder);
    expect(split).toBe('none');
    expect(training).toBe(evaluation);
    expect([...(await evaluation.picture(0)).pixels]).toEqual([7, 8, 9]);
  });

  it.each([
    ['missing labels', { 'train-images-idx3-ubyte': images }, /the labels of an image file are missing/],
    [
      'fewer labels than images',
      { 'train-images-idx3-ubyte': images, 'train-labels-idx1-ubyte': twoLabels },
      /not equally many \(expected 3 labels; found 2 labels\)/,
    ],
    [
      'one label',
      { 'train-images-idx3-ubyte': images, 'train-labels-idx1-ubyte': makeIdx([1], [1]) },
      /not equally many \(expected 3 labels; found 1 label\)/,
    ],
    [
      'a truncated file',
      { 'train-images-idx3-ubyte': images.subarray(0, 20), 'train-labels-idx1-ubyte': labels },
      /does not have the size its header says \(expected 3 × 2 × 2; found 4 values\)/,
    ],
    [
      'another type of values',
      {
        'train-images-idx3-ubyte': Buffer.from([0, 0, 13, 3, 0, 0, 0, 0]),
        'train-labels-idx1-ubyte': labels,
      },
      /not an IDX file of bytes \(expected 00000803 or 00000804; found it begins 00000d03\)/,
    ],
    [
      'a damaged gzip file',
      {
        'train-images-idx3-ubyte.gz': gzipSync(images).subarray(0, -12),
        'train-labels-idx1-ubyte': labels,
      },
      /the IDX file cannot be unpacked/,
    ],
    [
      'a gzip file that ends in its header',
      { 'train-images-idx3-ubyte.gz': gzipSync(images).subarray(0, 20), 'train-labels-idx1-ubyte': labels },
      /the IDX file is truncated/,
    ],
  ])('refuses %s', (_, files, message) => {
    const folder = writeFiles(temporaryFolder(), files);
    expect(() => openDataset(folder)).toThrow(message);
    writeFiles(folder, {
      'train-images-idx3-ubyte': images,
      'train-labels-idx1-ubyte': labels,
      'train-images-idx3-ubyte.gz': gzipSync(images),
    });
    expect(openDataset(folder).training.count).toBe(3);
  });
});
