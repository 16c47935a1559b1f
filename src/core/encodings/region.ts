import type { ByteSource } from '../bytes';
import { CheckpointError } from '../errors';

/** A part of a file as a file of its own: a stored entry of an archive, read in place. */
export function region(source: ByteSource, start: number, size: number): ByteSource {
  if (start < 0 || size < 0 || start + size > source.size) {
    throw new CheckpointError('the file ends too early', {
      path: source.path,
      where: `${size} bytes at ${start}`,
      found: `${source.size} bytes`,
    });
  }
  return {
    path: source.path,
    size,
    read(offset, length) {
      if (offset < 0 || length < 0 || offset + length > size) {
        throw new CheckpointError('the file ends too early', { path: source.path, where: `byte ${offset}` });
      }
      return source.read(start + offset, length);
    },
    close: () => undefined,
  };
}

/** Bytes in memory as a file. */
export function memorySource(path: string, bytes: Uint8Array): ByteSource {
  const whole: ByteSource = {
    path,
    size: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + length),
    close: () => undefined,
  };
  return region(whole, 0, bytes.length);
}
