import { createInflate } from 'node:zlib';
import { decode, type DecodedPng } from 'fast-png';
import { DataError } from '../../core/errors';
import type { Picture } from './dataset';

const SIGNATURE = 8;

/** Length, type and check sum of a chunk. */
const AROUND = 12;

/** The type of a header, as a number. */
const IHDR = 0x49484452;

/** A palette has at most so many colours of three bytes. */
const MOST_PALETTE = 3 * 256;

/** Deflate packs at most so many bytes into one. */
const MOST_PACKED = 1032;

/** Samples of a pixel by colour type (PNG, 11.2.2). */
const CHANNELS: Readonly<Record<number, number | undefined>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** Where the passes of an interlaced image begin and how far apart their pixels are: columns, then rows (PNG, 8.2). */
const PASSES = [
  [0, 8, 0, 8],
  [4, 8, 0, 8],
  [0, 4, 4, 8],
  [2, 4, 0, 4],
  [0, 2, 2, 4],
  [1, 2, 0, 2],
  [0, 1, 1, 2],
] as const;

/** What a PNG is made of, as far as its pixels need it. */
export interface PngParts {
  /** Bytes that its pixels are packed from. */
  readonly inflated: number;
  /** Bytes that are in memory while it is decoded, besides the file. */
  readonly memory: number;
  /** The packed pixels. */
  readonly data: readonly Uint8Array[];
  /** The file without all that its pixels do not need: profiles, texts, the frames of an animation. */
  readonly plain: Uint8Array;
}

/**
 * Walks the chunks of a PNG. Only the first header and the first palette count, and what is unknown or unneeded is left out:
 * nothing of it is unpacked.
 * @returns undefined where there is no header that can be read
 * @throws DataError for a palette that no PNG can have
 */
export function pngParts(bytes: Uint8Array): PngParts | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kept: Uint8Array[] = [bytes.subarray(0, SIGNATURE)];
  const data: Uint8Array[] = [];
  const seen = new Set<string>();
  for (let at = SIGNATURE; at + AROUND <= bytes.length;) {
    const length = view.getUint32(at);
    const end = Math.min(at + AROUND + length, bytes.length);
    const type = Buffer.from(bytes.buffer, bytes.byteOffset + at + 4, 4).toString('latin1');
    if (type === 'PLTE' && length > MOST_PALETTE) {
      throw new DataError('the palette is too large', {
        found: `${length} bytes`,
        expected: `at most ${MOST_PALETTE} bytes`,
      });
    }
    if (isNeeded(type, seen)) kept.push(bytes.subarray(at, end));
    if (type === 'IDAT') data.push(bytes.subarray(at + 8, Math.min(at + 8 + length, bytes.length)));
    seen.add(type);
    at = end;
    if (type === 'IEND') break;
  }
  const facts = headerFacts(view);
  const size = kept.reduce((sum, part) => sum + part.length, 0);
  return facts && { ...facts, data, plain: size === bytes.length ? bytes : Buffer.concat(kept, size) };
}

function isNeeded(type: string, seen: ReadonlySet<string>): boolean {
  if (type === 'IDAT' || type === 'IEND') return true;
  return (type === 'IHDR' || type === 'PLTE') && !seen.has(type);
}

function headerFacts(view: DataView): { readonly inflated: number; readonly memory: number } | undefined {
  // It is first, or nothing that is read here would be its.
  if (view.byteLength < SIGNATURE + AROUND + 13 || view.getUint32(8) !== 13) return undefined;
  if (view.getUint32(12) !== IHDR) return undefined;
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const [depth, colour, interlaced] = [view.getUint8(24), view.getUint8(25), view.getUint8(28)];
  // An unknown colour is refused by the decoder, before it unpacks anything; until then it is the widest.
  const channels = CHANNELS[colour] ?? 4;
  const rows = (columns: number, count: number): number =>
    columns === 0 ? 0 : count * (1 + Math.ceil((columns * channels * depth) / 8));
  const inflated =
    interlaced === 0
      ? rows(width, height)
      : PASSES.reduce(
          (sum, [left, across, top, down]) =>
            sum + rows(Math.ceil((width - left) / across), Math.ceil((height - top) / down)),
          0,
        );
  // In pieces, as a whole and without filters; then a byte a sample, and the picture once more on its way.
  return { inflated, memory: 3 * inflated + width * height * (channels + 2 * 3) };
}

