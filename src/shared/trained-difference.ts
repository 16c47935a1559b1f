/** What one run shows of its two networks, and what it does not. */
import type { Format } from './format';

/** ACNet − baseline on the same images, in points, with its 95 % interval. */
interface Difference {
  readonly points: number;
  readonly low: number;
  readonly high: number;
  /** Images that only ACNet has right, and those that only the baseline has right. */
  readonly won: number;
  readonly lost: number;
  readonly images: number;
}

/** One run has one pair of networks: its interval is over images, and says nothing of other seeds. */
export const ONE_RUN =
  'One run compares two networks, not two ways to train: a verdict on the blocks needs at least three seeds.';

/** Of these two networks, never of the blocks. */
export function trainedDifferenceWords(
  { points, low, high, won, lost, images }: Difference,
  format: Format,
): string {
  const interval = `${format.signed(low, 2)} to ${format.signed(high, 2)}`;
  const split = `only ACNet is right on ${format.count(won)}, only the baseline on ${format.count(lost)}`;
  return `On ${format.counted(images, 'image')} these two networks differ by ${format.signed(points, 2)} points (paired 95 % interval over the images ${interval}): ${split}.`;
}
