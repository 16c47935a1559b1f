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

/** The rows with p values corrected for being several: each row gives chance another try. */
export function adjustRows(rows: readonly RobustnessRow[]): RobustnessRow[] {
  const corrected = holm(rows.flatMap(({ difference }) => (difference ? [difference.p] : [])));
  return rows.map((row) => {
    const value = row.difference && corrected.shift();
    return value === undefined || !row.difference
      ? row
      : { ...row, difference: { ...row.difference, adjusted: value } };
  });
}
