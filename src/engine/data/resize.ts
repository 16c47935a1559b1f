import type { Resize } from '../../shared/choices';
import { resizeSmoothed, type Pixels } from './antialias';
import type { Picture } from './dataset';

/** Size and channels of what a network takes. */
export interface InputSize {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** `squash` when absent. */
  readonly resize?: Resize;
}

/** A picture in the network's size and channels, as bytes. Grey is repeated, RGB becomes luma (ITU-R BT.601). */
export function fitPicture(picture: Picture, size: InputSize): Uint8Array {
  const { height, width, resize = 'squash' } = size;
  const coloured = withChannels(picture, size.channels);
  if (coloured.height === height && coloured.width === width) return coloured.pixels;
  return HOW[resize](coloured, height, width);
}

type Resizing = (picture: Pixels, height: number, width: number) => Uint8Array;

const HOW: Readonly<Record<Resize, Resizing>> = {
  squash: (picture, height, width) =>
    sampled(picture, taps(picture.height, height), taps(picture.width, width)),
  crop: cropped,
  antialias: resizeSmoothed,
};

/**
 * The picture scaled by one factor so that it just covers the size, and of it the centre. Where the rest is odd, the larger half is cut
 * at the bottom and on the right.
 */
function cropped(picture: Pixels, height: number, width: number): Uint8Array {
  const factor = Math.max(height / picture.height, width / picture.width);
  const centre = (from: number, to: number): Tap[] => {
    const scaled = Math.max(Math.round(from * factor), to);
    const start = Math.floor((scaled - to) / 2);
    return taps(from, scaled, start, to);
  };
  return sampled(picture, centre(picture.height, height), centre(picture.width, width));
}

function withChannels({ height, width, channels, pixels }: Picture, wanted: number): Pixels {
  if (channels === wanted) return { height, width, channels, pixels };
  const count = height * width;
  const result = new Uint8Array(count * wanted);
  for (let i = 0; i < count; i++) {
    if (channels === 1) result.fill(pixels[i], i * wanted, (i + 1) * wanted);
    else result[i] = luma(pixels[i * 3], pixels[i * 3 + 1], pixels[i * 3 + 2]);
  }
  return { height, width, channels: wanted, pixels: result };
}

function luma(red: number, green: number, blue: number): number {
  return Math.round((299 * red + 587 * green + 114 * blue) / 1000);
}

/** Where an output position reads: two neighbours and the share of the second. */
interface Tap {
  readonly low: number;
  readonly high: number;
  readonly share: number;
}

/** Bilinear with half-pixel centres and no smoothing beforehand, as TensorFlow's `image.resize`; rounded to bytes. */
function sampled(picture: Pixels, rows: readonly Tap[], columns: readonly Tap[]): Uint8Array {
  const { channels, pixels } = picture;
  const result = new Uint8Array(rows.length * columns.length * channels);
  const at = (row: number, column: number, channel: number): number =>
    pixels[(row * picture.width + column) * channels + channel];
  let next = 0;
  for (const row of rows) {
    for (const column of columns) {
      for (let channel = 0; channel < channels; channel++) {
        const upper = mix(at(row.low, column.low, channel), at(row.low, column.high, channel), column.share);
        const lower = mix(
          at(row.high, column.low, channel),
          at(row.high, column.high, channel),
          column.share,
        );
        result[next++] = Math.round(mix(upper, lower, row.share));
      }
    }
  }
  return result;
}

function mix(a: number, b: number, share: number): number {
  return a + (b - a) * share;
}

/** Of a side of `to` positions, `count` from `start` on. */
function taps(from: number, to: number, start = 0, count = to): Tap[] {
  return Array.from({ length: count }, (_, i) => {
    const centre = Math.min(Math.max(((start + i + 0.5) * from) / to - 0.5, 0), from - 1);
    const low = Math.floor(centre);
    return { low, high: Math.min(low + 1, from - 1), share: centre - low };
  });
}
