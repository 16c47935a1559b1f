/** Which positions differ by no more than chance does. */
import type { Matrix } from './matrix';

/** For each position whether it is so near to what it is compared with that nothing was found there. */
export type Within = ReadonlyArray<readonly boolean[]>;

/** Numbers that were computed two ways differ by so much. */
const ROUNDING = 1e-9;

/** @param reach half the width of the band of chance, as in `acnet kernels --json` */
export function withinChance(difference: Matrix, reach: Matrix): Within {
  return difference.map((row, i) =>
    row.map((value, j) => !(Math.abs(value) > (reach[i]?.[j] ?? 0) + ROUNDING)),
  );
}

const CONFIDENCE = 0.95;

/** Within how many standard deviations all of so many independent normal numbers lie, in 95 % of cases. */
export function deviationsOf(count: number): number {
  const beyond = (1 - CONFIDENCE ** (1 / Math.max(1, count))) / 2;
  // Abramowitz and Stegun, 26.2.23: off by less than 0.00045.
  const t = Math.sqrt(-2 * Math.log(beyond));
  return (
    t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
  );
}

/** How many positions there are, and how many of them lie within chance. */
export function chanceCounts(within: Within): { readonly within: number; readonly all: number } {
  const flat = within.flat();
  return { within: flat.filter(Boolean).length, all: flat.length };
}