/**
 * Refuses packed pixels that are more than the header has place for: the decoder would take them all into memory. Few bytes
 * cannot be, and are not looked at.
 * @param room bytes beyond the header's that do no harm
 * @throws DataError
 */
export async function requireBounded({ data, inflated }: PngParts, room: number): Promise<void> {
  const packed = data.reduce((sum, { length }) => sum + length, 0);
  const most = inflated + room;
  if (packed * MOST_PACKED <= most) return;
  if ((await inflatedSize(data, most)) <= most) return;
  throw new DataError('the image holds more than its header says', {
    expected: `at most ${inflated} bytes unpacked`,
  });
}

/** Bytes that deflated data have unpacked, none of which is kept; counted no further than `most`. */
async function inflatedSize(data: readonly Uint8Array[], most: number): Promise<number> {
  const inflate = createInflate();
  for (const part of data) inflate.write(part);
  inflate.end();
  let size = 0;
  try {
    for await (const piece of inflate) {
      size += (piece as Buffer).length;
      if (size > most) break;
    }
  } catch (error) {
    // All of it was counted: the decoder says what it lacks. Other faults end the counting, and might not end the decoder.
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'Z_BUF_ERROR' && message !== 'incorrect data check') throw error;
  }
  return size;
}

/** Pixels of 8 bits, grey or RGB, of a PNG that is in bounds. */
export function decodePng({ plain }: PngParts): Picture {
  const { width, height, data, channels, depth, palette } = decode(byItself(plain), { checkCrc: true });
  const pixels = toBytes(data, depth, width * channels);
  if (palette) return { width, height, channels: 3, pixels: lookUp(pixels, palette) };
  if (depth < 8) return { width, height, channels: 1, pixels: stretch(pixels, depth) };
  if (channels === 1 || channels === 3) return { width, height, channels, pixels };
  const kept = channels === 2 ? 1 : 3;
  return { width, height, channels: kept, pixels: withoutAlpha(pixels, kept) };
}

/**
 * The bytes in memory that holds nothing else. Of a file that is cut the decoder would read on into what lies behind, so that the same
 * file could fail in several ways.
 */
function byItself(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : Uint8Array.from(bytes);
}

/** Samples of 1, 2, 4 or 16 bits, a byte each. */
function toBytes(data: DecodedPng['data'], depth: number, samplesPerRow: number): Uint8Array {
  if (depth === 16) return upperHalves(data);
  if (depth === 8) return new Uint8Array(data.buffer, data.byteOffset, data.length);
  return unpack(data, depth, samplesPerRow);
}

function upperHalves(data: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(data.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = data[i] >> 8;
  return bytes;
}

/** Packed samples of 1, 2 or 4 bits; each row starts at a byte. */
function unpack(data: ArrayLike<number>, depth: number, samplesPerRow: number): Uint8Array {
  const rowBytes = Math.ceil((samplesPerRow * depth) / 8);
  const rows = Math.floor(data.length / rowBytes);
  const mask = 2 ** depth - 1;
  const bytes = new Uint8Array(rows * samplesPerRow);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < samplesPerRow; i++) {
      const bit = i * depth;
      const byte = data[row * rowBytes + (bit >> 3)];
      bytes[row * samplesPerRow + i] = (byte >> (8 - depth - (bit & 7))) & mask;
    }
  }
  return bytes;
}

/** Grey of few bits on the scale of eight: 1 of one bit is white. */
function stretch(samples: Uint8Array, depth: number): Uint8Array {
  return samples.map((value) => (value * 255) / (2 ** depth - 1));
}

/** An index beyond the palette is black. */
function lookUp(indices: Uint8Array, palette: NonNullable<DecodedPng['palette']>): Uint8Array {
  const colours = new Uint8Array(3 * 256);
  palette.forEach((colour, index) => colours.set(colour.slice(0, 3), index * 3));
  const pixels = new Uint8Array(indices.length * 3);
  for (let i = 0; i < indices.length; i++) {
    for (let channel = 0; channel < 3; channel++) pixels[i * 3 + channel] = colours[indices[i] * 3 + channel];
  }
  return pixels;
}

function withoutAlpha(pixels: Uint8Array, kept: 1 | 3): Uint8Array {
  const count = pixels.length / (kept + 1);
  const opaque = new Uint8Array(count * kept);
  for (let i = 0; i < count; i++) {
    for (let channel = 0; channel < kept; channel++) {
      opaque[i * kept + channel] = pixels[i * (kept + 1) + channel];
    }
  }
  return opaque;
}
