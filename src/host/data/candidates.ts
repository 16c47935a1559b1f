import path from 'node:path';

/** What a name found in the workspace says about where images are. */
export interface DataCandidate {
  readonly path: string;
  readonly kind: 'MNIST (IDX)' | 'class folders';
}

const IDX = /(train|t10k|test)-images[-.]idx[34]-ubyte(\.gz)?$/;
const IMAGE = /\.(png|jpe?g)$/i;
const PARTS = new Set(['train', 'val', 'valid', 'validation', 'test']);

/** Pattern of the files by which data are recognised. */
export const DATA_PATTERN = '**/*{.png,.jpg,.jpeg,-ubyte,-ubyte.gz}';

/**
 * The folders that hold labelled images, judged by the names of some of their files alone.
 * @param root images right in it belong to no class
 */
export function dataCandidates(files: readonly string[], root: string): DataCandidate[] {
  const sets = new Set<string>();
  const classes = new Map<string, Set<string>>();
  for (const file of files) {
    const folder = path.dirname(file);
    if (IDX.test(file)) sets.add(folder);
    else if (IMAGE.test(file) && folder !== root) {
      const data = dataOf(folder);
      classes.set(data, (classes.get(data) ?? new Set()).add(path.basename(folder)));
    }
  }
  return [
    ...[...sets].map((folder): DataCandidate => ({ path: folder, kind: 'MNIST (IDX)' })),
    ...[...classes]
      // One folder of pictures beside nothing is hardly a class.
      .filter(([folder, names]) => names.size > 1 && !sets.has(folder))
      .map(([folder]): DataCandidate => ({ path: folder, kind: 'class folders' })),
  ].sort((a, b) => a.path.localeCompare(b.path));
}

/** `data/train/cat` → `data`, `data/cat` → `data`. */
function dataOf(classFolder: string): string {
  const above = path.dirname(classFolder);
  return PARTS.has(path.basename(above)) ? path.dirname(above) : above;
}
