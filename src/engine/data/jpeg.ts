import createDecoder, { type JpegDecoder } from '@jsquash/jpeg/codec/dec/mozjpeg_dec.js';
import wasm from '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm';
import { DataError } from '../../core/errors';
import type { Picture } from './dataset';
import { hasJpegEnd, jpegFrame, jpegScans } from './image-header';

/** A progressive file of libjpeg goes over its picture ten times, one that was searched for size thirty times. */
const MOST_SCANS = 100;

/** Pixels that all scans together go over: 100 megapixels twenty times. */
const MOST_WORK = 2e9;

/** Memory of a decoder that is kept for the next image; one that took more is left to the garbage collector. */
const KEPT = 64 * 1024 * 1024;

/** What the decoder takes beside the picture: its code, tables and rows. */
const OWN = 32 * 1024 * 1024;

/** Bytes for each pixel: RGBA as the decoder has it and as it hands it out, RGB, and the picture once more on its way. */
const PIXEL = 4 + 4 + 3 + 3;

/** Bytes of a coefficient; where a file goes over its picture several times, all of them are kept. */
const COEFFICIENT = 2;

interface Loaded {
  readonly decoder: JpegDecoder;
  readonly memory: WebAssembly.Memory;
  /** Bytes beyond which the memory does not grow. */
  most: number;
}

let loading: Promise<Loaded> | undefined;
let compiled: WebAssembly.Module | undefined;

/** What the decoder hands pixels over in; browsers have it, Node does not. */
class PlainImageData {
  constructor(
    readonly data: Uint8ClampedArray,
    readonly width: number,
    readonly height: number,
  ) {}
}

/** Bytes that decoding takes besides the file; 0 without a header. */
export function jpegMemory(bytes: Uint8Array): number {
  const frame = jpegFrame(bytes);
  if (!frame) return 0;
  const coefficients = jpegScans(bytes) > 1 ? COEFFICIENT * frame.density : 0;
  return Math.ceil(frame.width * frame.height * (PIXEL + coefficients));
}

/**
 * A decoder of JPEG to RGB with libjpeg's own arithmetic (MozJPEG compiled to WebAssembly), so that pixels are those
 * that stock frameworks train on. It throws DataError for a truncated file and for one that goes over its picture more
 * often than any does, and what libjpeg says for a damaged one.
 */
export async function jpegDecoder(): Promise<(bytes: Uint8Array) => Picture> {
  loading ??= loadDecoder();
  const loaded = await loading;
  return (bytes) => {
    try {
      return decodeWith(loaded, bytes);
    } finally {
      // Its memory never becomes smaller.
      if (loaded.memory.buffer.byteLength > KEPT) loading = undefined;
    }
  };
}

function decodeWith(loaded: Loaded, bytes: Uint8Array): Picture {
  // The decoder fills what is missing with grey and says nothing.
  if (!hasJpegEnd(bytes)) throw new DataError('the image is truncated');
  const frame = jpegFrame(bytes);
  if (frame?.components === 4) {
    throw new DataError('the JPEG has the colours of print', { found: 'CMYK', expected: 'RGB or grey' });
  }
  requireFewScans(bytes, (frame?.width ?? 0) * (frame?.height ?? 0));
  loaded.most = OWN + 2 * bytes.length + jpegMemory(bytes);
  const image = loaded.decoder.decode(Uint8Array.from(bytes), false);
  if (!image) throw new DataError('the image is damaged and cannot be decoded');
  const { width, height, data } = image;
  return { width, height, channels: 3, pixels: rgbOf(data, width * height) };
}

function requireFewScans(bytes: Uint8Array, pixels: number): void {
  const scans = jpegScans(bytes);
  if (scans <= MOST_SCANS && scans * pixels <= MOST_WORK) return;
  throw new DataError('the JPEG goes over its picture too often', {
    found: `${scans} scans`,
    expected: `at most ${Math.min(MOST_SCANS, Math.floor(MOST_WORK / pixels))} scans`,
  });
}

async function loadDecoder(): Promise<Loaded> {
  const scope = globalThis as { ImageData?: unknown };
  scope.ImageData ??= PlainImageData;
  const module = (compiled ??= new WebAssembly.Module(wasm));
  let memory: WebAssembly.Memory | undefined;
  const decoder = await createDecoder({
    noInitialRun: true,
    print: ignore,
    printErr: ignore,
    instantiateWasm: (imports, done) => {
      const instance = new WebAssembly.Instance(module, imports);
      memory = Object.values(instance.exports).find((item) => item instanceof WebAssembly.Memory);
      done(instance);
      return instance.exports;
    },
  });
  if (!memory) throw new Error('the JPEG decoder has no memory');
  const loaded: Loaded = { decoder, memory, most: OWN };
  limitMemory(loaded);
  return loaded;
}

/** Refuses growth of this decoder's memory beyond what the image at hand may take. */
function limitMemory(loaded: Loaded): void {
  const { memory } = loaded;
  const grow = memory.grow.bind(memory);
  memory.grow = (pages) => {
    if (memory.buffer.byteLength + pages * 65536 > loaded.most) {
      throw new RangeError('the JPEG decoder may not take more memory');
    }
    return grow(pages);
  };
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
