import { decode as decodePng, type DecodedPng } from 'fast-png';
import { DataError, UserError } from '../../core/errors';
import type { Picture } from './dataset';
import { describeOther, imageSize, isJpeg, isPng } from './image-header';
import { jpegDecoder } from './jpeg';

/** Larger images are refused before anything is allocated: 100 megapixels are 400 MB decoded. */
export const MAX_PIXELS = 100_000_000;

/**
 * Decodes a PNG or JPEG to 8-bit grey or RGB. Transparency is dropped and EXIF rotation not applied, as stock
 * frameworks do; 16-bit values keep their upper half.
 * @throws DataError naming the file.
 */
export async function decodeImage(bytes: Uint8Array, path: string): Promise<Picture> {
  if (!isPng(bytes) && !isJpeg(bytes)) {
    throw new DataError('not a PNG or JPEG image', { path, found: describeOther(bytes) });
  }
  const size = imageSize(bytes);
  if (!size) throw new DataError('the image has no readable header', { path });
  if (size.width * size.height > MAX_PIXELS) {
    throw new DataError('the image is too large', {
      path,
      found: `${size.width} × ${size.height}`,
      allowed: `${MAX_PIXELS / 1e6} megapixels`,
    });
  }
  const decode = isPng(bytes) ? decodePngPicture : await jpegDecoder();
  try {
    return decode(bytes);
  } catch (error) {
    if (error instanceof UserError) throw new DataError(error.summary, { ...error.detail, path });
    throw new DataError('the image is damaged and cannot be decoded', { path, found: reasonOf(error) });
  }
}

/** What a decoder says. A read behind the last byte is one of the language's own errors, whose words help nobody. */
function reasonOf(error: unknown): string | undefined {
  if (error instanceof RangeError) return 'it ends too early';
  return error instanceof Error ? error.message : undefined;
}

function decodePngPicture(bytes: Uint8Array): Picture {
  const { width, height, data, channels, depth, palette } = decodePng(bytes, { checkCrc: true });
  const pixels = toBytes(data, depth, width * channels);
  if (palette) return { width, height, channels: 3, pixels: lookUp(pixels, palette) };
  if (depth < 8) return { width, height, channels: 1, pixels: stretch(pixels, depth) };
  if (channels === 1 || channels === 3) return { width, height, channels, pixels };
  const kept = channels === 2 ? 1 : 3;
  return { width, height, channels: kept, pixels: withoutAlpha(pixels, kept) };
}

/** Samples of 1, 2, 4 or 16 bits, a byte each. */
function toBytes(data: DecodedPng['data'], depth: number, samplesPerRow: number): Uint8Array {
  if (depth === 16) return Uint8Array.from(data, (value) => value >> 8);
  if (depth === 8) return new Uint8Array(data.buffer, data.byteOffset, data.length);
  return unpack(data, depth, samplesPerRow);
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

function lookUp(indices: Uint8Array, palette: NonNullable<DecodedPng['palette']>): Uint8Array {
  const pixels = new Uint8Array(indices.length * 3);
  indices.forEach((index, i) => pixels.set((palette[index] ?? [0, 0, 0]).slice(0, 3), i * 3));
  return pixels;
}

function withoutAlpha(pixels: Uint8Array, kept: 1 | 3): Uint8Array {
  const count = pixels.length / (kept + 1);
  const opaque = new Uint8Array(count * kept);
  for (let i = 0; i < count; i++) {
    opaque.set(pixels.subarray(i * (kept + 1), i * (kept + 1) + kept), i * kept);
  }
  return opaque;
}
