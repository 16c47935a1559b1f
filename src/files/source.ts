import { closeSync, constants, fstatSync, openSync, readSync, realpathSync, type BigIntStats } from 'node:fs';
import path from 'node:path';
import type { ByteSource } from '../core/bytes';
import { CheckpointError } from '../core/errors';
import { siblingParts } from '../core/sibling-name';
import { fileKey } from './inputs';

/**
 * Opens a file for reads by range.
 * @param read gets the key of the file, and of each that is opened beside it
 * @throws CheckpointError if it is missing, a folder or something else than a file, or not readable.
 */
export function openFile(path: string, read = new Set<string>()): ByteSource {
  return opened(path, read, () => openSync(path, FLAGS));
}

function opened(path: string, read: Set<string>, open: () => number): ByteSource {
  const fd = named(path, open);
  try {
    const stat = fstatSync(fd, { bigint: true });
    if (stat.isDirectory()) throw new CheckpointError('this is a folder, not a file', { path });
    if (!stat.isFile()) throw new CheckpointError('this is not a regular file', { path });
    read.add(fileKey(stat));
    return new FileSource(path, fd, stat, read);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

class FileSource implements ByteSource {
  readonly size: number;
  private readonly mtime: bigint;
  private closed = false;

  constructor(
    readonly path: string,
    private readonly fd: number,
    { size, mtimeNs }: BigIntStats,
    private readonly readFrom: Set<string>,
  ) {
    this.size = Number(size);
    this.mtime = mtimeNs;
  }

  read(offset: number, length: number): Uint8Array {
    if (this.closed) throw new CheckpointError('the file is closed already', { path: this.path });
    if (offset < 0 || length < 0 || offset + length > this.size) {
      throw new CheckpointError('the file ends too early', {
        path: this.path,
        where: `${length} bytes at ${offset}`,
        found: `${this.size} bytes`,
      });
    }
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const got = readSync(this.fd, bytes, done, length - done, offset + done);
      if (got === 0) {
        throw new CheckpointError('the file became shorter while it was read', {
          path: this.path,
          where: `byte ${offset + done}`,
        });
      }
      done += got;
    }
    this.requireUnchanged();
    return bytes;
  }

  /**
   * What was read before and what is read now must be of one file. A file that was replaced or removed stays as it was for
   * those who have it open.
   */
  private requireUnchanged(): void {
    const { size, mtimeNs } = fstatSync(this.fd, { bigint: true });
    if (Number(size) === this.size && mtimeNs === this.mtime) return;
    throw new CheckpointError('the file was changed while it was read', {
      path: this.path,
      ...(Number(size) !== this.size && {
        found: `${size} bytes`,
        expected: `${this.size} bytes, as at first`,
      }),
    });
  }

  sibling(name: string): ByteSource {
    const parts = siblingParts(name);
    if (!parts) throw outside(this.path, name);
    const shown = path.join(path.dirname(this.path), ...parts);
    // Resolved first and then opened without following links, so that what was checked is what is read.
    return opened(shown, this.readFrom, () => {
      const folder = realpathSync(path.dirname(this.path));
      const target = realpathSync(path.join(folder, ...parts));
      if (!target.startsWith(folder.endsWith(path.sep) ? folder : folder + path.sep)) {
        throw outside(this.path, name);
      }
      return openSync(target, FLAGS | constants.O_NOFOLLOW);
    });
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    closeSync(this.fd);
  }
}

/** Without O_NONBLOCK opening a named pipe would wait for a writer that never comes. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;

function outside(model: string, name: string): CheckpointError {
  return new CheckpointError('the model names a file outside of its folder', {
    path: model,
    found: `"${name.slice(0, 200)}"`,
    expected: 'files in its folder',
  });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EACCES: 'the file may not be read: permission denied',
  ELOOP: 'the file is a symbolic link that leads nowhere',
  EISDIR: 'this is a folder, not a file',
};

function named(path: string, open: () => number): number {
  try {
    return open();
  } catch (error) {
    if (error instanceof CheckpointError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? '';
    throw new CheckpointError(REASONS[code] ?? `the file cannot be opened: ${code}`, { path });
  }
}
