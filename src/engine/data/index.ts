import { existsSync, statSync } from 'node:fs';
import { DataError } from '../../core/errors';
import type { Dataset, DatasetOptions, Samples } from './dataset';
import { openIdxFolder, hasIdxFiles } from './idx';
import { openImageFolder, openUnlabelledFolder } from './image-folder';

/**
 * Opens a folder of labelled images: `DIR/<class>/*.png|jpg|jpeg`, the same under `DIR/train` and `DIR/val` (or
 * `test`), or MNIST-like IDX files. Lists files and reads labels; images are decoded later.
 * @throws DataError in one line: missing folder, empty class, files that do not fit together.
 */
export function openDataset(path: string, options: DatasetOptions = {}): Dataset {
  if (!existsSync(path)) throw new DataError('the data folder does not exist', { path });
  if (!statSync(path).isDirectory()) {
    throw new DataError('the data are not a folder', {
      path,
      allowed: 'DIR/<class>/*.png|jpg, or a folder with IDX files',
    });
  }
  return hasIdxFiles(path) ? openIdxFolder(path, options) : openImageFolder(path, options);
}

/**
 * Opens a folder of images without labels, `DIR/*.png|jpg|jpeg`.
 * @returns undefined when the folder is none, or is laid out otherwise.
 */
export function openUnlabelled(path: string): Samples | undefined {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory() || hasIdxFiles(path)) return undefined;
  return openUnlabelledFolder(path);
}

/**
 * Images whose labels do not matter: those of a folder without class folders, else the named part of a labelled one.
 * @throws DataError as `openDataset` does
 */
export function openImages(path: string, part: 'training' | 'evaluation'): Samples {
  return openUnlabelled(path) ?? openDataset(path)[part];
}
