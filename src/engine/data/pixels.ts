import { DataError } from '../../core/errors';
import type { Samples } from './dataset';
import { MAX_PIXELS } from './decode';

/** Images of one size, one behind the other, a byte a channel. */
export interface PixelBlock {
  readonly path: string;
  /** Of an image, for errors. */
  nameOf(index: number): string;
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** True where each channel is a plane of its own; else channels are last. */
  readonly planar: boolean;
  /** The bytes of an image. */
  read(index: number): Uint8Array;
  /** Bytes that lie in memory whole; 0 where images are read one by one. */
  readonly held: number;
  /** What is not the same for other pixels. */
  readonly fingerprint: string;
}

/**
 * A block of images as samples.
 * @throws DataError for sizes that no image has, and where labels are not equally many.
 */
export function pixelSamples(block: PixelBlock, labels: Int32Array, where: string): Samples {
  const { path, count, height, width, channels, planar, held, fingerprint } = block;
  const found = `${count} of ${height} × ${width} × ${channels}`;
  if (count * height * width === 0) throw new DataError('there are no images', { path, where, found });
  if (channels !== 1 && channels !== 3) {
    throw new DataError('images must be grey or RGB', {
      path,
      where,
      found: `${channels} channels`,
      expected: '1 or 3 channels',
    });
  }
  if (height * width > MAX_PIXELS) {
    throw new DataError('the images are too large', {
      path,
      where,
      found,
      expected: `at most ${MAX_PIXELS / 1e6} megapixels`,
    });
  }
  if (labels.length !== count) {
    throw new DataError('images and labels are not equally many', {
      ...{ path, where, found: labelCount(labels.length) },
      expected: labelCount(count),
    });
  }
  const size = { height, width, channels };
  return {
    count,
    labels,
    nameOf: (index) => block.nameOf(index),
    fingerprint,
    ...(held > 0 && { held: { bytes: held, ...size, inPlace: !planar } }),
    picture: (index) =>
      new Promise((resolve) => {
        const pixels = block.read(index);
        const ordered = planar && channels > 1 ? channelsLast(pixels, channels) : pixels;
        resolve({ height, width, channels, pixels: ordered });
      }),
  };
}

/** `1 label`, `2 labels`. */
export function labelCount(count: number): string {
  return count === 1 ? '1 label' : `${count} labels`;
}

/** Planes of one image as pixels. */
export function channelsLast(planes: Uint8Array, channels: number): Uint8Array {
  const size = planes.length / channels;
  const pixels = new Uint8Array(planes.length);
  for (let channel = 0; channel < channels; channel++) {
    for (let i = 0; i < size; i++) pixels[i * channels + channel] = planes[channel * size + i];
  }
  return pixels;
}
