import type { EvaluateResult, PositionGroup, PruneResult, VerifyResult } from '../../operations/results';
import { count, percent, scientific } from '../../operations/numbers';
import { facts, table } from './table';

/** The outcome of a comparison, for a terminal. */
export function renderVerify(result: VerifyResult): string {
  const rows = result.tensors.map(({ name, maxAbs, maxRel }) => [
    name,
    scientific(maxAbs),
    scientific(maxRel),
  ]);
  const heads = [
    { head: 'tensor' },
    { head: 'max |a−b|', align: 'right' as const },
    { head: 'max |a−b| / max |a|', align: 'right' as const },
  ];
  return [table(heads, rows), '', verdict(result)].join('\n');
}

function verdict({ passed, samples, maxRel, tolerance, problem }: VerifyResult): string {
  const on = `on ${count(samples)} input${samples === 1 ? '' : 's'}`;
  if (passed)
    return `same output ${on}: largest relative difference ${scientific(maxRel)}, allowed ${tolerance}`;
  return `NOT the same output ${on}: ${problem ?? `largest relative difference ${scientific(maxRel)}, allowed ${tolerance}`}`;
}

/** Accuracy and loss, for a terminal. */
export function renderEvaluate(result: EvaluateResult): string {
  return facts([
    ['images', count(result.images)],
    ['top-1', percent(result.top1)],
    ['top-5', percent(result.top5)],
    ['loss', result.loss.toFixed(4)],
    ['images per second', count(Math.round(result.imagesPerSecond))],
    ['backend', result.backend],
  ]);
}

/** Pruning curves as a table, for a terminal. */
export function renderPrune({ unpruned, curves, images, seeds, layers }: PruneResult): string {
  const groups = (['corner', 'skeleton', 'global'] as const).filter((group) => curves[group]);
  const ratios = [...new Set(groups.flatMap((group) => curves[group]?.map(({ ratio }) => ratio) ?? []))];
  ratios.sort((a, b) => a - b);
  const rows = ratios.map((ratio) => [
    `${(ratio * 100).toFixed(1)} %`,
    ...groups.map((group) => point(curves, group, ratio)),
  ]);
  const heads = [{ head: 'zeroed' }, ...groups.map((head) => ({ head, align: 'right' as const }))];
  const title = `top-1 in percent, ${count(images)} images, ${seeds} seeds (mean ± std), ${layers} layers; unpruned ${percent(unpruned)}`;
  return `${title}\n\n${table(heads, rows)}`;
}

function point(curves: PruneResult['curves'], group: PositionGroup, ratio: number): string {
  const found = curves[group]?.find((candidate) => candidate.ratio === ratio);
  return found ? `${found.mean.toFixed(2)} ± ${found.std.toFixed(2)}` : '–';
}
