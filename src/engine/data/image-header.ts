const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const JPEG = [0xff, 0xd8, 0xff];

export function isPng(bytes: Uint8Array): boolean {
  return PNG.every((byte, i) => bytes[i] === byte);
}

export function isJpeg(bytes: Uint8Array): boolean {
  return JPEG.every((byte, i) => bytes[i] === byte);
}

/** Width and height from the header of a PNG or JPEG; undefined if it ends before them. */
export function imageSize(bytes: Uint8Array): { width: number; height: number } | undefined {
  const view = viewOf(bytes);
  if (!isPng(bytes)) return jpegSize(view);
  if (bytes.length < 24) return undefined;
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

/** Colour channels of a JPEG: 1 grey, 3 RGB, 4 CMYK; undefined without a frame header. */
export function jpegChannels(bytes: Uint8Array): number | undefined {
  const view = viewOf(bytes);
  const at = segment(view, isFrame);
  return at === undefined || at + 10 > view.byteLength ? undefined : view.getUint8(at + 9);
}

/**
 * True if the marker "end of image" stands behind the beginning of the pixels; some cameras append bytes behind it. The
 * one of a thumbnail, which lies before them, does not count.
 */
export function hasJpegEnd(bytes: Uint8Array): boolean {
  const scan = segment(viewOf(bytes), (marker) => marker === 0xda);
  if (scan === undefined) return false;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(END, scan);
}

const END = Buffer.from([0xff, 0xd9]);

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Height and width in the frame header. */
function jpegSize(view: DataView): { width: number; height: number } | undefined {
  const at = segment(view, isFrame);
  return at === undefined ? undefined : { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
}

/** Walks the segments to the first whose marker is wanted (ITU T.81, B.1.1.4). @returns where its marker lies */
function segment(view: DataView, isWanted: (marker: number) => boolean): number | undefined {
  let at = 2;
  while (at + 9 <= view.byteLength) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    if (isWanted(marker)) return at;
    // A fill byte may stand before a marker.
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
  return undefined;
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

/** What a file is that is no PNG or JPEG, by how it begins. */
export function describeOther(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'an empty file';
  const start = Buffer.from(bytes.subarray(0, 64));
  const known = OTHERS.find(([pattern]) => pattern.test(start.toString('latin1')));
  return known?.[1] ?? `bytes ${start.subarray(0, 4).toString('hex')}`;
}
