import { DataError } from '../../core/errors';
import type { Dataset, DatasetOptions, Samples } from './dataset';
import { openCifar } from './cifar/cifar';
import { cifarFiles } from './cifar/names';
import { kindAt } from './entries';
import { openIdxFolder, hasIdxFiles } from './idx';
import { openImageFolder, openUnlabelledFolder } from './image-folder';
import { DATA_KINDS } from './kinds';
import { isManifestName, manifestIn, openManifest } from './manifest/manifest';
import { isNpzName, openNpz } from './numpy/npz';
import { splitDataset } from './parts';

/**
 * Opens labelled images: a folder `DIR/<class>/*.png|jpg|jpeg`, the same under `DIR/train` and `DIR/val` (or `test`), a
 * folder with MNIST-like IDX files or CIFAR's own, a table of images and labels (`.csv`, `.tsv`), by itself or in its folder, or a NumPy
 * archive (`.npz`). Lists files and reads labels; images are decoded later.
 * @throws DataError in one line: missing folder, empty class, files that do not fit together.
 */
export function openDataset(path: string, options: DatasetOptions = {}): Dataset {
  const opened = openParts(path);
  return splitDataset(options.continued?.(opened) ?? opened, options);
}

/** A data set with the parts that it has itself. */
function openParts(path: string): Dataset {
  const kind = kindAt(path);
  if (!kind) {
    const what = isManifestName(path) || isNpzName(path) ? 'file' : 'folder';
    throw new DataError(`the data ${what} does not exist`, { path });
  }
  if (kind !== 'folder') return openFile(path);
  if (hasIdxFiles(path)) return openIdxFolder(path);
  const cifar = cifarFiles(path);
  if (cifar) return openCifar(path, cifar);
  const manifest = manifestIn(path);
  if (manifest) return openManifest(manifest.file, manifest.images);
  return openImageFolder(path);
}

function openFile(path: string): Dataset {
  if (isManifestName(path)) return openManifest(path);
  if (isNpzName(path)) return openNpz(path);
  throw new DataError('the data are neither a folder nor a file of images', { path, expected: DATA_KINDS });
}

/**
 * Opens a folder of images without labels, `DIR/*.png|jpg|jpeg`.
 * @returns undefined when it is not a folder, or is laid out otherwise.
 */
export function openUnlabelled(path: string): Samples | undefined {
  if (kindAt(path) !== 'folder') return undefined;
  if (hasIdxFiles(path) || cifarFiles(path) || manifestIn(path)) return undefined;
  return openUnlabelledFolder(path);
}

/**
 * Images whose labels do not matter: those of a folder without class folders, else the named part of a labelled one.
 * @throws DataError as `openDataset` does
 */
export function openImages(path: string, part: 'training' | 'evaluation'): Samples {
  return openUnlabelled(path) ?? openDataset(path)[part];
}
