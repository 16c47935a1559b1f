import { lstatSync, readlinkSync, type Stats } from 'node:fs';

/** What lies at a path itself, links not followed. */
export interface Entry {
  /** True for a regular file that has no second name (hard link) anywhere. */
  readonly plain: boolean;
  /** In words: `a symbolic link to "../net.pth"`. */
  readonly what: string;
  readonly stats: Stats;
}

/** What a path names; undefined if nothing does. @throws the system's error for what may not be looked at */
export function entryAt(path: string): Entry | undefined {
  let stats: Stats;
  try {
    stats = lstatSync(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
  return { plain: stats.isFile() && stats.nlink <= 1, what: words(stats, path), stats };
}

/** Two looks at one file. */
export function isSame(a: Stats, b: Stats): boolean {
  return a.ino === b.ino && a.dev === b.dev;
}

/** In words, what is not a plain file. */
export function kindOf(stats: Stats): string {
  if (stats.isSymbolicLink()) return 'a symbolic link';
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a named pipe';
  if (stats.isSocket()) return 'a socket';
  if (stats.isFile()) return stats.nlink > 1 ? 'a file that has another name too (hard link)' : 'a file';
  return 'a device';
}

function words(stats: Stats, path: string): string {
  const kind = kindOf(stats);
  if (!stats.isSymbolicLink()) return kind;
  try {
    return `${kind} to ${JSON.stringify(readlinkSync(path).slice(0, 200))}`;
  } catch {
    return kind;
  }
}
