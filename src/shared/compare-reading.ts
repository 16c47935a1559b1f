/** What the average matrices of two files claim, and what they cannot: for the page and the terminal. */
import type { Format } from './format';
import type { Matrix } from './matrix';
import { difference } from './numbers';
import { groupMeans, type NullName } from './positions';

/** A smaller gain is none, however sure: nobody sees it in the picture. */
const NOTICEABLE = 0.02;
/** What two decimals show as nothing. */
const NOTHING = 0.005;
/** Fewer layers say little of how much layers differ by chance. */
const ENOUGH_LAYERS = 3;
/** A gain has to be so many standard errors of its mean over the layers. */
const STANDARD_ERRORS = 2;

/** Average magnitudes of one kernel size, before and after. */
export interface ComparedAverages {
  /** The untrained kernels that each file is compared with. */
  readonly nulls: { readonly before: NullName; readonly after: NullName };
  /** After − before. */
  readonly total: Matrix;
  /** Where the nulls differ: their difference, and what that leaves of the total. */
  readonly fusing?: { readonly alone: Matrix; readonly remainder: Matrix };
  /** After − before of every layer that both files have. */
  readonly layers: readonly Matrix[];
}

/** Three parts of one paragraph; the claim stands out. */
export interface ComparisonReading {
  readonly before: string;
  /** What the picture does or does not show. */
  readonly claim: string;
  readonly after: string;
}

/** A gain of the skeleton is claimed where it can be seen and the layers agree on it. */
export function comparisonReading(compared: ComparedAverages, format: Format): ComparisonReading {
  const { nulls, total, fusing } = compared;
  const variant: NullName = nulls.before === 'border' || nulls.after === 'border' ? 'border' : 'skeleton';
  const [heavy, rest] = variant === 'border' ? ['border', 'other positions'] : ['skeleton', 'corners'];
  const moved = groupMeans(total, variant);
  const first =
    isNothing(moved.rest) && isNothing(moved.heavy)
      ? `Neither the ${rest} nor the ${heavy} moved on average.`
      : `The ${rest} ${changeWords(moved.rest, format)}, the ${heavy} ${changeWords(moved.heavy, format)} on average.`;
  const gain = gainOf(compared, variant);
  const claim =
    gain === null
      ? `this does not show that training strengthened the ${heavy}`
      : `${fusing ? 'beyond that ' : ''}the ${heavy} gained ${format.fixed(gain, 2)} on the ${rest}`;
  const joint = !fusing ? ': ' : gain === null ? ', so ' : '; ';
  return {
    before: `${first} ${fusingWords(compared, variant, rest, format)}${joint}`,
    claim,
    after: '. Run the pruning check on both files to see what the network depends on.',
  };
}

/** What the heavy positions gained on the others beyond what fusing makes of untrained kernels; null where it may be chance. */
function gainOf({ total, fusing, layers }: ComparedAverages, variant: NullName): number | null {
  const contrast = (matrix: Matrix): number => {
    const { heavy, rest } = groupMeans(matrix, variant);
    return heavy - rest;
  };
  const gain = contrast(fusing?.remainder ?? total);
  if (gain < NOTICEABLE || layers.length < ENOUGH_LAYERS) return null;
  return gain > STANDARD_ERRORS * standardError(layers.map(contrast)) ? gain : null;
}

interface Change {
  readonly before: Matrix;
  readonly after: Matrix;
}

/** Every matched kernel of one size: its change, in shares. */
export function layerChanges<Weights extends string>(
  matched: ReadonlyArray<{ readonly kernel: readonly number[] } & Readonly<Record<Weights, Change>>>,
  size: string,
  weights: Weights,
): Matrix[] {
  return matched.flatMap((layer) =>
    layer.kernel.join('x') === size ? [changeOfShares(layer[weights])] : [],
  );
}

/** After − before, each in shares of its largest position, as the averages are made. */
export function changeOfShares({ before, after }: Change): Matrix {
  return difference(shares(after), shares(before));
}

function shares(matrix: Matrix): Matrix {
  const largest = Math.max(...matrix.flat());
  return largest > 0 ? matrix.map((cells) => cells.map((value) => value / largest)) : matrix;
}

/** Of the mean: the sample standard deviation ÷ √n. */
function standardError(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}

function fusingWords(
  { nulls, fusing }: ComparedAverages,
  variant: NullName,
  rest: string,
  format: Format,
): string {
  if (!fusing) return 'Both are compared with the same untrained kernels, so none of this comes from fusing';
  const change = groupMeans(fusing.alone, variant).rest;
  if (nulls.before !== 'plain') {
    return `The untrained networks that the two are compared with differ by ${format.signed(change, 2)} in the ${rest} with no training at all`;
  }
  const verb = change < 0 ? 'lowers' : 'raises';
  return `Adding three normalised branches ${verb} the ${rest} by ${format.fixed(Math.abs(change), 2)} with no training at all`;
}

function isNothing(change: number): boolean {
  return Math.abs(change) < NOTHING;
}

function changeWords(change: number, format: Format): string {
  if (isNothing(change)) return 'stayed';
  return `${change < 0 ? 'fell' : 'rose'} by ${format.fixed(Math.abs(change), 2)}`;
}
