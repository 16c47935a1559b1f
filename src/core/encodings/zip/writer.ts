import type { ByteSink } from '../../bytes';
import { crc32 } from './crc32';

/** 1980-01-01, zip's earliest date: the same model gives the same bytes. */
const DATE = 0x21;
const UTF8_NAMES = 0x800;
const WIDE = 0xffffffff;

interface Written {
  readonly name: Uint8Array;
  readonly size: number;
  readonly crc: number;
  readonly header: number;
}

/** Writes a zip archive of stored entries, front to back. Zip64 records appear only where sizes need them. */
export class ZipWriter {
  private readonly entries: Written[] = [];
  private offset = 0;

  constructor(private readonly sink: ByteSink) {}

  add(name: string, bytes: Uint8Array): void {
    const entry = {
      name: new TextEncoder().encode(name),
      size: bytes.length,
      crc: crc32(bytes),
      header: this.offset,
    };
    const extra = entry.size >= WIDE ? record([2, 1], [2, 16], [8, entry.size], [8, entry.size]) : EMPTY;
    const size = Math.min(entry.size, WIDE);
    this.write(
      record([4, 0x04034b50], [2, extra.length ? 45 : 20], [2, UTF8_NAMES], [2, 0], [2, 0], [2, DATE]),
      record([4, entry.crc], [4, size], [4, size], [2, entry.name.length], [2, extra.length]),
      entry.name,
      extra,
      bytes,
    );
    this.entries.push(entry);
  }

  /** Writes the directory; nothing may follow. */
  finish(): void {
    const start = this.offset;
    for (const entry of this.entries) this.writeDirectoryEntry(entry);
    const size = this.offset - start;
    const count = this.entries.length;
    if (start >= WIDE || count >= 0xffff) this.writeWideEnd(start, size, count);
    const shown = Math.min(count, 0xffff);
    this.write(
      record([4, 0x06054b50], [2, 0], [2, 0], [2, shown], [2, shown]),
      record([4, size], [4, Math.min(start, WIDE)], [2, 0]),
    );
  }

  private writeDirectoryEntry({ name, size, crc, header }: Written): void {
    const wide: [8, number][] = [];
    if (size >= WIDE) wide.push([8, size], [8, size]);
    if (header >= WIDE) wide.push([8, header]);
    const extra = wide.length ? record([2, 1], [2, wide.length * 8], ...wide) : EMPTY;
    const version = extra.length ? 45 : 20;
    const shown = Math.min(size, WIDE);
    this.write(
      record([4, 0x02014b50], [2, version], [2, version], [2, UTF8_NAMES], [2, 0], [2, 0], [2, DATE]),
      record([4, crc], [4, shown], [4, shown], [2, name.length], [2, extra.length], [2, 0], [2, 0]),
      record([2, 0], [4, 0], [4, Math.min(header, WIDE)]),
      name,
      extra,
    );
  }

  private writeWideEnd(start: number, size: number, count: number): void {
    const at = this.offset;
    this.write(
      record([4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0], [8, count], [8, count]),
      record([8, size], [8, start]),
      record([4, 0x07064b50], [4, 0], [8, at], [4, 1]),
    );
  }

  private write(...parts: readonly Uint8Array[]): void {
    for (const part of parts) {
      this.sink.write(part);
      this.offset += part.length;
    }
  }
}

const EMPTY = new Uint8Array(0);

/** Little-endian fields of 2, 4 or 8 bytes. */
function record(...fields: readonly (readonly [2 | 4 | 8, number])[]): Uint8Array {
  const bytes = new Uint8Array(fields.reduce((sum, [width]) => sum + width, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [width, value] of fields) {
    if (width === 2) view.setUint16(at, value, true);
    else if (width === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += width;
  }
  return bytes;
}
