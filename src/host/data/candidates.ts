import path from 'node:path';

/** What a name found in the workspace says about where images are. */
export interface DataCandidate {
  readonly path: string;
  readonly kind: 'MNIST (IDX)' | 'CIFAR' | 'class folders' | 'a table' | 'NumPy arrays';
}

const IDX = /(train|t10k|test)-images[-.]idx[34]-ubyte(\.gz)?$/;
const IMAGE = /\.(png|jpe?g)$/i;
const TABLE = /\.(csv|tsv)$/i;
const PARTS = new Set(['train', 'val', 'valid', 'validation', 'test']);

/** Pattern of images. There may be more of them than are looked at. */
export const IMAGE_PATTERN = '**/*.{png,jpg,jpeg}';

/** Files of CIFAR-10 and CIFAR-100; of the last form there must be two. */
const CIFAR = /^((data_batch_1|test_batch)(\.bin)?|fine_label_names\.txt)$/;
const CIFAR_PAIR = ['meta', 'train'];

/** Pattern of the other files by which data are recognised. */
export const DATA_PATTERN =
  '**/{*-ubyte,*-ubyte.gz,*.csv,*.tsv,*.npz,data_batch_1,data_batch_1.bin,test_batch,test_batch.bin,fine_label_names.txt,meta,train}';

/**
 * The folders and files that hold labelled images, judged only by the names of some files.
 * @param root images right in it belong to no class
 */
export function dataCandidates(files: readonly string[], root: string): DataCandidate[] {
  const sets = new Set(files.filter((file) => IDX.test(file)).map((file) => path.dirname(file)));
  const images = files.filter((file) => IMAGE.test(file));
  const folders = classFolders(images, root).filter((folder) => !sets.has(folder));
  const tables = files.filter((file) => TABLE.test(file) && namesImages(file, images, folders));
  const arrays = files.filter((file) => /\.npz$/i.test(file));
  const found = (paths: Iterable<string>, kind: DataCandidate['kind']): DataCandidate[] =>
    [...paths].map((found) => ({ path: found, kind }));
  return [
    ...found(sets, 'MNIST (IDX)'),
    ...found(cifarFolders(files), 'CIFAR'),
    ...found(folders, 'class folders'),
    ...found(tables, 'a table'),
    ...found(arrays, 'NumPy arrays'),
  ].sort((a, b) => a.path.localeCompare(b.path));
}

function cifarFolders(files: readonly string[]): ReadonlySet<string> {
  const known = new Set(files);
  const isOne = (file: string): boolean => {
    const name = path.basename(file);
    const beside = (other: string): boolean => known.has(path.join(path.dirname(file), other));
    return CIFAR.test(name) || (CIFAR_PAIR.includes(name) && CIFAR_PAIR.every(beside));
  };
  return new Set(files.filter(isOne).map((file) => path.dirname(file)));
}

/** Folders above those in which images lie. One folder of pictures beside nothing is hardly a class. */
function classFolders(images: readonly string[], root: string): string[] {
  const classes = new Map<string, Set<string>>();
  for (const file of images) {
    const folder = path.dirname(file);
    if (folder === root) continue;
    const data = dataOf(folder);
    classes.set(data, (classes.get(data) ?? new Set()).add(path.basename(folder)));
  }
  return [...classes].filter(([, names]) => names.size > 1).map(([folder]) => folder);
}

/** `data/train/cat` → `data`, `data/cat` → `data`. */
function dataOf(classFolder: string): string {
  const above = path.dirname(classFolder);
  return PARTS.has(path.basename(above)) ? path.dirname(above) : above;
}

/** True for a table beside images, or beside a folder of them, where class folders do not say already what they show. */
function namesImages(table: string, images: readonly string[], folders: readonly string[]): boolean {
  const folder = path.dirname(table);
  if (folders.includes(folder)) return false;
  return images.some((file) => {
    const place = path.dirname(file);
    return place === folder || path.dirname(place) === folder;
  });
}
