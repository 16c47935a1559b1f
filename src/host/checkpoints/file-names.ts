/**
 * Which files are taken for checkpoints, by their name only: `file-names.json`. The `when` clauses and the editors'
 * selectors of package.json are written from the same list by scripts/manifest.mjs.
 */
import list from './file-names.json';

/** Lower case, without the dot. Of `owned` the inspector is the default editor; the others belong to others too. */
export const CHECKPOINT_EXTENSIONS: readonly string[] = [...list.owned, ...list.shared];

/** As a pattern for `workspace.findFiles` and watchers; no braces within braces, which the search cannot read. */
export const CHECKPOINT_GLOB = `**/{${[
  ...CHECKPOINT_EXTENSIONS.map((extension) => `*.${extension}`),
  ...list.names,
].join(',')}}`;

// A model of several files is known by the name of one.
const NAMES = list.names.map(
  (glob) => new RegExp(`^${glob.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`),
);

/** @param name the last part of a path */
export function isCheckpointName(name: string): boolean {
  const lower = name.toLowerCase();
  const known = CHECKPOINT_EXTENSIONS.some((extension) => lower.endsWith(`.${extension}`));
  return known || NAMES.some((pattern) => pattern.test(name));
}

/** A name that many programs use: what is in such a file decides whether it is a checkpoint. */
export function isAmbiguousName(name: string): boolean {
  const lower = name.toLowerCase();
  return list.ambiguous.some((extension) => lower.endsWith(`.${extension}`));
}
