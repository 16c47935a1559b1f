/** The numbers of the pruning curves as comma-separated values. */
import { csv } from '../../charts/csv';
import type { Cell } from '../../charts/csv';
import { beyondWord } from '../../../src/shared/pruning-contrast';
import { contrasts, keyOf, pointAt } from './model';
import type { PruningView } from './model';

/** One row for each ratio; empty where there is no point. */
export function pruningCsv(view: PruningView): string {
  const { curves, ratios } = view;
  const found = new Map(contrasts(view).map((contrast) => [keyOf(contrast.ratio), contrast]));
  const head = [
    'sparsity %',
    ...curves.flatMap(({ name }) => [`${name} mean %`, `${name} sample std`]),
    'skeleton - corners',
    'beyond 2 std',
  ];
  const rows = ratios.map((ratio): Cell[] => {
    const contrast = found.get(keyOf(ratio));
    return [
      keyOf(ratio) / 1e4,
      ...curves.flatMap((curve): Cell[] => {
        const point = pointAt(curve, ratio);
        return [point?.mean ?? null, point?.std ?? null];
      }),
      contrast?.difference ?? null,
      beyondWord(contrast),
    ];
  });
  return csv(head, rows);
}
