import type { Distortion } from '../../shared/distortions';

/** Height, width and channels of an image in memory, row-major, channels last. */
interface ImageSize {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Whether a distorted image has the size of the original: a quarter turn swaps height and width. */
export function keepsSize(distortion: Distortion, { height, width }: Omit<ImageSize, 'channels'>): boolean {
  return distortion !== 'rotate90' || height === width;
}

/**
 * The distorted image, height × width × channels; every pixel moves as a whole, none is changed. 90° is
 * counter-clockwise, as in the paper.
 * @throws RangeError when the result has another size (see `keepsSize`), or `pixels` are not as many as `size` says
 */
export function distortImage(pixels: Uint8Array, size: ImageSize, distortion: Distortion): Uint8Array {
  const { height, width, channels } = size;
  if (pixels.length !== height * width * channels)
    throw new RangeError(`${pixels.length} values for an image of ${height} × ${width} × ${channels}`);
  if (!keepsSize(distortion, size))
    throw new RangeError(`an image of ${height} × ${width} turned by 90° is one of ${width} × ${height}`);
  if (distortion === 'none') return pixels;
  const distorted = new Uint8Array(pixels.length);
  let next = 0;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const from = sourceOf(row, column, size, distortion) * channels;
      for (let channel = 0; channel < channels; channel++) distorted[next++] = pixels[from + channel] ?? 0;
    }
  }
  return distorted;
}

/** Index of the pixel that comes to lie at a row and column. */
function sourceOf(
  row: number,
  column: number,
  { height, width }: ImageSize,
  distortion: Exclude<Distortion, 'none'>,
): number {
  switch (distortion) {
    case 'rotate90':
      return column * width + (width - 1 - row);
    case 'rotate180':
      return (height - 1 - row) * width + (width - 1 - column);
    case 'flipUpDown':
      return (height - 1 - row) * width + column;
    case 'flipLeftRight':
      return row * width + (width - 1 - column);
  }
}
