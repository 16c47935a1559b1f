import {
  countHits,
  excessDifference,
  holm,
  mcnemarExact,
  pairedDifference,
  wilsonInterval,
  type Hits,
} from '../../core/analysis/proportions';
import type {
  RobustnessDifference,
  RobustnessResult,
  RobustnessRow,
  RobustnessShare,
} from '../../contract/results';
import type { Distortion } from '../../shared/distortions';

/**
 * What one or two networks do on images distorted in one way.
 * @param untouched hits of each network on the untouched images; the second network is the one the first is compared with
 * @param hits the same on the distorted ones
 */
export function rowOf(
  distortion: Distortion,
  measure: RobustnessResult['measure'],
  untouched: readonly Hits[],
  hits: readonly Hits[],
): RobustnessRow {
  const [share, against] = hits.map((each, i) => shareOf(distortion, measure, untouched[i], each));
  if (!against) return { distortion, share };
  const byDefinition = measure === 'agreement' && distortion === 'none';
  if (byDefinition) return { distortion, share, against };
  return { distortion, share, against, difference: differenceOf(distortion, measure, untouched, hits) };
}

function shareOf(
  distortion: Distortion,
  measure: RobustnessResult['measure'],
  untouched: Hits,
  hits: Hits,
): RobustnessShare {
  const found = countHits(hits);
  const percent = (100 * found) / hits.length;
  if (measure === 'agreement' && distortion === 'none') return { hits: found, percent, low: 100, high: 100 };
  const isChanged = measure === 'accuracy' && distortion !== 'none';
  return {
    hits: found,
    percent,
    ...wilsonInterval(found, hits.length),
    ...(isChanged && { change: pairedDifference(untouched, hits) }),
  };
}

function differenceOf(
  distortion: Distortion,
  measure: RobustnessResult['measure'],
  untouched: readonly Hits[],
  hits: readonly Hits[],
): RobustnessDifference {
  const difference = pairedDifference(hits[1], hits[0]);
  const hasExcess = measure === 'accuracy' && distortion !== 'none';
  return {
    ...difference,
    p: mcnemarExact(difference.won, difference.lost),
    ...(hasExcess && { excess: excessDifference([untouched[1], untouched[0]], [hits[1], hits[0]]) }),
  };
}

/** The rows with p values corrected for being several: each row gives chance another try, for an excess as for a difference. */
export function adjustRows(rows: readonly RobustnessRow[]): RobustnessRow[] {
  const differences = correctedBy(rows, ({ difference }) => difference?.p);
  const excesses = correctedBy(rows, ({ difference }) => difference?.excess?.p);
  return rows.map((row) => {
    const { difference } = row;
    if (!difference) return row;
    const { excess } = difference;
    return {
      ...row,
      difference: {
        ...difference,
        adjusted: differences.get(row),
        ...(excess && { excess: { ...excess, adjusted: excesses.get(row) } }),
      },
    };
  });
}

/** Of each row that has a p its value corrected for the others that have one. */
function correctedBy(
  rows: readonly RobustnessRow[],
  pOf: (row: RobustnessRow) => number | undefined,
): ReadonlyMap<RobustnessRow, number> {
  const tested = rows.flatMap((row) => {
    const p = pOf(row);
    return p === undefined ? [] : [{ row, p }];
  });
  const corrected = holm(tested.map(({ p }) => p));
  return new Map(tested.map(({ row }, i) => [row, corrected[i]]));
}
