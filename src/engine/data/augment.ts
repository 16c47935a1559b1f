import { createRandom } from '../../core/random';
import type { InputSize } from './resize';

/** Random changes of a training image; the same for the same seed, epoch and image. */
export interface Augmentation {
  /** Black pixels added on each side before a crop of the old size at a random place; 0 turns it off. */
  readonly padCrop: number;
  /** Mirrors left and right with probability ½. */
  readonly flip: boolean;
  /** Side in pixels of a square that is 0 for the network, at a random place; it may reach beyond the image. */
  readonly cutout?: number | undefined;
  /** Each image of a batch is mixed with its neighbour, by shares drawn from Beta(mixup, mixup). */
  readonly mixup?: number | undefined;
}

/** How one image is read: moved by whole pixels, perhaps mirrored. */
export interface View {
  readonly down: number;
  readonly right: number;
  readonly mirrored: boolean;
  /** A square that is cut out: its side, and its centre in shares of height and width. */
  readonly cut?: { readonly side: number; readonly row: number; readonly column: number };
}

/** The image as it is. */
export const PLAIN_VIEW: View = { down: 0, right: 0, mirrored: false };

/** Draws the view of one image in one epoch. */
export function drawView(
  { padCrop, flip, cutout }: Augmentation,
  seed: number,
  epoch: number,
  image: number,
): View {
  if (padCrop === 0 && !flip && cutout === undefined) return PLAIN_VIEW;
  const random = createRandom(seed + Math.imul(epoch + 1, 0x9e3779b1) + Math.imul(image + 1, 0x85ebca6b));
  const down = random.below(2 * padCrop + 1) - padCrop;
  const right = random.below(2 * padCrop + 1) - padCrop;
  const view = { down, right, mirrored: flip && random.below(2) === 1 };
  if (cutout === undefined) return view;
  return { ...view, cut: { side: cutout, row: random.uniform(), column: random.uniform() } };
}

/**
 * Writes one image into a batch: each byte through the table (256 per channel), each pixel from where the view
 * puts it. What lies outside the image is black before preprocessing.
 */
export function writeImage(
  pixels: Uint8Array,
  size: InputSize,
  table: Float32Array,
  view: View,
  target: Float32Array,
  offset: number,
): void {
  const { height, width, channels } = size;
  let next = offset;
  for (let row = 0; row < height; row++) {
    const fromRow = row + view.down;
    const rowInside = fromRow >= 0 && fromRow < height;
    for (let column = 0; column < width; column++) {
      const fromColumn = (view.mirrored ? width - 1 - column : column) + view.right;
      const inside = rowInside && fromColumn >= 0 && fromColumn < width;
      const from = (fromRow * width + fromColumn) * channels;
      for (let channel = 0; channel < channels; channel++) {
        target[next++] = table[channel * 256 + (inside ? pixels[from + channel] : 0)];
      }
    }
  }
  if (view.cut) cutOut(view.cut, size, target, offset);
}

/** The square of DeVries and Taylor's Cutout: what of it lies outside of the image is lost. */
function cutOut(
  { side, row, column }: NonNullable<View['cut']>,
  { height, width, channels }: InputSize,
  target: Float32Array,
  offset: number,
): void {
  const [top, left] = [Math.floor(row * height), Math.floor(column * width)].map(
    (centre) => centre - Math.floor(side / 2),
  );
  const [first, last] = [Math.max(left, 0), Math.min(left + 2 * Math.floor(side / 2), width)];
  for (let y = Math.max(top, 0); y < Math.min(top + 2 * Math.floor(side / 2), height); y++) {
    const start = offset + y * width * channels;
    target.fill(0, start + first * channels, start + Math.max(last, first) * channels);
  }
}
