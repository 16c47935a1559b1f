import { DataError, UserError } from '../../core/errors';
import { mostUnpacked, type Proportion } from '../../core/proportion';
import type { Picture } from './dataset';
import { describeOther, imageSize, isJpeg, isPng } from './image-header';
import { jpegMemory, jpegDecoder } from './jpeg';
import { decodePng, pngParts, requireBounded } from './png';

/** Larger images are refused before anything is allocated: 100 megapixels are 400 MB decoded. */
export const MAX_PIXELS = 100_000_000;

/** Larger files are refused: what an image of so many pixels has, and twice. */
export const MAX_FILE = 256 * 1024 * 1024;

/** What an image may take in memory, by its file's size: photographs take a hundredfold. */
const IN_MEMORY: Proportion = { free: 224 * 1024 * 1024, times: 400 };

/** What may be unpacked beyond a header's size without harm. */
const ROOM = 16 * 1024 * 1024;

/**
 * Decodes a PNG or JPEG to 8-bit grey or RGB. Transparency is dropped and EXIF rotation not applied, as stock
 * frameworks do; 16-bit values keep their upper half. What it takes in memory is bounded by the header and the file's size
 * before anything is unpacked; what lies beside the pixels is never unpacked.
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
      expected: `at most ${MAX_PIXELS / 1e6} megapixels`,
    });
  }
  try {
    return await (isPng(bytes) ? pngPicture(bytes) : jpegPicture(bytes));
  } catch (error) {
    if (error instanceof UserError) throw new DataError(error.summary, { ...error.detail, path });
    throw new DataError('the image is damaged and cannot be decoded', { path, found: reasonOf(error) });
  }
}

/** Bytes that decoding an image takes, as its header says; 0 where it has none that can be read. */
export function decodingMemory(bytes: Uint8Array): number {
  const memory = isPng(bytes) ? pngParts(bytes)?.memory : jpegMemory(bytes);
  return memory ?? 0;
}

async function pngPicture(bytes: Uint8Array): Promise<Picture> {
  const parts = pngParts(bytes);
  if (!parts) throw new DataError('the image has no readable header');
  requireProportion(parts.memory, bytes);
  await requireBounded(parts, ROOM);
  return decodePng(parts);
}

async function jpegPicture(bytes: Uint8Array): Promise<Picture> {
  requireProportion(jpegMemory(bytes), bytes);
  return (await jpegDecoder())(bytes);
}

function requireProportion(memory: number, { length }: Uint8Array): void {
  const most = mostUnpacked(length, IN_MEMORY);
  if (memory <= most) return;
  throw new DataError('the image would take much more memory than its file is worth', {
    found: `${memory} bytes from ${length}`,
    expected: `at most ${most} bytes`,
  });
}

/** What a decoder says. A read behind the last byte is one of the language's own errors, whose words help nobody. */
function reasonOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return [error, error.cause].some((each) => each instanceof RangeError)
    ? 'it ends too early'
    : error.message;
}
