import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { randomBytes } from 'node:crypto';
import type { ByteSink } from '../core/bytes';
import { UserError } from '../core/errors';

/** How an existing file at the target is treated. */
export interface WriteOptions {
  /** Replace an existing file; otherwise it is refused. */
  readonly overwrite?: boolean;
}

/**
 * Writes one new file: to a temporary file beside it, fsync, rename. On failure nothing is left, and
 * an existing file stays as it was. Readers that hold the old file open keep reading the old one, so a
 * checkpoint may even be replaced by its own rewriting when `overwrite` is set.
 * @throws UserError if the target exists, its folder is missing, or writing fails.
 */
export async function writeAtomically(
  path: string,
  write: (sink: ByteSink) => Promise<void>,
  { overwrite = false }: WriteOptions = {},
): Promise<void> {
  checkTarget(path, overwrite);
  const temporary = join(
    dirname(path),
    `${temporaryPrefix(path, process.pid)}${randomBytes(4).toString('hex')}.tmp`,
  );
  let fd: number | undefined;
  try {
    fd = named(path, () => openSync(temporary, 'wx'));
    const open = fd;
    await write(fileSink(path, open));
    named(path, () => fsyncSync(open));
    closeSync(open);
    fd = undefined;
    named(path, () => put(temporary, path, overwrite));
  } finally {
    if (fd !== undefined) closeSync(fd);
    removeIfThere(temporary);
  }
}

/** A file that cannot be removed must not hide why it is to go. */
function removeIfThere(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Its folder is none, so it was never made.
  }
}

/**
 * Removes what a process that was killed while writing `path` left beside it.
 * @returns how many files
 */
export function removeLeftovers(path: string, pid: number): number {
  const prefix = temporaryPrefix(path, pid);
  const left = readdirSync(dirname(path)).filter((name) => name.startsWith(prefix) && name.endsWith('.tmp'));
  for (const name of left) rmSync(join(dirname(path), name), { force: true });
  return left.length;
}

/** The process is part of the name, so that nothing but its own files is ever taken for its leftovers. */
function temporaryPrefix(path: string, pid: number): string {
  return `.${basename(path)}.${pid}.`;
}

function checkTarget(path: string, overwrite: boolean): void {
  if (!existsSync(path)) return;
  if (statSync(path).isDirectory()) throw new UserError('the output is a folder', { path });
  if (!overwrite) throw new UserError('the output exists already and is not overwritten', { path });
}

/** Moves the finished file; a hard link refuses an existing target, a rename would replace it. */
function put(temporary: string, path: string, overwrite: boolean): void {
  if (overwrite) {
    renameSync(temporary, path);
    return;
  }
  try {
    linkSync(temporary, path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EEXIST') throw error;
    // A file system without hard links: the check above has to do.
    checkTarget(path, overwrite);
    renameSync(temporary, path);
  }
}

function fileSink(path: string, fd: number): ByteSink {
  return {
    path,
    write(bytes) {
      let done = 0;
      named(path, () => {
        while (done < bytes.length) done += writeSync(fd, bytes, done, bytes.length - done);
      });
    },
  };
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'the output folder does not exist',
  ENOTDIR: 'the output folder does not exist',
  EACCES: 'the output cannot be written: permission denied',
  EPERM: 'the output cannot be written: not permitted',
  EROFS: 'the output cannot be written: the file system is read-only',
  ENOSPC: 'the output cannot be written: the disk is full',
  EEXIST: 'the output exists already and is not overwritten',
};

/** Runs a step of the writing; what the file system says is told in a sentence. */
function named<T>(path: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (error instanceof UserError || typeof code !== 'string') throw error;
    throw new UserError(REASONS[code] ?? `the output cannot be written: ${code}`, { path });
  }
}
