import {
  closeSync,
  copyFileSync,
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
 * Writes one new file, and those beside it that its format needs: to temporary files in its folder, fsync, rename; the
 * file itself comes last. On failure nothing is left, and existing files stay as they were. Readers that hold the old
 * file open keep reading the old one, so a checkpoint may even be replaced by its own rewriting when `overwrite` is set.
 * @throws UserError if a target exists, its folder is missing, or writing fails.
 */
export async function writeAtomically(
  path: string,
  write: (sink: ByteSink) => Promise<void>,
  { overwrite = false }: WriteOptions = {},
): Promise<void> {
  const files = new NewFiles(path, overwrite);
  try {
    const sink = files.add(path);
    await write({
      ...sink,
      sibling: (name) => files.add(besides(path, name)),
      has: (name) => existsSync(besides(path, name)),
      supersede: (name) => files.supersede(besides(path, name)),
    });
    files.finish();
  } finally {
    files.clean();
  }
}

/** One file that is being written. */
interface NewFile {
  readonly path: string;
  readonly temporary: string;
  /** Where the file it replaces is kept until all is done. */
  backup?: string;
  fd?: number;
  placed: boolean;
}

/** The files of one checkpoint, which appear together or not at all; the first one is the checkpoint's own. */
class NewFiles {
  private readonly files: NewFile[] = [];
  private readonly superseded: string[] = [];
  private done = false;

  constructor(
    private readonly main: string,
    private readonly overwrite: boolean,
  ) {}

  add(path: string): ByteSink {
    checkTarget(path, this.overwrite);
    if (this.files.some((file) => file.path === path)) throw new UserError('two files of one name', { path });
    const temporary = this.temporaryName();
    const fd = named(path, () => openSync(temporary, 'wx'));
    this.files.push({ path, temporary, fd, placed: false });
    return fileSink(path, fd);
  }

  supersede(path: string): void {
    this.superseded.push(path);
  }

  finish(): void {
    for (const file of this.files) flush(file);
    const [main, ...others] = this.files;
    for (const file of [...others, main]) {
      if (others.length > 0) this.keep(file);
      named(file.path, () => put(file.temporary, file.path, this.overwrite));
      file.placed = true;
    }
    this.done = true;
    for (const path of this.superseded) removeIfThere(path);
  }

  /** Removes what is temporary; after a failure also what was put in place already. */
  clean(): void {
    for (const { path, temporary, backup, fd, placed } of this.files) {
      if (fd !== undefined) closeQuietly(fd);
      if (placed && !this.done) {
        if (backup === undefined) removeIfThere(path);
        else renameSync(backup, path);
      } else if (backup !== undefined) removeIfThere(backup);
      removeIfThere(temporary);
    }
  }

  /** A second name for the file that is to be replaced, so that it can be put back. */
  private keep(file: NewFile): void {
    if (!existsSync(file.path)) return;
    const backup = this.temporaryName();
    named(file.path, () => copyFileSync(file.path, backup));
    file.backup = backup;
  }

  private temporaryName(): string {
    const name = `${temporaryPrefix(this.main, process.pid)}${randomBytes(4).toString('hex')}.tmp`;
    return join(dirname(this.main), name);
  }
}

function flush(file: NewFile): void {
  const { path, fd } = file;
  if (fd === undefined) return;
  named(path, () => fsyncSync(fd));
  // Whatever closing says, the descriptor is gone.
  file.fd = undefined;
  named(path, () => closeSync(fd));
}

function besides(path: string, name: string): string {
  if (basename(name) !== name || name === '' || name === '.' || name === '..') {
    throw new UserError('a file beside the output has no plain name', { path, found: name });
  }
  return join(dirname(path), name);
}

/** Of a file that is given up: what could still be said of it does not matter. */
function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // It goes with the process.
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
 * Removes what a process that was killed while writing into a folder left there.
 * @returns how many files
 */
export function removeLeftovers(folder: string, pid: number): number {
  if (!existsSync(folder)) return 0;
  const unfinished = new RegExp(`^\\..+\\.${pid}\\.[0-9a-f]{8}\\.tmp$`);
  const left = readdirSync(folder).filter((name) => unfinished.test(name));
  for (const name of left) rmSync(join(folder, name), { force: true });
  return left.length;
}

/** Bytes of a name that a temporary one repeats: file systems take 255 in all. */
const REPEATED_BYTES = 200;

/** The process is part of the name, so that nothing but its own files is ever taken for its leftovers. */
function temporaryPrefix(path: string, pid: number): string {
  let name = basename(path);
  while (Buffer.byteLength(name) > REPEATED_BYTES) name = [...name].slice(0, -1).join('');
  return `.${name}.${pid}.`;
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
  ENAMETOOLONG: 'the name of the output is too long',
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
