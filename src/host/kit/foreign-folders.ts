/** Folders that hold other people's files, or none: no search of the workspace looks into them. */
const NAMES = ['node_modules', '.git', '.venv', 'venv', '.tox', '__pycache__', 'site-packages'];

/** A glob that matches everything in such a folder, and in what the further globs match. */
export function foreignOr(...further: readonly string[]): string {
  return `{${[...NAMES.map((name) => `**/${name}/**`), ...further].join(',')}}`;
}

/** True for a path, with `/`, in such a folder. */
export function isForeign(file: string): boolean {
  return file.split('/').some((part) => NAMES.includes(part));
}
