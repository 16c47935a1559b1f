/** The numbers of a robustness check as comma-separated values. */
import type { RobustnessDifference, RobustnessShare } from '../../../src/contract/results';
import { csv } from '../../charts/csv';
import type { Cell } from '../../charts/csv';
import type { RobustnessView } from './model';

/** One row for each distortion; empty where nothing was measured. */
export function robustnessCsv({ rows, other, measure }: RobustnessView): string {
  const unit = measure === 'agreement' ? 'agreement %' : 'top-1 %';
  const shareHead = (who: string): string[] => [`${who} ${unit}`, `${who} low %`, `${who} high %`];
  const head = [
    'images',
    ...shareHead('this'),
    ...(other === undefined
      ? ['change points', 'change low', 'change high']
      : [
          ...shareHead(other),
          ...['difference points', 'difference low', 'difference high'],
          ...[
            'only this',
            'only other',
            'McNemar p',
            'Holm p',
            'beyond untouched points',
            'beyond low',
            'beyond high',
            'beyond p',
            'beyond Holm p',
          ],
        ]),
  ];
  return csv(
    head,
    rows.map(({ name, found }) => {
      const own = [name, ...shareCells(found?.share)];
      if (other === undefined) return [...own, ...intervalCells(found?.share.change)];
      return [...own, ...shareCells(found?.against), ...differenceCells(found?.difference)];
    }),
  );
}

function shareCells(share: RobustnessShare | undefined): Cell[] {
  return [share?.percent ?? null, share?.low ?? null, share?.high ?? null];
}

function differenceCells(difference: RobustnessDifference | undefined): Cell[] {
  const { won = null, lost = null, p = null, adjusted = null, excess } = difference ?? {};
  return [
    ...intervalCells(difference),
    ...[won, lost, p, adjusted],
    ...intervalCells(excess),
    ...[excess?.p ?? null, excess?.adjusted ?? null],
  ];
}

function intervalCells(
  value: { readonly points: number; readonly low: number; readonly high: number } | undefined,
): Cell[] {
  return [value?.points ?? null, value?.low ?? null, value?.high ?? null];
}
