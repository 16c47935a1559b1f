import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { UserError } from '../core/errors';
import { entryAt, kindOf } from './entry';
import { removeIfThere, temporaryName } from './temporary';

/** How a small file is read. */
export interface ReadOptions {
  /** What it is called in an error: `the job file`. */
  readonly what: string;
  /** Bytes at most; more is refused before anything is allocated. */
  readonly limit: number;
  /** In a folder that may be a stranger's no link is followed. */
  readonly links?: 'followed' | 'refused';
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ELOOP: 'a symbolic link that leads nowhere',
  ENXIO: 'a socket',
};

/** Without O_NONBLOCK opening a named pipe would wait for a writer that never comes. Windows has neither. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * Reads a small file whole.
 * @throws UserError in one line when it is missing, something else than a regular file, too large or not readable.
 */
export function readSmallFile(file: string, { what, limit, links = 'followed' }: ReadOptions): Buffer {
  const refused = (found: string, expected?: string): UserError =>
    new UserError(`${what} cannot be read`, {
      path: file,
      found,
      ...(expected !== undefined && { expected }),
    });
  try {
    // Looked at first: only opening some devices does something already.
    const seen = links === 'refused' ? entryAt(file)?.stats : statSync(file);
    if (seen && !seen.isFile()) throw refused(kindOf(seen), 'a regular file');
    const fd = openSync(file, links === 'refused' ? FLAGS | (constants.O_NOFOLLOW ?? 0) : FLAGS);
    try {
      const stats = fstatSync(fd);
      if (!stats.isFile()) throw refused(kindOf(stats), 'a regular file');
      if (stats.size > limit) throw refused(`${stats.size} bytes`, `at most ${limit} bytes`);
      return readAll(fd, limit, refused);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    throw refused(REASONS[code] ?? code);
  }
}

/** The same as text in UTF-8. */
export function readSmallText(file: string, options: ReadOptions): string {
  return readSmallFile(file, options).toString('utf8');
}

/** To its end, wherever that is by now; a file that grows while it is read may not grow beyond the limit. */
function readAll(fd: number, limit: number, refused: (found: string, expected: string) => UserError): Buffer {
  const pieces: Buffer[] = [];
  let total = 0;
  for (;;) {
    const piece = Buffer.allocUnsafe(Math.min(65_536, limit + 1));
    const got = readSync(fd, piece, 0, piece.length, null);
    if (got === 0) return Buffer.concat(pieces);
    total += got;
    if (total > limit) throw refused(`more than ${limit} bytes`, `at most ${limit} bytes`);
    pieces.push(piece.subarray(0, got));
  }
}

/**
 * Writes a small text, whole or not at all; through no link: one that has the file's name is replaced itself.
 * @throws the system's error; EEXIST where something has the name and may not be replaced
 */
export function writeSmallText(file: string, text: string, { overwrite }: { overwrite: boolean }): void {
  const temporary = path.join(path.dirname(file), temporaryName(file, 'tmp'));
  try {
    writeFileSync(temporary, text, { flag: 'wx' });
    if (overwrite) renameSync(temporary, file);
    else place(temporary, file, text);
  } finally {
    removeIfThere(temporary);
  }
}

function place(temporary: string, file: string, text: string): void {
  try {
    linkSync(temporary, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error;
    // A file system without hard links.
    writeFileSync(file, text, { flag: 'wx' });
  }
}
