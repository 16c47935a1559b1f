import type { EvaluateResult, PruneResult, VerifyResult } from '../../contract/results';
import { count, counted, percent, scientific } from '../../shared/numbers';
import { besideOf, findingOf } from '../../operations/verify/verdict';
import { landingLine } from '../../shared/landing-words';
import { facts, table } from './table';
import type { PositionGroup } from '../../shared/position-groups';

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
  return [table(heads, rows), '', ...landings(result), verdict(result), ...besideOf(result)].join('\n');
}

/** Where the branches of blocks were taken to land: a wrong assumption shows in no difference, since both files share it. */
function landings({ landings: of }: VerifyResult): string[] {
  if (!of) return [];
  const lines = (['a', 'b'] as const).flatMap((file) =>
    of[file].map((landing) => `${file}: ${landingLine(landing)}`),
  );
  return [...lines, ''];
}

function verdict(result: VerifyResult): string {
  const { passed, samples } = result;
  return `${passed ? 'same output' : 'NOT the same output'} on ${counted(samples, 'input')}: ${findingOf(result)}`;
}

/** Accuracy and loss, for a terminal. */
export function renderEvaluate(result: EvaluateResult): string {
  return facts([
    ['images', count(result.images)],
    ['top-1', percent(result.top1)],
    ...(result.top5 === undefined ? [] : ([['top-5', percent(result.top5)]] as const)),
    ['loss', result.loss?.toFixed(4) ?? `not computed: ${result.noLoss ?? 'no loss fits the output'}`],
    ...(result.preprocessing === undefined ? [] : ([['input', result.preprocessing]] as const)),
    ['images per second', count(Math.round(result.imagesPerSecond))],
    ['backend', result.backend],
  ]);
}

const GROUPS: readonly PositionGroup[] = ['corner', 'skeleton', 'global', 'square', 'border'];

/** Pruning curves as a table, with where they fall, for a terminal. */
export function renderPrune(result: PruneResult): string {
  const { unpruned, curves, images, seeds, layers, measure = 'accuracy' } = result;
  const groups = GROUPS.filter((group) => curves[group]);
  const ratios = [...new Set(groups.flatMap((group) => curves[group]?.map(({ ratio }) => ratio) ?? []))];
  ratios.sort((a, b) => a - b);
  const rows = ratios.map((ratio) => [
    `${(ratio * 100).toFixed(1)} %`,
    ...groups.map((group) => point(curves, group, ratio)),
  ]);
  const heads = [{ head: 'zeroed' }, ...groups.map((head) => ({ head, align: 'right' as const }))];
  const what = measure === 'accuracy' ? 'top-1' : 'agreement with the unpruned network (no labels)';
  const whole = measure === 'accuracy' ? `; unpruned ${percent(unpruned)}` : '';
  const title = `${what} in percent, ${counted(images, 'image')}, ${counted(seeds, 'seed')} (mean ± sample std), ${counted(layers, 'layer')}${whole}`;
  return [title, '', table(heads, [...rows, ...falls(result, groups)]), ...sizeNote(result)].join('\n');
}

/** Two rows below the curves: the first ratio at which each is below a level. */
function falls({ thresholds, measure }: PruneResult, groups: readonly PositionGroup[]): string[][] {
  if (!thresholds) return [];
  const row = (head: string, level: 'below50' | 'belowHalf'): string[] => [
    head,
    ...groups.map((group) => fall(thresholds[group]?.[level])),
  ];
  const half = measure === 'agreement' ? [] : [row('below half of unpruned', 'belowHalf')];
  return [row('below 50 %', 'below50'), ...half];
}

function fall(ratio: number | null | undefined): string {
  return ratio === null || ratio === undefined ? 'never' : `at ${(ratio * 100).toFixed(1)} %`;
}

/** Of several kernel sizes the least share of a group ends its curve, so it is written beside it. */
function sizeNote({ sizes = [] }: PruneResult): string[] {
  if (sizes.length < 2) return [];
  const list = sizes.map(({ kernel, layers }) => `${kernel.join(' × ')} in ${layers}`);
  return [
    '',
    `kernels: ${list.join(', ')} layers; a curve ends at the least share of its group in any of them`,
  ];
}

function point(curves: PruneResult['curves'], group: PositionGroup, ratio: number): string {
  const found = curves[group]?.find((candidate) => candidate.ratio === ratio);
  return found ? `${found.mean.toFixed(2)} ± ${found.std.toFixed(2)}` : '–';
}
