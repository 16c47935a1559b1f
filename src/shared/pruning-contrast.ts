/** What a pruning check shows of two groups of positions: where they differ, and the sentence that it comes to. */
import { capitalised } from './words';

/** A measured point of a curve, in percent; `std` is the sample standard deviation over the seeds. */
interface Measured {
  readonly mean: number;
  readonly std: number;
}

/** Two groups' points at one ratio, compared. */
export interface Contrast {
  /** The heavy group − the rest, points: below zero where the heavy group matters more. */
  readonly difference: number;
  /** More than twice their joint std; absent for one seed, whose spread is unknown. */
  readonly beyond?: boolean;
}

/** Compares a point of the group that is thought to matter more with one of the rest. */
export function contrastOf(heavy: Measured, rest: Measured, seeds: number): Contrast {
  const difference = heavy.mean - rest.mean;
  const joint = Math.hypot(heavy.std, rest.std);
  return { difference, ...(seeds > 1 && { beyond: Math.abs(difference) > 2 * joint }) };
}

/** `yes` or `no`; empty where it is not known. */
export function beyondWord(contrast: Contrast | undefined): '' | 'yes' | 'no' {
  if (contrast?.beyond === undefined) return '';
  return contrast.beyond ? 'yes' : 'no';
}

/** Neighbouring ratios at which the two differ, all to one side; from the least. */
export function clearRanges<T extends Contrast>(found: readonly T[]): T[][] {
  const ranges: T[][] = [];
  found.forEach((next, i) => {
    if (!next.beyond) return;
    const before = found[i - 1];
    const goesOn = before?.beyond && Math.sign(before.difference) === Math.sign(next.difference);
    if (goesOn) ranges.at(-1)?.push(next);
    else ranges.push([next]);
  });
  return ranges;
}

/**
 * `from 6 % to 44 % and at 50 %`; where they differ to both sides, each with the group whose curve is lower.
 * @param ranges of `clearRanges`, at least one
 * @param at writes a ratio, as in `6 %`
 */
export function rangesWords<T extends Contrast>(
  ranges: readonly T[][],
  names: Pick<Judged, 'heavy' | 'rest'>,
  at: (contrast: T) => string,
): string {
  const isMixed = new Set(ranges.map(([first]) => Math.sign(first?.difference ?? 0))).size > 1;
  const parts = ranges.flatMap((range) => {
    const [first, last] = [range[0], range.at(-1)];
    if (!first || !last) return [];
    const where = first === last ? `at ${at(first)}` : `from ${at(first)} to ${at(last)}`;
    return [isMixed ? `${where} (lower for ${first.difference < 0 ? names.heavy : names.rest})` : where];
  });
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

/** What a verdict is about. */
export interface Judged {
  readonly seeds: number;
  /** More is to come. */
  readonly live: boolean;
  /** Phrases of the two groups, as in `the skeleton`. */
  readonly heavy: string;
  readonly rest: string;
}

/** One sentence. A claim is made when at least half of the contrasts carry it and none speaks against it. */
export function pruningVerdict({ seeds, live, ...names }: Judged, found: readonly Contrast[]): string {
  if (seeds < 2)
    return 'One seed was measured: how far seeds scatter is not known, so no difference is claimed.';
  const [heavy, rest] = [names.heavy, names.rest].map((phrase) => phrase.replace(/^the /, ''));
  const clear = found.filter(({ beyond }) => beyond);
  const forHeavy = clear.filter(({ difference }) => difference < 0).length;
  const forRest = clear.length - forHeavy;
  if (clear.length === 0) {
    return `${capitalised(rest)} and ${heavy} cannot be told apart${live ? ' so far' : ' here'}.`;
  }
  const soFar = live ? 'So far this' : 'This';
  if (forRest === 0 && forHeavy * 2 >= found.length) return `${soFar} network leans on its ${heavy}.`;
  if (forHeavy === 0 && forRest * 2 >= found.length) return `${soFar} network leans on its ${rest}.`;
  return `${soFar} run does not show whether ${heavy} or ${rest} matter more.`;
}
