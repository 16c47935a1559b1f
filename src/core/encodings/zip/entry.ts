import { inflateSync } from 'fflate';
import type { ByteSource } from '../../bytes';
import { CheckpointError } from '../../errors';
import { MAX_JSON } from '../json';
import { mostUnpacked } from '../../proportion';
import { memorySource, region } from '../region';
import { crc32 } from './crc32';
import { locate, type ZipEntry } from './directory';

/** Best ratio deflate reaches; more is not true. */
const MAX_RATIO = 1032;

/** Most bytes that an entry may have which is taken into memory whole, by what it is. */
export const LIMITS = {
  /** JSON of a model. */
  text: MAX_JSON,
  /** Deflated weights. Keras stores them; only a repacked archive deflates, and that must fit in memory. */
  inflated: 2 * 1024 * 1024 * 1024 - 1,
} as const;

/** The whole of an entry, checked. @throws CheckpointError beyond the limit, for bombs and wrong sums. */
export function readEntry(source: ByteSource, entry: ZipEntry, limit: number): Uint8Array {
  const { path } = source;
  const most = Math.min(limit, mostUnpacked(entry.compressed), Math.max(entry.compressed, 1) * MAX_RATIO);
  if (entry.size > most) {
    throw new CheckpointError('an entry of the archive is too large when unpacked', {
      path,
      where: entry.name,
      found: `${entry.size} bytes from ${entry.compressed}`,
      expected: `at most ${most} bytes`,
    });
  }
  const { start, length } = locate(source, entry);
  const packed = source.read(start, length);
  const bytes = entry.method === 'stored' ? packed : inflate(path, entry, packed);
  if (crc32(bytes) !== entry.crc) {
    throw new CheckpointError('an entry of the archive is damaged: its check sum differs', {
      path,
      where: entry.name,
    });
  }
  return bytes;
}

/** An entry as a file of its own: in place where it is stored, unpacked in memory where it is deflated. */
export function openEntry(source: ByteSource, entry: ZipEntry): ByteSource {
  if (entry.method === 'deflated')
    return memorySource(source.path, readEntry(source, entry, LIMITS.inflated));
  const { start, length } = locate(source, entry);
  return region(source, start, length);
}

function inflate(path: string, entry: ZipEntry, packed: Uint8Array): Uint8Array {
  const detail = { path, where: entry.name };
  try {
    // A buffer of the declared size: an entry that unpacks to more is cut, and its sum then differs.
    const bytes = inflateSync(packed, { out: new Uint8Array(entry.size) });
    if (bytes.length === entry.size) return bytes;
  } catch (error) {
    throw new CheckpointError('an entry of the archive cannot be unpacked', {
      ...detail,
      found: error instanceof Error ? error.message : undefined,
    });
  }
  throw new CheckpointError('an entry of the archive contradicts itself about its size', detail);
}
