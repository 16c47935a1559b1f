/** What the Compare tab shows, worked out from the result and the reader's choices. Pure. */
import type {
  CompareKernelsResult,
  ComparedKernelResult,
  ComparedSizeResult,
  KernelChangeResult,
  SiteResult,
  UnmatchedKernelResult,
} from '../../../src/contract/results';
import { changeOfShares, layerChanges, type ComparedAverages } from '../../../src/shared/compare-reading';
import { difference } from '../../../src/shared/numbers';
import type { CompareChoices, CompareMeasure, CompareShow, CompareSort } from './choices';
import { sorted } from '../../ui/grid/sort';
import type { Matrix } from '../../../src/shared/matrix';

/** One matched kernel in the chosen weights. */
export interface KernelRow {
  /** Its place in the first file, from 1. */
  readonly order: number;
  /** Its name in the first file. */
  readonly name: string;
  /** That, and the name in the second file where it is another. */
  readonly label: string;
  readonly kernel: ComparedKernelResult;
  readonly change: KernelChangeResult;
  /** After − before of the mean |W|, each divided by its largest position, as in the whole model. */
  readonly map: Matrix;
  /** What Overview knows about it. */
  readonly site?: SiteResult;
}

/** Average matrices of one kernel size and their difference. */
export interface WholeView extends ComparedAverages {
  readonly size: string;
  readonly compared: ComparedSizeResult;
  readonly before: Matrix;
  readonly after: Matrix;
}

/** What is compared, as the reader has chosen to see it. */
export interface CompareView {
  readonly result: CompareKernelsResult;
  readonly weights: 'raw' | 'fused';
  /** False when batch norms and branches change nothing, because there are none. */
  readonly hasFused: boolean;
  /** Kernel sizes that both files have, small first. */
  readonly sizes: readonly string[];
  /** Absent where no size is in both files. */
  readonly whole?: WholeView;
  readonly kernels: readonly KernelRow[];
}

type ViewChoices = Pick<CompareChoices, 'weights' | 'size' | 'nullBefore' | 'nullAfter'>;

/**
 * @param sites of the open file
 * @param openIsAfter whether that is the second one
 */
export function compareView(
  result: CompareKernelsResult,
  sites: readonly SiteResult[],
  openIsAfter: boolean,
  choices: ViewChoices,
): CompareView {
  const hasFused = differs(result);
  const weights = hasFused ? (choices.weights ?? 'fused') : 'fused';
  const sizes = Object.keys(result.sizes).sort((a, b) => areaOf(a) - areaOf(b) || a.localeCompare(b));
  const whole = wholeView(result, sizes, weights, choices);
  const byName = new Map(sites.map((site) => [site.name, site]));
  const kernels = result.matched.map((kernel, index): KernelRow => {
    const { name, nameAfter } = kernel;
    const site = byName.get(openIsAfter ? nameAfter : name);
    const change = kernel[weights];
    return {
      order: index + 1,
      name,
      label: name === nameAfter ? name : `${name} → ${nameAfter}`,
      kernel,
      change,
      map: changeOfShares(change),
      ...(site && { site }),
    };
  });
  return { result, weights, hasFused, sizes, ...(whole && { whole }), kernels };
}

function wholeView(
  { sizes: all, matched }: CompareKernelsResult,
  sizes: readonly string[],
  weights: 'raw' | 'fused',
  { size: chosen, nullBefore, nullAfter }: ViewChoices,
): WholeView | undefined {
  const count = (size: string) => all[size]?.before.layers ?? 0;
  const frequent = [...sizes].sort((a, b) => count(b) - count(a))[0];
  const size = sizes.find((name) => name === chosen) ?? frequent;
  const compared = size === undefined ? undefined : all[size];
  if (size === undefined || !compared) return undefined;
  const nulls = {
    before: nullBefore ?? compared.before.suggestedNull,
    after: nullAfter ?? compared.after.suggestedNull,
  };
  const [before, after] = [compared.before[weights], compared.after[weights]];
  const total = difference(after, before);
  const layers = layerChanges(matched, size, weights);
  const averages = { size, compared, nulls, before, after, total, layers };
  if (nulls.before === nulls.after) return averages;
  const alone = difference(compared.after.nullModel[nulls.after], compared.before.nullModel[nulls.before]);
  return { ...averages, fusing: { alone, remainder: difference(total, alone) } };
}

function areaOf(size: string): number {
  return size.split('x').reduce((product, part) => product * Number(part), 1);
}

/** Of blocks against plain convolutions single kernels are always fused, the averages are not. */
function differs({ matched, sizes }: CompareKernelsResult): boolean {
  const averages = Object.values(sizes).flatMap(({ before, after }) => [before, after]);
  return (
    matched.some(({ raw, fused }) => !sameChange(raw, fused)) ||
    averages.some(({ raw, fused }) => raw.flat().some((value, i) => value !== fused.flat()[i]))
  );
}

function sameChange(a: KernelChangeResult, b: KernelChangeResult): boolean {
  return a.maxAbs === b.maxAbs && a.relative === b.relative && a.cosine === b.cosine;
}

/** How many kernels each choice of Show holds. */
export function countByShow({ kernels, result }: CompareView): Record<CompareShow, number> {
  const identical = kernels.filter(({ change }) => change.identical).length;
  return {
    changed: kernels.length - identical,
    identical,
    before: result.onlyBefore.length,
    after: result.onlyAfter.length,
  };
}

/** Which kernels the table lists, in which order. */
export type CompareQuery = Pick<CompareChoices, 'filter' | 'show' | 'sort' | 'descending'>;

/** Matched kernels: filtered by either name (case ignored, plain text), then sorted; equal ones keep the file's order. */
export function selectKernels({ kernels }: CompareView, query: CompareQuery): KernelRow[] {
  const kept = kernels.filter(
    ({ change, label }) => change.identical === (query.show === 'identical') && holds(label, query.filter),
  );
  return sorted(kept, values[query.sort], query.descending);
}

/** The list of kernels that one file lacks. */
export function selectUnmatched({ result }: CompareView, query: CompareQuery): UnmatchedKernelResult[] {
  const list = query.show === 'before' ? result.onlyBefore : result.onlyAfter;
  return list.filter(({ name }) => holds(name, query.filter));
}

function holds(name: string, filter: string): boolean {
  return name.toLowerCase().includes(filter.trim().toLowerCase());
}

/** What kernels are sorted by. One that was zero has changed without bounds. */
const values: Record<CompareSort, (row: KernelRow) => number | string> = {
  order: ({ order }) => order,
  name: ({ label }) => label,
  relative: ({ change }) => change.relative ?? Number.MAX_VALUE,
  cosine: ({ change }) => change.cosine ?? -2,
  maxAbs: ({ change }) => change.maxAbs,
};

/** A kernel's change; null where the measure has no value for it. */
export function valueOf({ change }: KernelRow, measure: CompareMeasure): number | null {
  return change[measure];
}

/** What a measure is when nothing has changed. */
export function unchanged(measure: CompareMeasure): number {
  return measure === 'cosine' ? 1 : 0;
}

/** `3×3×64×64` */
export function shapeWords(shape: readonly number[]): string {
  return shape.join('×');
}
