import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { ByteSource } from '../core/bytes';
import { CheckpointError } from '../core/errors';

/**
 * Opens a file for reads by range.
 * @throws CheckpointError if it is missing, a folder or something else than a file, or not readable.
 */
export function openFile(path: string): ByteSource {
  const fd = open(path);
  try {
    const stat = fstatSync(fd);
    if (stat.isDirectory()) throw new CheckpointError('this is a folder, not a file', { path });
    if (!stat.isFile()) throw new CheckpointError('this is not a regular file', { path });
    return new FileSource(path, fd, stat.size);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

class FileSource implements ByteSource {
  private closed = false;

  constructor(
    readonly path: string,
    private readonly fd: number,
    readonly size: number,
  ) {}

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
    return bytes;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    closeSync(this.fd);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EACCES: 'the file may not be read: permission denied',
  EISDIR: 'this is a folder, not a file',
};

function open(path: string): number {
  try {
    // Without O_NONBLOCK opening a named pipe would wait for a writer that never comes.
    return openSync(path, 'r');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    throw new CheckpointError(REASONS[code] ?? `the file cannot be opened: ${code}`, { path });
  }
}
