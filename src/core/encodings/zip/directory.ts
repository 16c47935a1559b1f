import type { ByteSource } from '../../bytes';
import { CheckpointError } from '../../errors';

/** One entry of a zip archive's directory. */
export interface ZipEntry {
  readonly name: string;
  readonly compressed: number;
  readonly size: number;
  readonly crc: number;
  readonly method: 'stored' | 'deflated';
  /** Offset of its local header. */
  readonly header: number;
}

/** Entries of one archive: a Keras model has a handful, with assets some hundreds. */
const MAX_ENTRIES = 10_000;
/** Bytes of the directory; a name is at most 64 KiB, real ones are short. */
const MAX_DIRECTORY = 16 * 1024 * 1024;
/** The end record and its longest comment. */
const MAX_TAIL = 22 + 65_535;

const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const CENTRAL = 0x02014b50;

/**
 * Reads the directory of a zip archive by range.
 * @throws CheckpointError for a truncated or contradictory archive, a name that is doubled, absolute or
 * climbs out of the archive, and encrypted or exotically compressed entries.
 */
export function readDirectory(source: ByteSource): Map<string, ZipEntry> {
  const { offset, size, count } = findDirectory(source);
  if (count > MAX_ENTRIES || size > MAX_DIRECTORY) {
    throw refusal(source, 'the archive has too many entries', `${count} entries`, `at most ${MAX_ENTRIES}`);
  }
  if (offset + size > source.size) throw truncated(source);
  const bytes = source.read(offset, size);
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let i = 0; i < count; i += 1) {
    const { entry, next } = readEntry(source, bytes, at);
    checkName(source, entry.name);
    if (entries.has(entry.name)) throw refusal(source, 'two entries have one name', entry.name);
    if (entry.header + entry.compressed > source.size) throw truncated(source);
    entries.set(entry.name, entry);
    at = next;
  }
  return entries;
}

function findDirectory(source: ByteSource): { offset: number; size: number; count: number } {
  const length = Math.min(MAX_TAIL, source.size);
  const start = source.size - length;
  const tail = view(source.read(start, length));
  for (let at = length - 22; at >= 0; at -= 1) {
    if (tail.getUint32(at, true) !== END) continue;
    if (at + 22 + tail.getUint16(at + 20, true) !== length) continue;
    const directory = {
      count: tail.getUint16(at + 10, true),
      size: tail.getUint32(at + 12, true),
      offset: tail.getUint32(at + 16, true),
    };
    const wide =
      directory.count === 0xffff || directory.size === 0xffffffff || directory.offset === 0xffffffff;
    return wide ? findDirectory64(source, start + at) : directory;
  }
  throw truncated(source);
}

function findDirectory64(source: ByteSource, end: number): { offset: number; size: number; count: number } {
  if (end < 20) throw truncated(source);
  const locator = view(source.read(end - 20, 20));
  if (locator.getUint32(0, true) !== LOCATOR64) throw truncated(source);
  const at = Number(locator.getBigUint64(8, true));
  if (at + 56 > source.size) throw truncated(source);
  const record = view(source.read(at, 56));
  if (record.getUint32(0, true) !== END64) throw truncated(source);
  return {
    count: Number(record.getBigUint64(32, true)),
    size: Number(record.getBigUint64(40, true)),
    offset: Number(record.getBigUint64(48, true)),
  };
}

function readEntry(source: ByteSource, bytes: Uint8Array, at: number): { entry: ZipEntry; next: number } {
  const data = view(bytes);
  if (at + 46 > bytes.length || data.getUint32(at, true) !== CENTRAL) throw truncated(source);
  const nameLength = data.getUint16(at + 28, true);
  const extraLength = data.getUint16(at + 30, true);
  const next = at + 46 + nameLength + extraLength + data.getUint16(at + 32, true);
  if (next > bytes.length) throw truncated(source);
  const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
  const flags = data.getUint16(at + 8, true);
  if (flags & 1) throw refusal(source, 'an entry is encrypted', name);
  const sizes = {
    size: data.getUint32(at + 24, true),
    compressed: data.getUint32(at + 20, true),
    header: data.getUint32(at + 42, true),
  };
  widen(sizes, data, at + 46 + nameLength, extraLength);
  const method = methodOf(source, name, data.getUint16(at + 10, true));
  if (method === 'stored' && sizes.size !== sizes.compressed) {
    throw refusal(source, 'an entry contradicts itself about its size', name);
  }
  return { entry: { name, crc: data.getUint32(at + 16, true), method, ...sizes }, next };
}

type Sizes = { size: number; compressed: number; header: number };

/** Zip64: sizes of 0xffffffff stand in an extra field, in fixed order, only those that need it. */
function widen(sizes: Sizes, data: DataView, start: number, length: number): void {
  for (let at = start; at + 4 <= start + length; at += 4 + data.getUint16(at + 2, true)) {
    if (data.getUint16(at, true) !== 1) continue;
    let field = at + 4;
    const end = Math.min(field + data.getUint16(at + 2, true), start + length);
    for (const key of ['size', 'compressed', 'header'] as const) {
      if (sizes[key] !== 0xffffffff || field + 8 > end) continue;
      sizes[key] = Number(data.getBigUint64(field, true));
      field += 8;
    }
    return;
  }
}

function methodOf(source: ByteSource, name: string, method: number): ZipEntry['method'] {
  if (method === 0) return 'stored';
  if (method === 8) return 'deflated';
  throw refusal(
    source,
    'an entry is compressed in an unknown way',
    `${name}: method ${method}`,
    'stored or deflated',
  );
}

function checkName(source: ByteSource, name: string): void {
  const parts = name.split(/[/\\]/);
  const bad =
    name === '' || name.includes('\0') || parts[0] === '' || /^[a-z]:/i.test(name) || parts.includes('..');
  if (bad) throw refusal(source, 'an entry has a name that leads out of the archive', name);
}

/** Where the bytes of an entry lie. @throws CheckpointError if its local header is missing or differs. */
export function locate(source: ByteSource, entry: ZipEntry): { start: number; length: number } {
  if (entry.header + 30 > source.size) throw truncated(source);
  const head = view(source.read(entry.header, 30));
  if (head.getUint32(0, true) !== 0x04034b50) throw truncated(source);
  const nameLength = head.getUint16(26, true);
  const start = entry.header + 30 + nameLength + head.getUint16(28, true);
  if (start + entry.compressed > source.size) throw truncated(source);
  const name = new TextDecoder().decode(source.read(entry.header + 30, nameLength));
  if (name !== entry.name) throw refusal(source, 'the archive contradicts itself about a name', name);
  return { start, length: entry.compressed };
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function truncated({ path }: ByteSource): CheckpointError {
  return new CheckpointError('the archive is truncated or damaged', { path });
}

function refusal({ path }: ByteSource, summary: string, found: string, expected?: string): CheckpointError {
  return new CheckpointError(summary, {
    path,
    found: found.replace(/\p{Cc}/gu, '?').slice(0, 200),
    expected,
  });
}
