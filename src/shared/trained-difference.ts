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

/** The mean of ACNet − baseline over seeds, in points, with its 95 % interval. */
interface MeanDifference {
  readonly runs: readonly unknown[];
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly deviation: number;
}

/** Seeds from which on a verdict is given. */
const ENOUGH = 3;

/** What is known of the blocks, rather than of two networks. @param seeds absent of a single run */
export function verdictWords(seeds: MeanDifference | undefined, format: Format): string {
  if (!seeds) return ONE_RUN;
  const { runs, mean, low, high, deviation } = seeds;
  const interval = `${format.signed(low, 2)} to ${format.signed(high, 2)}`;
  const found = `Over ${format.counted(runs.length, 'seed')} ACNet differs from the baseline by ${format.signed(mean, 2)} points on average (95 % interval over the seeds ${interval}, Student’s t; standard deviation of one seed ${format.fixed(deviation, 2)})`;
  return `${found}: ${verdict(seeds)}. This holds for this recipe with its one learning rate, and for these images.`;
}

function verdict({ runs, low, high }: MeanDifference): string {
  if (runs.length < ENOUGH) return 'too few seeds for a verdict';
  if (low > 0) return 'ACNet is better';
  return high < 0 ? 'ACNet is worse' : 'whether ACNet is better or worse cannot be told';
}
