import { createRandom } from '../../core/random';
import type { InputSize } from './resize';

/** Random changes of a training image; the same for the same seed, epoch and image. */
export interface Augmentation {
  /** Black pixels added on each side before a crop of the old size at a random place; 0 turns it off. */
  readonly padCrop: number;
  /** Mirrors left and right with probability ½. */
  readonly flip: boolean;
}

/** How one image is read: moved by whole pixels, perhaps mirrored. */
export interface View {
  readonly down: number;
  readonly right: number;
  readonly mirrored: boolean;
}

/** The image as it is. */
export const PLAIN_VIEW: View = { down: 0, right: 0, mirrored: false };

/** Draws the view of one image in one epoch. */
export function drawView({ padCrop, flip }: Augmentation, seed: number, epoch: number, image: number): View {
  if (padCrop === 0 && !flip) return PLAIN_VIEW;
  const random = createRandom(seed + Math.imul(epoch + 1, 0x9e3779b1) + Math.imul(image + 1, 0x85ebca6b));
  const down = random.below(2 * padCrop + 1) - padCrop;
  const right = random.below(2 * padCrop + 1) - padCrop;
  return { down, right, mirrored: flip && random.below(2) === 1 };
}

/**
 * Writes one image into a batch: each byte through the table (256 per channel), each pixel from where the view
 * puts it. What lies outside the image is black before preprocessing.
 */
export function writeImage(
  pixels: Uint8Array,
  { height, width, channels }: InputSize,
  table: Float32Array,
  view: View,
  target: Float32Array,
  offset: number,
): void {
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
}
