const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const JPEG = [0xff, 0xd8, 0xff];

/** True for bytes that begin as a PNG file does. */
export function isPng(bytes: Uint8Array): boolean {
  return PNG.every((byte, i) => bytes[i] === byte);
}

/** True for bytes that begin as a JPEG file does. */
export function isJpeg(bytes: Uint8Array): boolean {
  return JPEG.every((byte, i) => bytes[i] === byte);
}

/** Width and height from the header of a PNG or JPEG; undefined if it ends before them. */
export function imageSize(bytes: Uint8Array): { width: number; height: number } | undefined {
  if (!isPng(bytes)) return jpegFrame(bytes);
  const view = viewOf(bytes);
  return bytes.length < 24 ? undefined : { width: view.getUint32(16), height: view.getUint32(20) };
}

/** What the frame header of a JPEG says (ITU T.81, B.2.2). */
export interface JpegFrame {
  readonly height: number;
  readonly width: number;
  /** Colours: 1 grey, 3 RGB, 4 CMYK. */
  readonly components: number;
  /** Coefficients for each pixel: 3 without subsampling, 1.5 with half as many colours on each axis. */
  readonly density: number;
}

/** The first frame header, which is the one that counts; undefined without. */
export function jpegFrame(bytes: Uint8Array): JpegFrame | undefined {
  const view = viewOf(bytes);
  const at = segment(view, isFrame);
  if (at === undefined || at + 10 > view.byteLength) return undefined;
  const components = view.getUint8(at + 9);
  if (at + 10 + 3 * components > view.byteLength) return undefined;
  const sampling = Array.from({ length: components }, (_, i) => view.getUint8(at + 11 + 3 * i));
  const share = (axis: (factors: number) => number): number => Math.max(1, ...sampling.map(axis));
  const most = share((factors) => factors >> 4) * share((factors) => factors & 15);
  const all = sampling.reduce((sum, factors) => sum + (factors >> 4) * (factors & 15), 0);
  return {
    height: view.getUint16(at + 5),
    width: view.getUint16(at + 7),
    components,
    density: all / most,
  };
}

/**
 * How many times a JPEG goes over its picture: a progressive one does so some ten times, a file may say it thousands of
 * times.
 */
export function jpegScans(bytes: Uint8Array): number {
  const view = viewOf(bytes);
  let scans = 0;
  for (let at = segment(view, isScan); at !== undefined; at = segment(view, isScan, at)) {
    scans++;
    at = nextMarker(bytes, at + 2 + view.getUint16(at + 2));
  }
  return scans;
}

/** Behind the packed pixels: a 0xff in them is followed by 0 or by a number that says where decoding may begin anew. */
function nextMarker(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1] ?? 0;
    if (next !== 0 && next !== 0xff && !isBare(next)) return at;
  }
  return bytes.length;
}

/**
 * True if the marker "end of image" follows the beginning of the pixels; some cameras append bytes after it. The
 * one of a thumbnail, which lies before them, does not count.
 */
export function hasJpegEnd(bytes: Uint8Array): boolean {
  const scan = segment(viewOf(bytes), isScan);
  if (scan === undefined) return false;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(END, scan);
}

const END = Buffer.from([0xff, 0xd9]);

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Walks the segments to the first whose marker is wanted (ITU T.81, B.1.1.4), as libjpeg does: what it would not read as a
 * segment is not one here either.
 * @returns where its marker lies
 */
function segment(view: DataView, isWanted: (marker: number) => boolean, from = 2): number | undefined {
  let at = from;
  while (at + 4 <= view.byteLength) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    if (isWanted(marker)) return at;
    if (ENDS.includes(marker)) return undefined;
    // A fill byte may stand before a marker.
    if (marker === 0xff) at += 1;
    else at += isBare(marker) ? 2 : 2 + Math.max(view.getUint16(at + 2), 2);
  }
  return undefined;
}

/** No segments of the header come behind: begin and end of an image, and its pixels. */
const ENDS: readonly number[] = [0xd8, 0xd9, 0xda];

/** Markers without a length: RST0 … RST7 and TEM. */
function isBare(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);
}

function isScan(marker: number): boolean {
  return marker === 0xda;
}

/** SOF0 … SOF15 without DHT, JPG and DAC, which lie between them. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

/** What other files begin with, as Latin-1, and what they are. */
const OTHERS: ReadonlyArray<readonly [RegExp, string]> = [
  [/^RIFF[^]{4}WEBP/, 'a WebP image'],
  [/^GIF8/, 'a GIF image'],
  [/^(II\*\0|MM\0\*)/, 'a TIFF image'],
  [/^[^]{4}ftypavi/, 'an AVIF image'],
  [/^[^]{4}ftyp(hei|hev|mif)/, 'a HEIF image'],
  [/^BM/, 'a BMP image'],
  [/^\s*<(!doctype|html)/i, 'a web page'],
  [/^version https:\/\/git-lfs/, 'a Git LFS pointer: the file itself was not fetched'],
];

/** What a file is that is not a PNG or JPEG, by how it begins. */
export function describeOther(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'an empty file';
  const start = Buffer.from(bytes.subarray(0, 64));
  const known = OTHERS.find(([pattern]) => pattern.test(start.toString('latin1')));
  return known?.[1] ?? `bytes ${start.subarray(0, 4).toString('hex')}`;
}
