/** Which positions differ by no more than chance does. */
import type { Matrix } from './matrix';

/** For each position whether it is so near to what it is compared with that nothing was found there. */
export type Within = ReadonlyArray<readonly boolean[]>;

/** Numbers that were computed two ways differ by so much. */
const ROUNDING = 1e-9;

/** @param reach half the width of the band of chance, as in `ChanceResult` */
export function withinChance(difference: Matrix, reach: Matrix): Within {
  return difference.map((row, i) =>
    row.map((value, j) => !(Math.abs(value) > (reach[i]?.[j] ?? 0) + ROUNDING)),
  );
}

/** How many positions there are, and how many of them lie within chance. */
export function chanceCounts(within: Within): { readonly within: number; readonly all: number } {
  const flat = within.flat();
  return { within: flat.filter(Boolean).length, all: flat.length };
}
