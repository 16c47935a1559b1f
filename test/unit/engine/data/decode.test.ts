import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../../../src/engine/data/decode';
import { GREY, GREY_ALPHA, JPEG, makePng, PALETTE, RGB, RGBA } from '../../../support/pictures';

const decode = async (bytes: Uint8Array) => {
  const { pixels, ...size } = await decodeImage(bytes, 'a/b.png');
  return { ...size, pixels: [...pixels] };
};

describe('PNG', () => {
  it('grey and RGB of 8 bits', async () => {
    const grey = makePng({
      width: 2,
      height: 2,
      colour: GREY,
      rows: [
        [0, 255],
        [7, 8],
      ],
    });
    expect(await decode(grey)).toEqual({ width: 2, height: 2, channels: 1, pixels: [0, 255, 7, 8] });
    const rgb = makePng({
      width: 1,
      height: 2,
      colour: RGB,
      rows: [
        [1, 2, 3],
        [4, 5, 6],
      ],
    });
    expect(await decode(rgb)).toEqual({ width: 1, height: 2, channels: 3, pixels: [1, 2, 3, 4, 5, 6] });
  });

  it('drops transparency, as stock frameworks do', async () => {
    const rgba = makePng({ width: 1, height: 1, colour: RGBA, rows: [[10, 20, 30, 0]] });
    expect(await decode(rgba)).toEqual({ width: 1, height: 1, channels: 3, pixels: [10, 20, 30] });
    const grey = makePng({ width: 1, height: 1, colour: GREY_ALPHA, rows: [[10, 128]] });
    expect(await decode(grey)).toEqual({ width: 1, height: 1, channels: 1, pixels: [10] });
  });

  it('packed grey of 1, 2 and 4 bits is stretched; rows start at a byte', async () => {
    const one = makePng({
      width: 9,
      height: 2,
      depth: 1,
      rows: [
        [0b10100000, 0b10000000],
        [0b01000000, 0],
      ],
    });
    const { pixels } = await decode(one);
    expect(pixels).toEqual([255, 0, 255, 0, 0, 0, 0, 0, 255, 0, 255, 0, 0, 0, 0, 0, 0, 0]);
    const two = makePng({ width: 3, height: 1, depth: 2, rows: [[0b00011000]] });
    expect((await decode(two)).pixels).toEqual([0, 85, 170]);
    const four = makePng({ width: 1, height: 1, depth: 4, rows: [[0xf0]] });
    expect((await decode(four)).pixels).toEqual([255]);
  });

  it('16 bits keep their upper half', async () => {
    const deep = makePng({ width: 2, height: 1, depth: 16, rows: [[0x12, 0xff, 0xff, 0xff]] });
    expect((await decode(deep)).pixels).toEqual([0x12, 0xff]);
  });

  it('palettes become RGB', async () => {
    const palette = [9, 8, 7, 1, 2, 3];
    const image = makePng({ width: 3, height: 1, depth: 1, colour: PALETTE, palette, rows: [[0b01000000]] });
    expect(await decode(image)).toEqual({
      width: 3,
      height: 1,
      channels: 3,
      pixels: [9, 8, 7, 1, 2, 3, 9, 8, 7],
    });
  });
});

/** A JPEG with itself as the thumbnail in its EXIF segment. */
function withThumbnail(jpeg: Buffer): Buffer {
  const exif = Buffer.concat([Buffer.from('Exif\0\0'), jpeg]);
  const header = Buffer.from([0xff, 0xe1, (exif.length + 2) >> 8, (exif.length + 2) & 0xff]);
  return Buffer.concat([jpeg.subarray(0, 2), header, exif, jpeg.subarray(2)]);
}

/** The number of colour channels in the frame header is 4. */
function fourChannels(jpeg: Buffer): Buffer {
  const changed = Buffer.from(jpeg);
  changed[changed.indexOf(Buffer.from([0xff, 0xc0])) + 9] = 4;
  return changed;
}

function flipped(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] ^= 1;
  return changed;
}

describe('JPEG', () => {
  it('with a thumbnail is decoded as without', async () => {
    expect(await decode(withThumbnail(JPEG))).toEqual(await decode(JPEG));
  });

  it('is decoded to RGB', async () => {
    const { width, height, channels, pixels } = await decode(JPEG);
    expect([width, height, channels, pixels.length]).toEqual([8, 6, 3, 8 * 6 * 3]);
    [200, 40, 90].forEach((value, channel) => expect(Math.abs(pixels[channel] - value)).toBeLessThan(4));
  });

  it('two at once do not disturb each other', async () => {
    const [a, b] = await Promise.all([decode(JPEG), decode(JPEG)]);
    expect(a).toEqual(b);
  });
});

