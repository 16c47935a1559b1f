import { constants, crc32, deflateRawSync, deflateSync } from 'node:zlib';
import { chunk } from './pictures';

const MEBIBYTE = 1024 * 1024;

/** Bytes and so many zeros behind them, deflated to a thousandth in moments. */
export interface Zeros {
  readonly head?: Uint8Array;
  readonly mebibytes: number;
}

const ZEROS = Buffer.alloc(MEBIBYTE);
const PACKED = deflateRawSync(ZEROS, { level: 9, finishFlush: constants.Z_FULL_FLUSH });

/** As raw deflate. */
function deflatedZeros({ head = Buffer.alloc(0), mebibytes }: Zeros): Buffer {
  const first = deflateRawSync(head, { finishFlush: constants.Z_FULL_FLUSH });
  return Buffer.concat([
    first,
    ...new Array<Buffer>(mebibytes).fill(PACKED),
    deflateRawSync(Buffer.alloc(0)),
  ]);
}

/** Their check sum as gzip and zip have it. */
function crcOfZeros({ head = Buffer.alloc(0), mebibytes }: Zeros): number {
  let crc = crc32(head);
  for (let i = 0; i < mebibytes; i++) crc = crc32(ZEROS, crc);
  return crc;
}

/** With zlib's header; the sum at the end is not theirs unless there are none but zeros. */
function zlibZeros(zeros: Zeros): Buffer {
  const adler = Buffer.alloc(4);
  adler.writeUInt16BE((zeros.mebibytes * MEBIBYTE) % 65521, 0);
  adler.writeUInt16BE(1, 2);
  return Buffer.concat([Buffer.from([0x78, 0xda]), deflatedZeros(zeros), adler]);
}

/** With gzip's header. */
export function gzipZeros(zeros: Zeros): Buffer {
  const end = Buffer.alloc(8);
  end.writeUInt32LE(crcOfZeros(zeros), 0);
  end.writeUInt32LE(((zeros.head?.length ?? 0) + zeros.mebibytes * MEBIBYTE) % 2 ** 32, 4);
  return Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]), deflatedZeros(zeros), end]);
}

interface PngFacts {
  readonly width?: number;
  readonly height?: number;
  readonly depth?: number;
  readonly colour?: number;
  readonly interlaced?: boolean;
}

function header({ width = 8, height = 8, depth = 8, colour = 2, interlaced = false }: PngFacts): Buffer {
  const bytes = Buffer.alloc(13);
  bytes.writeUInt32BE(width, 0);
  bytes.writeUInt32BE(height, 4);
  bytes.set([depth, colour, 0, 0, Number(interlaced)], 8);
  return chunk('IHDR', bytes);
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const END = chunk('IEND', Buffer.alloc(0));

/** A PNG of black pixels, packed as they are or as so many mebibytes of zeros. */
export function pngOf(
  facts: PngFacts,
  { mebibytes, before = [] }: { readonly mebibytes?: number; readonly before?: readonly Buffer[] } = {},
): Buffer {
  const { width = 8, height = 8, depth = 8, colour = 2 } = facts;
  const channels = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }[colour] ?? 1;
  const rows = height * (1 + Math.ceil((width * channels * depth) / 8));
  // An interlaced image of so few pixels has fewer bytes than two of its rows more.
  const data =
    mebibytes === undefined ? deflateSync(Buffer.alloc(rows + 2 * width)) : zlibZeros({ mebibytes });
  return Buffer.concat([SIGNATURE, header(facts), ...before, chunk('IDAT', data), END]);
}

/** A chunk that holds so many mebibytes, packed: a profile, or a text. */
export function packedChunk(type: 'iCCP' | 'zTXt' | 'iTXt', mebibytes: number): Buffer {
  const start = { iCCP: 'icc\0\0', zTXt: 'Comment\0\0', iTXt: 'Comment\0\x01\0\0\0' }[type];
  return chunk(type, Buffer.concat([Buffer.from(start, 'latin1'), zlibZeros({ mebibytes })]));
}

/** An archive with one deflated entry. */
export function zipOfZeros(name: string, zeros: Zeros): Buffer {
  const packed = deflatedZeros(zeros);
  const size = (zeros.head?.length ?? 0) + zeros.mebibytes * MEBIBYTE;
  return zipOfDeflated([{ name, packed, size, crc: crcOfZeros(zeros) }]);
}

interface Deflated {
  readonly name: string;
  readonly packed: Buffer;
  readonly size: number;
  readonly crc: number;
}

/** An archive of entries that are deflated. */
export function zipOfDeflated(entries: readonly Deflated[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, packed, size, crc } of entries) {
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(8, 4);
    facts.writeUInt32LE(crc, 10);
    facts.writeUInt32LE(packed.length, 14);
    facts.writeUInt32LE(size, 18);
    facts.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), facts, Buffer.from(name), packed]);
    const where = Buffer.alloc(14);
    where.writeUInt32LE(at, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\0'), facts, where, Buffer.from(name)]));
    parts.push(local);
    at += local.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(listed.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...parts, listed, Buffer.from('PK\x05\x06'), end]);
}

/** A deflated entry of bytes that are worth it. */
export function deflatedEntry(name: string, bytes: Uint8Array): Deflated {
  return { name, packed: deflateRawSync(bytes), size: bytes.length, crc: crc32(bytes) };
}

/** A progressive JPEG whose last scan is there so many times. */
export function repeatedScan(jpeg: Uint8Array, times: number): Buffer {
  const bytes = Buffer.from(jpeg);
  const last = bytes.lastIndexOf(Buffer.from([0xff, 0xda]));
  const scan = bytes.subarray(last, -2);
  return Buffer.concat([bytes.subarray(0, -2), ...new Array<Buffer>(times).fill(scan), bytes.subarray(-2)]);
}

/** Two archives as one: their entries, one behind the other. */
export function joinedZip(a: Buffer, b: Buffer): Buffer {
  const [first, second] = [a, b].map((zip) => {
    const start = zip.readUInt32LE(zip.length - 6);
    const count = zip.readUInt16LE(zip.length - 12);
    return {
      local: zip.subarray(0, start),
      listed: Buffer.from(zip.subarray(start, -22)),
      end: zip.subarray(-22),
      count,
    };
  });
  for (let at = 0; at < second.listed.length; at += 46 + second.listed.readUInt16LE(at + 28)) {
    second.listed.writeUInt32LE(second.listed.readUInt32LE(at + 42) + first.local.length, at + 42);
  }
  const end = Buffer.from(first.end);
  end.writeUInt16LE(first.count + second.count, 8);
  end.writeUInt16LE(first.count + second.count, 10);
  end.writeUInt32LE(first.listed.length + second.listed.length, 12);
  end.writeUInt32LE(first.local.length + second.local.length, 16);
  return Buffer.concat([first.local, second.local, first.listed, second.listed, end]);
}
