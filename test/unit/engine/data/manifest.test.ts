import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDataset, openImages, openUnlabelled } from '../../../../src/engine/data';
import type { Samples } from '../../../../src/engine/data/dataset';
import { temporaryFolder, writeFiles } from '../../../support/folders';
import { greyPng } from '../../../support/pictures';

/** Five images of different greys, and a table. */
function withTable(table: string | Uint8Array, name = 'images.csv'): string {
  const pictures = Object.fromEntries([1, 2, 3, 4, 5].map((grey) => [`img/${grey}.png`, greyPng(grey)]));
  return path.join(writeFiles(temporaryFolder(), { ...pictures, [name]: table }), name);
}

function namesOf(samples: Samples): string[] {
  return Array.from({ length: samples.count }, (_, i) => path.basename(samples.nameOf(i)));
}

describe('a table of images', () => {
  it('gives each image the class of its line, and leaves other columns alone', async () => {
    const table = 'id,filename,note,label\n7,img/2.png,,dog\n8,img/1.png,"a, b",cat\n9,img/3.png,,dog\n';
    const { classes, openEnded, training, evaluation, split } = openDataset(withTable(table));
    expect({ classes, openEnded, split }).toEqual({
      classes: ['cat', 'dog'],
      openEnded: false,
      split: 'none',
    });
    expect(training).toBe(evaluation);
    expect([...training.labels]).toEqual([1, 0, 1]);
    expect(namesOf(training)).toEqual(['2.png', '1.png', '3.png']);
    expect((await training.picture(0)).pixels[0]).toBe(2);
  });

  it('takes numbers for the outputs of the network, as whole numbers in any spelling', () => {
    const dataset = openDataset(withTable('path,class\nimg/1.png,10\nimg/2.png,2.0\nimg/3.png,0\n'));
    expect(dataset.classes).toHaveLength(11);
    expect(dataset.openEnded).toBe(true);
    expect([...dataset.training.labels]).toEqual([10, 2, 0]);
    const twice = openDataset(withTable('path,class\nimg/1.png,7\nimg/1.png,7.0\n'));
    expect([...twice.training.labels]).toEqual([7, 7]);
  });

  it('skips lines of nothing but separators and spaces', () => {
    const table = 'path,class\n , \nimg/1.png,a\n,\n\nimg/2.png,b\n,\n"", \n  \n';
    expect(namesOf(openDataset(withTable(table)).training)).toEqual(['1.png', '2.png']);
  });

  it.each([
    ['commas', 'images.csv', 'image,target,split\nimg/1.png,a,train\nimg/2.png,b,TRAIN\nimg/3.png,a,val\n'],
    [
      'semicolons',
      'images.csv',
      'image;target;split\nimg/1.png;a;train\nimg/2.png;b;training\nimg/3.png;a;test\n',
    ],
    [
      'tabs',
      'images.tsv',
      'image\ttarget\tsubset\r\nimg/1.png\ta\ttrain\r\nimg/2.png\tb\ttrain\r\nimg/3.png\ta\tvalid',
    ],
    [
      'a mark of the encoding',
      'images.csv',
      '\uFEFFimage,target,split\nimg/1.png,a,train\nimg/2.png,b,train\nimg/3.png,a,val',
    ],
  ])('reads %s, and the part of each line', (_, name, table) => {
    const { training, evaluation, split, notes } = openDataset(withTable(table, name), { validation: 0.5 });
    expect(split).toBe('given');
    expect(notes).toEqual([]);
    expect([namesOf(training), namesOf(evaluation)]).toEqual([['1.png', '2.png'], ['3.png']]);
    expect([...training.labels, ...evaluation.labels]).toEqual([0, 1, 0]);
  });

  it('evaluates on the validation part, and says what is left out', () => {
    const lines = ['train', 'val', 'test', 'test'].map((part, i) => `img/${i + 1}.png,${i % 2},${part}`);
    const dataset = openDataset(withTable(['file,label,split', ...lines].join('\n')));
    expect(namesOf(dataset.evaluation)).toEqual(['2.png']);
    expect(dataset.notes).toEqual(['2 test images are left out: evaluation is on the validation part']);
  });

  it('splits by the seed where no part is named, or one alone', () => {
    const lines = [1, 2, 3, 4, 5].map((i) => `img/${i}.png,${i % 2},train`).join('\n');
    const dataset = openDataset(withTable(`file,label,split\n${lines}`), { validation: 0.4, seed: 1 });
    expect([dataset.split, dataset.training.count, dataset.evaluation.count]).toEqual(['share', 3, 2]);
  });

  it('reads quoted fields with separators, quotes and line breaks in them', () => {
    const folder = writeFiles(temporaryFolder(), {
      'a "b", c.png': greyPng(1),
      'd.png': greyPng(2),
      'list.csv': 'label,file\r\n"x, ""y""\nz","a ""b"", c.png"\r\n\r\n"",d.png\r\n',
    });
    const file = path.join(folder, 'list.csv');
    expect(() => openDataset(file)).toThrow(`${file}: an image has no label (line 5)`);
    writeFiles(folder, { 'list.csv': 'label,file\r\n"x, ""y""\nz","a ""b"", c.png"\r\n\r\n"w",d.png\r\n' });
    expect(openDataset(file).classes).toEqual(['w', 'x, "y"\nz']);
  });

  it('needs no header where two columns are plain', () => {
    expect(openDataset(withTable('cat,img/1.png\ndog,img/2.png\n')).training.count).toBe(2);
    expect(() => openDataset(withTable('cat,img/1.png,big\ndog,img/2.png,small\n'))).toThrow(
      /does not say which column is the image and which the label \(line 1; expected a header[^;]*; found cat, img\/1\.png, big/,
    );
    expect(() => openDataset(withTable(''))).toThrow(/expected a header[^;]*; found nothing/);
  });

  it('takes paths that are absolute, lead upwards, or come from Windows', () => {
    const elsewhere = writeFiles(temporaryFolder(), { '6.png': greyPng(6) });
    const file = withTable('');
    const lines = [
      `${path.join(elsewhere, '6.png')},0`,
      `../${path.basename(path.dirname(file))}/img/1.png,1`,
    ];
    writeFiles(path.dirname(file), { 'images.csv': ['path,label', ...lines, 'img\\2.png,1'].join('\n') });
    expect(namesOf(openDataset(file).training)).toEqual(['6.png', '1.png', '2.png']);
  });

  it.each([
    [
      'an image that is not there',
      'path,label\nimg/1.png,0\nimg/9.png,0',
      /the image is not there \(line 3; found .*9\.png\)/,
    ],
    [
      'a name that no file can have',
      `path,label\nimg/1.png,0\n${'x'.repeat(400)}.png,0`,
      /the image is not there \(line 3; found .*x…\)/,
    ],
    ['a folder', 'path,label\nimg/1.png,0\nimg/folder.png,0', /the image is not there \(line 3/],
    [
      'another kind of file',
      'path,label\nimg/1.webp,0',
      /names no image \(line 2; expected \.png[^;]*; found img\/1\.webp/,
    ],
    ['no name', 'path,label\n,0', /names no image \(line 2; expected .*; found nothing/],
    [
      'an address',
      'path,label\nhttps://example.org/1.png,0',
      /not on this machine \(line 2; expected .*; found https:/,
    ],
    ['another machine', 'path,label\n\\\\host\\share\\1.png,0', /not on this machine \(line 2/],
    ['another machine, turned', 'path,label\n//host/share/1.png,0', /not on this machine \(line 2/],
    [
      'a line that is too short',
      'path,label\nimg/1.png',
      /another number of columns \(line 2; expected 2; found 1\)/,
    ],
    [
      'an unknown part',
      'path,label,split\nimg/1.png,0,holdout',
      /of no known part \(line 2; expected train[^;]*; found holdout/,
    ],
    [
      'no part',
      'path,label,split\nimg/1.png,0, ',
      /of no known part \(line 2; expected train[^;]*; found nothing/,
    ],
    [
      'two labels',
      'path,label\nimg/1.png,a\nimg/2.png,b\n./img/1.png,b',
      /has two labels \(line 4; found a in line 2, b\)/,
    ],
    [
      'a number that is no class',
      'path,label\nimg/1.png,0\nimg/2.png,-1',
      /a number but not a class \(line 3; expected .*; found -1\)/,
    ],
    [
      'a number that is too large',
      'path,label\nimg/1.png,1e9',
      /a number but not a class \(line 2; expected .*; found 1e9\)/,
    ],
    [
      'a doubled column',
      'path,image,label\nimg/1.png,img/1.png,0',
      /two columns could be the image \(line 1; expected .*; found path and image/,
    ],
    ['an open quote', 'path,label\nimg/1.png,"0\nimg/2.png,1', /a quote is never closed \(line 2\)/],
    ['a quote in a field', 'path,label\nimg/1".png,0', /a quote stands in a field .* \(line 2\)/],
    ['text behind a quote', 'path,label\n"img/1.png"x,0', /text follows a closing quote \(line 2\)/],
    [
      'a long field',
      `path,label\nimg/1.png,${'x'.repeat(20_000)}`,
      /a field is too long \(line 2; expected .*; found 20000/,
    ],
    ['no line', 'path,label\n', /the table names no images/],
    ['no UTF-8', Buffer.from('path,label\nimg/1.png,\xe9', 'latin1'), /not text in UTF-8/],
  ])('refuses %s in one line', (_, table, message) => {
    const file = withTable(table);
    mkdirSync(path.join(path.dirname(file), 'img', 'folder.png'));
    expect(() => openDataset(file)).toThrow(message);
    expect(() => openDataset(file)).not.toThrow(/\n/);
    writeFiles(path.dirname(file), {
      'images.csv': 'path,label,split\nimg/1.png,0,train\nimg/2.png,1,train\n',
    });
    expect(openDataset(file).training.count).toBe(2);
  });
});

describe('a folder with one table of images', () => {
  const pictures = { '1.png': greyPng(1), '2.png': greyPng(2) };

  it('is read by the table, whether the images lie beside it or in a folder', () => {
    const table = 'file_name,label\n1.png,a\n2.png,b\n';
    const beside = writeFiles(temporaryFolder(), { ...pictures, 'metadata.csv': table, 'readme.md': '' });
    const inside = writeFiles(temporaryFolder(), {
      ...Object.fromEntries(Object.entries(pictures).map(([name, bytes]) => [`train/${name}`, bytes])),
      'train.csv': table,
    });
    for (const folder of [beside, inside]) {
      const { classes, training } = openDataset(folder);
      expect([classes, namesOf(training)]).toEqual([
        ['a', 'b'],
        ['1.png', '2.png'],
      ]);
      expect(openUnlabelled(folder)).toBeUndefined();
      expect(openImages(folder, 'training').count).toBe(2);
    }
  });

  it('is read without the table where that is of something else, or one of several', () => {
    const folder = writeFiles(temporaryFolder(), { ...pictures, 'log.csv': 'epoch,loss\n1,0.5\n' });
    expect(openUnlabelled(folder)?.count).toBe(2);
    writeFiles(folder, { 'log.csv': Buffer.from('\xff\xfe"', 'latin1') });
    expect(openUnlabelled(folder)?.count).toBe(2);
    writeFiles(folder, { 'log.csv': 'path,label\n1.png,a\n' });
    expect(openUnlabelled(folder)).toBeUndefined();
    writeFiles(folder, { 'other.csv': 'path,label\n1.png,a\n' });
    expect(openUnlabelled(folder)?.count).toBe(2);
  });

  it('keeps its class folders where it has several, links among them', () => {
    const folder = writeFiles(temporaryFolder(), {
      'a/1.png': greyPng(1),
      'list.csv': 'path,label\na/1.png,x\n',
    });
    expect(openDataset(folder).classes).toEqual(['x']);
    symlinkSync(path.join(folder, 'a'), path.join(folder, 'b'));
    expect(openDataset(folder).classes).toEqual(['a', 'b']);
  });
});
