import type { Dirent } from 'node:fs';
import path from 'node:path';
import { DataError } from '../../core/errors';
import type { Dataset, Samples } from './dataset';
import { decodeFile } from './decoding/threads';
import { entriesOf, kindAt } from './entries';
import { DATA_KINDS } from './kinds';
import { datasetOf } from './parts';

/** Lower-case, with the dot. What is inside decides how a file is decoded, not its name. */
const IMAGE_EXTENSIONS: readonly string[] = ['.png', '.jpg', '.jpeg'];

/** Names under which the evaluation part of a split folder is found, in this order. */
const EVALUATION_NAMES = ['val', 'valid', 'validation', 'test'];

/** A folder with one subfolder of images per class, or with such a folder each for training and evaluation. */
export function openImageFolder(folder: string): Dataset {
  const names = subfolders(folder);
  const evaluationName = EVALUATION_NAMES.find((name) => names.includes(name));
  if (names.includes('train') && evaluationName !== undefined) {
    return openSplitFolder(folder, path.join(folder, 'train'), path.join(folder, evaluationName));
  }
  const classes = classesOf(folder);
  const all = samplesOf(folder, classes);
  const notes = notesOn(classes.map((name) => path.join(folder, name)));
  const facts = { path: folder, classes, openEnded: false, notes };
  return datasetOf(facts, { training: all });
}

function openSplitFolder(folder: string, training: string, evaluation: string): Dataset {
  const classes = classesOf(training);
  const other = classesOf(evaluation);
  const odd = other.find((name) => !classes.includes(name)) ?? classes.find((name) => !other.includes(name));
  if (odd !== undefined) {
    throw new DataError('training and evaluation folders have different classes', {
      path: folder,
      where: `${path.basename(training)} and ${path.basename(evaluation)}`,
      found: `${odd} in one of them only`,
    });
  }
  return {
    path: folder,
    classes,
    openEnded: false,
    training: samplesOf(training, classes),
    evaluation: samplesOf(evaluation, classes),
    notes: notesOn([training, evaluation].flatMap((part) => classes.map((name) => path.join(part, name)))),
    split: 'given',
  };
}

function classesOf(folder: string): string[] {
  const classes = subfolders(folder);
  if (classes.length > 0) return classes;
  throw new DataError('the data folder has no class folders', {
    path: folder,
    expected: DATA_KINDS,
  });
}

function subfolders(folder: string): string[] {
  return visible(folder)
    .filter((entry) => entry.isDirectory() || (entry.isSymbolicLink() && leadsToFolder(folder, entry.name)))
    .map((entry) => entry.name)
    .sort();
}

function leadsToFolder(folder: string, link: string): boolean {
  return kindAt(path.join(folder, link)) === 'folder';
}

/** Entries whose name does not begin with a dot. */
function visible(folder: string): Dirent[] {
  return entriesOf(folder).filter(({ name }) => !name.startsWith('.'));
}

/**
 * The images of a folder that has no class folders: nothing is known of what they show, and their labels are all 0.
 * @returns undefined for a folder that is not like that.
 */
export function openUnlabelledFolder(folder: string): Samples | undefined {
  if (subfolders(folder).length > 0 || !visible(folder).some(({ name }) => isImage(name))) return undefined;
  const files = imagesOf(folder);
  return samplesFrom(
    folder,
    files,
    files.map(() => 0),
  );
}

function samplesOf(folder: string, classes: readonly string[]): Samples {
  const files: string[] = [];
  const labels: number[] = [];
  classes.forEach((name, label) => {
    for (const file of imagesOf(path.join(folder, name))) {
      files.push(path.join(name, file));
      labels.push(label);
    }
  });
  return samplesFrom(folder, files, labels);
}

function samplesFrom(folder: string, files: readonly string[], labels: readonly number[]): Samples {
  const nameOf = (index: number): string => path.join(folder, files[index]);
  return {
    count: files.length,
    labels: Int32Array.from(labels),
    nameOf,
    inFiles: true,
    picture: (index) => decodeFile(nameOf(index)),
  };
}

function imagesOf(folder: string): string[] {
  const entries = visible(folder).sort((a, b) => (a.name < b.name ? -1 : 1));
  const files = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  const images = files.filter(isImage);
  if (images.length > 0) return images;
  throw new DataError('a class folder has no images', {
    path: folder,
    found: describeEntries(files, entries),
    expected:
      files.length > 0 || entries.length === 0
        ? IMAGE_EXTENSIONS.join(', ')
        : 'DIR/<class>/*.png|jpg, or the same under DIR/train and DIR/val',
  });
}

function describeEntries(files: readonly string[], entries: readonly Dirent[]): string {
  if (files.length > 0)
    return `${files.length} other file${files.length === 1 ? '' : 's'}, as in ${files[0]}`;
  return entries.length === 0 ? 'nothing' : `only folders, as in ${entries[0].name}`;
}

/** Other kinds of images. They may lie beside those that are read, and are then missed without a word. */
const OTHER_EXTENSIONS: readonly string[] = [
  '.webp',
  '.gif',
  '.bmp',
  '.tif',
  '.tiff',
  '.avif',
  '.heic',
  '.jfif',
];

/** The sentence on images that are left out, as in `3 images are left out, which are no .png, …: a/1.webp, …`. */
function notesOn(folders: readonly string[]): string[] {
  const out = folders.flatMap((folder) =>
    visible(folder)
      .filter(({ name }) => OTHER_EXTENSIONS.includes(path.extname(name).toLowerCase()))
      .map(({ name }) => path.join(path.basename(folder), name)),
  );
  if (out.length === 0) return [];
  const what = out.length === 1 ? '1 image is' : `${out.length} images are`;
  return [`${what} left out, as in ${out.sort()[0]}: only ${IMAGE_EXTENSIONS.join(', ')} are read`];
}

function isImage(name: string): boolean {
  return IMAGE_EXTENSIONS.includes(path.extname(name).toLowerCase());
}
