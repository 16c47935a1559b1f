import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  statSync,
  writeSync,
  type Stats,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ByteSink, ByteSource } from '../core/bytes';
import { UserError } from '../core/errors';
import { keepOld, settle, stepOf, writeJournal, type Journal } from './journal';
import { removeLeftovers } from './leftovers';
import { isNamed, partsOf } from './parts';
import { plainSibling } from '../core/sibling-name';
import { openFile } from './source';
import { writing } from './system-errors';
import { lstat, removeIfThere, temporaryName } from './temporary';

/** How an existing file at the target is treated. */
export interface WriteOptions {
  /** Replace an existing file; otherwise it is refused. */
  readonly overwrite?: boolean;
}

/**
 * Writes one new file, and those beside it that its format needs: to temporary files in its folder, fsync, rename; the
 * file itself comes last. On failure nothing is left, and existing files stay as they were; what a process that was killed
 * left is taken back or completed by the next one that writes into the folder. Files that belonged to the checkpoint that
 * is replaced go with it. Readers that hold the old file open keep reading the old one.
 *
 * A link where the file goes is replaced itself: what it leads to is never written.
 * @throws UserError if a target exists, is not a file, its folder is missing, or writing fails.
 */
export async function writeAtomically(
  path: string,
  write: (sink: ByteSink) => Promise<void>,
  { overwrite = false }: WriteOptions = {},
): Promise<void> {
  removeLeftovers(dirname(path));
  const files = new NewFiles(path, overwrite);
  try {
    const sink = files.add(path, overwrite);
    await write({
      ...sink,
      sibling: (name, replaces = false) => files.add(besides(path, name), overwrite && replaces),
      written: () => files.written(),
      isFree: (name) => lstat(besides(path, name)) === undefined && !isNamed(path, name, basename(path)),
      existing: (name) =>
        lstat(besides(path, name))?.isFile() === true ? openFile(besides(path, name)) : undefined,
    });
    files.finish();
  } finally {
    files.clean();
  }
}

/**
 * Says of a place before the work what writing there would say after it.
 * @throws UserError if a file is there that is not to be replaced, or something that is not a file.
 */
export function checkTarget(path: string, overwrite: boolean): void {
  const entry = lstat(path);
  if (entry === undefined) return;
  // A link is replaced itself; but one that leads to a device stands for it, as /dev/stdout does.
  const target = entry.isSymbolicLink() ? targetOf(path) : entry;
  if (target?.isDirectory() === true) throw new UserError('the output is a folder', { path });
  if (target && !target.isFile()) {
    const found = target.isFIFO() ? 'a named pipe' : target.isSocket() ? 'a socket' : 'a device';
    throw new UserError('the output is not a regular file', { path, found });
  }
  if (!overwrite) throw new UserError('the output exists already and is not overwritten', { path });
}

/** What a link leads to; undefined if that is nothing, or the link itself. */
function targetOf(link: string): Stats | undefined {
  try {
    return statSync(link);
  } catch {
    return undefined;
  }
}

/** True if anything has that name, a link that leads nowhere included. */
export function isTaken(path: string): boolean {
  return lstat(path) !== undefined;
}

/** One file that is being written. */
interface NewFile {
  readonly path: string;
  readonly temporary: string;
  /** Whether a file that is there may go. */
  readonly overwrite: boolean;
  fd?: number;
}

/** The files of one checkpoint, which appear together or not at all; the first one is the checkpoint's own. */
class NewFiles {
  private readonly files: NewFile[] = [];
  private readonly folder: string;
  /** What is being done, and the name of the file that says so. */
  private journal?: { readonly name: string; readonly content: Journal };

  constructor(
    private readonly main: string,
    private readonly overwrite: boolean,
  ) {
    this.folder = dirname(main);
  }

  add(path: string, overwrite: boolean): ByteSink {
    checkTarget(path, overwrite);
    if (this.files.some((file) => file.path === path)) throw new UserError('two files of one name', { path });
    const temporary = temporaryName(this.main, 'tmp');
    const fd = writing(path, () => openSync(join(this.folder, temporary), 'wx'));
    this.files.push({ path, temporary, overwrite, fd });
    return fileSink(path, fd);
  }

  /** The new files as they lie under their temporary names. */
  written(): ByteSource {
    return this.reading(this.files[0]);
  }

  private reading({ path, temporary }: NewFile): ByteSource {
    const source = openFile(join(this.folder, temporary));
    return {
      path,
      size: source.size,
      read: (offset, length) => source.read(offset, length),
      sibling: (name) => {
        const file = this.files.find((each) => basename(each.path) === name);
        return file ? this.reading(file) : openFile(besides(path, name));
      },
      close: () => source.close(),
    };
  }

  finish(): void {
    for (const file of this.files) flush(file);
    const [main, ...others] = this.files;
    const made = new Set(others.map(({ path }) => basename(path)));
    const superseded = this.overwrite ? partsOf(this.main).filter((name) => !made.has(name)) : [];
    if (others.length + superseded.length > 0) this.begin(main, others, superseded);
    for (const { path, temporary, overwrite } of [...others, main]) {
      writing(path, () => put(join(this.folder, temporary), path, overwrite));
    }
  }

  /** Removes what is temporary; after a failure what was put in place is taken back. */
  clean(): void {
    for (const { fd } of this.files) if (fd !== undefined) closeQuietly(fd);
    if (this.journal) {
      const { name, content } = this.journal;
      try {
        settle(this.folder, name, content);
      } catch {
        return; // The journal stays, and the next process that writes here ends what it speaks of.
      }
    }
    for (const { temporary } of this.files) removeIfThere(join(this.folder, temporary));
  }

  /** Says what will be done before anything is, and keeps what will be replaced. */
  private begin(main: NewFile, others: readonly NewFile[], superseded: readonly string[]): void {
    const step = ({ path, temporary }: NewFile, isKept: boolean) => {
      const old = isKept && lstat(path) ? temporaryName(this.main, 'old') : undefined;
      return stepOf(this.folder, temporary, basename(path), old);
    };
    const content = { main: step(main, false), others: others.map((each) => step(each, true)), superseded };
    const name = temporaryName(this.main, 'journal');
    this.journal = { name, content };
    writing(main.path, () => writeJournal(join(this.folder, name), content));
    for (const [i, other] of content.others.entries()) {
      writing(others[i].path, () => keepOld(this.folder, other));
    }
  }
}

function flush(file: NewFile): void {
  const { path, fd } = file;
  if (fd === undefined) return;
  writing(path, () => fsyncSync(fd));
  // Whatever closing says, the descriptor is gone.
  file.fd = undefined;
  writing(path, () => closeSync(fd));
}

function besides(path: string, name: string): string {
  if (plainSibling(name) !== name) {
    throw new UserError('a file beside the output has no plain name', { path, found: name });
  }
  return join(dirname(path), name);
}

/** Of a file that is given up: a failure to close it does not matter. */
function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // It goes with the process.
  }
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
      writing(path, () => {
        while (done < bytes.length) done += writeSync(fd, bytes, done, bytes.length - done);
      });
    },
  };
}
