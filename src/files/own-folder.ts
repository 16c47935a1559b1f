import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../core/errors';
import { isTaken, writeAtomically } from './atomic';
import { entryAt, isSame, kindOf } from './entry';
import { readSmallText } from './text';

/** Windows has no O_NOFOLLOW: there the looks before and after have to do. */
const APPEND =
  constants.O_WRONLY |
  constants.O_APPEND |
  constants.O_CREAT |
  (constants.O_NOFOLLOW ?? 0) |
  (constants.O_NONBLOCK ?? 0);

/** Makes a folder. @throws UserError if it cannot be made or written. */
export function makeWritable(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw unwritable(folder, error);
  }
}

/** What the system says of a folder that could not be written, in a sentence. */
export function unwritable(folder: string, error: unknown): UserError {
  return new UserError('the folder of the output cannot be written', {
    path: folder,
    found: (error as NodeJS.ErrnoException).code,
  });
}

/**
 * A folder into which the product writes, and which may nevertheless be a stranger's: git carries links. Nothing in it is
 * ever opened for writing through a link, and nothing that is not a plain file is written to, moved or read. Names are
 * plain ones. Every failure is a UserError in one line.
 */
export class OwnFolder {
  constructor(
    readonly path: string,
    /** Whose files they are, for errors: `the job`. */
    private readonly owner = 'the job',
  ) {}

  /** Makes the folder if there is none. */
  make(): void {
    makeWritable(this.path);
  }

  at(name: string): string {
    return join(this.path, name);
  }

  /** Whether there is such a file. @throws UserError if something else has the name */
  has(name: string): boolean {
    const entry = this.looking(() => entryAt(this.at(name)));
    if (entry && !entry.plain) throw this.strange(name, entry.what);
    return entry !== undefined;
  }

  /** All names in the folder; none if there is no folder. */
  names(): string[] {
    return this.looking(() => (isTaken(this.path) ? readdirSync(this.path) : []));
  }

  /** Refuses a folder in which something else than a plain file has one of these names. */
  requirePlain(names: readonly string[]): void {
    for (const name of names) this.has(name);
  }

  /** A small text; undefined if there is no such file. */
  read(name: string, limit: number): string | undefined {
    if (!this.has(name)) return undefined;
    return readSmallText(this.at(name), { what: 'the file', limit, links: 'refused' });
  }

  /** Adds to the end of a file, which is made if there is none. */
  append(name: string, text: string): void {
    this.looking(() => {
      const path = this.at(name);
      const before = entryAt(path);
      if (before && !before.plain) throw this.strange(name, before.what);
      const fd = openSync(path, APPEND, 0o666);
      try {
        const stats = fstatSync(fd);
        const after = entryAt(path);
        const isIt = stats.isFile() && stats.nlink === 1 && after?.plain && isSame(stats, after.stats);
        if (!isIt) throw this.strange(name, after?.what ?? kindOf(stats));
        writeAll(fd, text);
      } finally {
        closeSync(fd);
      }
    });
  }

  /** Writes a file, whole or not at all, in the place of an earlier one. */
  async replace(name: string, text: string): Promise<void> {
    this.has(name);
    const bytes = new TextEncoder().encode(text);
    await writeAtomically(this.at(name), (sink) => Promise.resolve(sink.write(bytes)), { overwrite: true });
  }

  /** Gives a file another name, that nothing has. */
  move(from: string, to: string): void {
    this.looking(() => {
      if (!this.has(from)) return;
      const target = entryAt(this.at(to));
      if (target) throw this.strange(to, target.what);
      renameSync(this.at(from), this.at(to));
    });
  }

  /** Removes the name of a file or link, never what a link leads to, and never a folder. */
  remove(name: string): void {
    this.looking(() => rmSync(this.at(name), { force: true }));
  }

  private strange(name: string, found: string): UserError {
    return new UserError(`a file of ${this.owner} belongs here; remove what has its name`, {
      path: this.at(name),
      found,
      expected: 'a regular file with one name',
    });
  }

  private looking<T>(step: () => T): T {
    try {
      return step();
    } catch (error) {
      throw error instanceof UserError ? error : unwritable(this.path, error);
    }
  }
}

function writeAll(fd: number, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done, bytes.length - done);
}