describe('refuses, naming the file', () => {
  const png = makePng({
    width: 2,
    height: 2,
    rows: [
      [0, 1],
      [2, 3],
    ],
  });
  const huge = Buffer.from(png);
  huge.writeUInt32BE(60_000, 16);
  huge.writeUInt32BE(60_000, 20);
  const cases: [string, Uint8Array, RegExp][] = [
    ['an empty file', new Uint8Array(), /^a\/b\.png: not a PNG or JPEG image \(found an empty file\)$/],
    ['text', Buffer.from('text'), /^a\/b\.png: not a PNG or JPEG image \(found bytes 74657874\)$/],
    ['a web page', Buffer.from('<!DOCTYPE html>'), /^a\/b\.png: not a PNG .* \(found a web page\)$/],
    ['WebP', Buffer.from('RIFF\x10\0\0\0WEBPVP8 '), /^a\/b\.png: not a PNG .* \(found a WebP image\)$/],
    ['GIF', Buffer.from('GIF89a'), /^a\/b\.png: not a PNG .* \(found a GIF image\)$/],
    ['TIFF', Buffer.from('II*\0'), /^a\/b\.png: not a PNG .* \(found a TIFF image\)$/],
    ['AVIF', Buffer.from('\0\0\0 ftypavif'), /^a\/b\.png: not a PNG .* \(found an AVIF image\)$/],
    ['HEIF', Buffer.from('\0\0\0 ftypheic'), /^a\/b\.png: not a PNG .* \(found a HEIF image\)$/],
    [
      'a truncated PNG',
      png.subarray(0, 50),
      /^a\/b\.png: the image is damaged and cannot be decoded \(found it ends too early\)$/,
    ],
    ['a PNG without its header', png.subarray(0, 12), /^a\/b\.png: the image has no readable header$/],
    ['a truncated JPEG', JPEG.subarray(0, JPEG.length - 2), /^a\/b\.png: the image is truncated$/],
    [
      'a truncated JPEG with a thumbnail that is whole',
      withThumbnail(JPEG).subarray(0, -2),
      /^a\/b\.png: the image is truncated$/,
    ],
    [
      'a JPEG in CMYK',
      fourChannels(JPEG),
      /^a\/b\.png: the JPEG has the colours of print \(expected .*; found CMYK\)/,
    ],
    [
      'a PNG with a flipped bit',
      flipped(png, png.length - 17),
      /^a\/b\.png: the image is damaged and cannot be decoded/,
    ],
    [
      'a JPEG that stops in its header',
      JPEG.subarray(0, 30),
      /^a\/b\.png: the image has no readable header$/,
    ],
    [
      '60,000 × 60,000 pixels',
      huge,
      /^a\/b\.png: the image is too large \(expected at most 100 megapixels; found 60000 × 60000\)$/,
    ],
  ];
  it.each(cases)('%s', async (_, bytes, message) => {
    await expect(decodeImage(bytes, 'a/b.png')).rejects.toThrow(message);
  });

  it.each([0, 0xff])('a PNG that is cut, whatever lies behind it in memory (%i)', async (behind) => {
    const random = Array.from({ length: 16 }, (_, y) =>
      Array.from({ length: 16 }, (__, x) => (x * y * 97) % 251),
    );
    const whole = makePng({ width: 16, height: 16, rows: random });
    const cut = Math.floor(whole.length / 3);
    const memory = new Uint8Array(10_000).fill(behind);
    memory.set(whole.subarray(0, cut));
    await expect(decodeImage(memory.subarray(0, cut), 'a/b.png')).rejects.toThrow(
      /^a\/b\.png: the image is damaged and cannot be decoded \(found it ends too early\)$/,
    );
  });

  it('a damaged JPEG, and decodes the next one', async () => {
    const damaged = Buffer.from(JPEG);
    const frame = damaged.indexOf(Buffer.from([0xff, 0xc0]));
    damaged[frame + 9] = 9; // components
    await expect(decodeImage(damaged, 'a/b.jpg')).rejects.toThrow(/^a\/b\.jpg: the image is damaged/);
    expect((await decode(JPEG)).width).toBe(8);
  });
});
