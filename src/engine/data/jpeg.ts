import createDecoder, { type JpegDecoder } from '@jsquash/jpeg/codec/dec/mozjpeg_dec.js';
import wasm from '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm';
import { DataError } from '../../core/errors';
import type { Picture } from './dataset';
import { hasJpegEnd, jpegChannels } from './image-header';

let decoder: Promise<JpegDecoder> | undefined;

/** What the decoder hands pixels over in; browsers have it, Node does not. */
class PlainImageData {
  constructor(
    readonly data: Uint8ClampedArray,
    readonly width: number,
    readonly height: number,
  ) {}
}

/**
 * A decoder of JPEG to RGB with libjpeg's own arithmetic (MozJPEG compiled to WebAssembly), so that pixels are those
 * that stock frameworks train on. It throws DataError for a truncated file, and what libjpeg says for a damaged one.
 */
export async function jpegDecoder(): Promise<(bytes: Uint8Array) => Picture> {
  decoder ??= loadDecoder();
  const loaded = await decoder;
  return (bytes) => decodeWith(loaded, bytes);
}

function decodeWith(loaded: JpegDecoder, bytes: Uint8Array): Picture {
  // The decoder fills what is missing with grey and says nothing.
  if (!hasJpegEnd(bytes)) throw new DataError('the image is truncated');
  if (jpegChannels(bytes) === 4) {
    throw new DataError('the JPEG has the colours of print', { found: 'CMYK', allowed: 'RGB or grey' });
  }
  const image = loaded.decode(Uint8Array.from(bytes), false);
  if (!image) throw new DataError('the image is damaged and cannot be decoded');
  const { width, height, data } = image;
  return { width, height, channels: 3, pixels: rgbOf(data, width * height) };
}

function loadDecoder(): Promise<JpegDecoder> {
  const scope = globalThis as { ImageData?: unknown };
  scope.ImageData ??= PlainImageData;
  const module = new WebAssembly.Module(wasm);
  return createDecoder({
    noInitialRun: true,
    print: ignore,
    printErr: ignore,
    instantiateWasm: (imports, done) => {
      const instance = new WebAssembly.Instance(module, imports);
      done(instance);
      return instance.exports;
    },
  });
}

/** The decoder prints its complaints and then throws. */
function ignore(): void {}

function rgbOf(rgba: Uint8ClampedArray, count: number): Uint8Array {
  const pixels = new Uint8Array(count * 3);
  for (let i = 0; i < count; i++) {
    pixels[i * 3] = rgba[i * 4];
    pixels[i * 3 + 1] = rgba[i * 4 + 1];
    pixels[i * 3 + 2] = rgba[i * 4 + 2];
  }
  return pixels;
}
