import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { ByteSource } from '../../core/bytes';
import { DataError, UserError } from '../../core/errors';

/** Without O_NONBLOCK opening a named pipe would wait for a writer that never comes. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * A file of data, read by range. It is opened for each read, so that nobody has to close it.
 * @throws DataError if it is missing, no plain file, or was changed between two reads.
 */
export function dataFile(path: string): ByteSource {
  const first = withFile(path, (fd) => factsOf(fd, path));
  return {
    path,
    size: first.size,
    read: (offset, length) =>
      withFile(path, (fd) => {
        const { size, mtime } = factsOf(fd, path);
        if (size !== first.size || mtime !== first.mtime) {
          throw new DataError('the file was changed while it was used', { path });
        }
        return readFrom(fd, path, offset, length, size);
      }),
    close: () => undefined,
  };
}

/** The whole of a file. @throws DataError as `dataFile` does, and beyond the limit, before anything is allocated. */
export function wholeFile(path: string, limit: number): Uint8Array {
  const file = dataFile(path);
  if (file.size > limit) {
    throw new DataError('the file is too large', {
      path,
      found: `${file.size} bytes`,
      expected: `at most ${limit} bytes`,
    });
  }
  return file.read(0, file.size);
}

/** What the readers of formats refuse, as an error of data. */
export function asDataError<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UserError && !(error instanceof DataError)) {
      throw new DataError(error.summary, error.detail);
    }
    throw error;
  }
}

/** Text out of a file as errors show it: one short line. */
export function shown(text: string): string {
  const line = text.replace(/\p{Cc}/gu, '?');
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}

function readFrom(fd: number, path: string, offset: number, length: number, size: number): Uint8Array {
  if (offset < 0 || length < 0 || offset + length > size) {
    throw new DataError('the file ends too early', { path, where: `${length} bytes at ${offset}` });
  }
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const got = readSync(fd, bytes, done, length - done, offset + done);
    if (got === 0) throw new DataError('the file became shorter while it was read', { path });
    done += got;
  }
  return bytes;
}

function factsOf(fd: number, path: string): { readonly size: number; readonly mtime: bigint } {
  const stat = fstatSync(fd, { bigint: true });
  if (!stat.isFile()) throw new DataError('this is not a file', { path });
  return { size: Number(stat.size), mtime: stat.mtimeNs };
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  ELOOP: 'a link that leads nowhere',
};

function withFile<T>(path: string, use: (fd: number) => T): T {
  let fd: number | undefined;
  try {
    fd = openSync(path, FLAGS);
    return use(fd);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? '';
    throw new DataError('the file cannot be read', { path, found: REASONS[code] ?? code });
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
