/** What the Pruning tab shows, worked out from the run as far as it has come. Pure. */
import type { InspectResult, PruningPoint, SiteResult, Size2 } from '../../../src/contract/results';
import type { PruningState } from '../../../src/contract/operations/prune';
import type { Tone } from '../../../src/shared/charts/line-chart';
import { FIGURE_5 } from '../../../src/shared/paper';
import type { PaperModel } from '../../../src/shared/paper';
import { GROUPS } from '../../../src/shared/position-groups';
import type { GroupWords, PositionGroup } from '../../../src/shared/position-groups';
import { contrastOf } from '../../../src/shared/pruning-contrast';
import type { Contrast } from '../../../src/shared/pruning-contrast';

/** `unknown` until a point tells accuracy from agreement with the unpruned network. */
export type Measure = 'accuracy' | 'agreement' | 'unknown';

/** What is measured of one group of positions, and what is to come. */
export interface PruningCurve extends GroupWords {
  readonly tone: Tone;
  /** By sparsity, from the least. */
  readonly points: readonly PruningPoint[];
  /** Ratios that are planned and not measured. */
  readonly open: readonly number[];
}

/** Where a curve first falls below the level. */
export type Crossing =
  | { readonly kind: 'at'; readonly ratio: number }
  /** Between two measured ratios with planned ones in between: to be refined. */
  | { readonly kind: 'between'; readonly from: number; readonly to: number }
  | { readonly kind: 'never' }
  /** Not yet below, and not all is measured. */
  | { readonly kind: 'open' };

/** A check as far as it has come. */
export interface PruningView {
  readonly measure: Measure;
  readonly seeds: number;
  /** Being measured or about to be: what is missing will come. */
  readonly live: boolean;
  readonly curves: readonly PruningCurve[];
  /** All ratios, planned or measured, from the least. */
  readonly ratios: readonly number[];
  readonly measured: number;
  readonly planned: number;
  /** Percent; what the thresholds are about. */
  readonly level: number;
  readonly unpruned: number | undefined;
  /** Percent of a guess, for accuracies of a classifier of known width. */
  readonly chance: number | undefined;
  /** Where the corners end; only where all kernels are of one size. */
  readonly cornersEnd: number | undefined;
  readonly images: number | undefined;
  readonly layers: number;
}

/** What a check measures when nothing else is chosen: the operation's own steps. */
const DEFAULT_RATIOS = Array.from({ length: 10 }, (_, i) => i / 20);

/** Until the result is there, what it will say is worked out from the points so far. */
export function pruningView(inspected: InspectResult, state: PruningState): PruningView {
  const { options, result, phase } = state;
  const found = result?.curves ?? state.curves;
  const planned = options.ratios ?? DEFAULT_RATIOS;
  const sizes = result?.sizes?.map(({ kernel }) => kernel) ?? kernelSizes(inspected.sites);
  const curves = GROUPS.filter(({ group }) => options.groups.includes(group)).map((words) =>
    curveOf(words, found[words.group] ?? [], planned, sizes),
  );
  const unpruned = unprunedOf(state, curves);
  const measure = result?.measure ?? measureOf(unpruned);
  const count = (part: 'points' | 'open') => curves.reduce((sum, curve) => sum + curve[part].length, 0);
  return {
    measure,
    seeds: result?.seeds ?? options.seeds,
    live: isLive(phase),
    curves,
    ratios: allRatios(curves),
    measured: count('points'),
    planned: count('points') + count('open'),
    level: levelOf(unpruned),
    layers: result?.layers ?? prunable(inspected.sites).length,
    unpruned,
    chance: measure === 'accuracy' ? chanceOf(inspected) : undefined,
    cornersEnd: cornersEndOf(sizes),
    images: result?.images,
  };
}

function isLive(phase: PruningState['phase']): boolean {
  return phase === 'queued' || phase === 'running';
}

/** Half of the images, or half of what a network has that is not right on that many. */
function levelOf(unpruned = 100): number {
  return unpruned > 50 ? 50 : unpruned / 2;
}

function unprunedOf({ result }: PruningState, curves: readonly PruningCurve[]): number | undefined {
  return (
    result?.unpruned ?? curves.map(({ points: [first] }) => first).find((first) => first?.ratio === 0)?.mean
  );
}

function cornersEndOf(sizes: readonly Size2[]): number | undefined {
  const [only] = sizes;
  const share = only && sizes.length === 1 ? groupShare('corner', only) : 0;
  return share > 0 ? share : undefined;
}

function curveOf(
  words: GroupWords,
  points: readonly PruningPoint[],
  planned: readonly number[],
  sizes: readonly Size2[],
): PruningCurve {
  const limit = Math.min(1, ...sizes.map((size) => groupShare(words.group, size)));
  const known = new Set(points.map(({ ratio }) => keyOf(ratio)));
  const open = planned.filter((ratio) => ratio <= limit && !known.has(keyOf(ratio)));
  return { ...words, tone: words.group, points, open };
}

/** Ratios come as JSON numbers; those that are the same to a millionth are one. */
export function keyOf(ratio: number): number {
  return Math.round(ratio * 1e6);
}

function allRatios(curves: readonly PruningCurve[]): number[] {
  const all = curves.flatMap(({ points, open }) => [...points.map(({ ratio }) => ratio), ...open]);
  return [...new Map(all.map((ratio) => [keyOf(ratio), ratio])).values()].sort((a, b) => a - b);
}

/** The point at a ratio, whatever its last digits; undefined where nothing was measured. */
export function pointAt(curve: PruningCurve | undefined, ratio: number): PruningPoint | undefined {
  return curve?.points.find((point) => keyOf(point.ratio) === keyOf(ratio));
}

/** Agreement with itself is 100 % by definition; an accuracy of exactly 100 % looks the same. */
function measureOf(unpruned: number | undefined): Measure {
  return unpruned === undefined || unpruned === 100 ? 'unknown' : 'accuracy';
}

/** The convolutions a check acts on: kernels of at least 2 × 2. */
function prunable(sites: readonly SiteResult[]): SiteResult[] {
  return sites.filter(({ kernel }) => Math.min(...kernel) >= 2);
}

/** Sizes of the kernels that a check acts on, each once; empty where there is none of 2×2 or more. */
export function kernelSizes(sites: readonly SiteResult[]): Size2[] {
  return [...new Map(prunable(sites).map(({ kernel }) => [kernel.join('x'), kernel])).values()];
}

/** Share of a kernel's positions in a group: above it there is no point. */
export function groupShare(group: PositionGroup, [height, width]: Size2): number {
  const total = height * width;
  const skeleton = height + width - 1;
  switch (group) {
    case 'global':
      return 1;
    case 'skeleton':
    case 'border':
      return skeleton / total;
    case 'corner':
    case 'square':
      return (total - skeleton) / total;
  }
}

/** 100 ÷ classes where the only output is a vector of known length. */
export function chanceOf({ outputShapes }: Pick<InspectResult, 'outputShapes'>): number | undefined {
  const [only] = outputShapes;
  if (!only || outputShapes.length > 1 || only.length !== 2) return undefined;
  const classes = only[1] ?? NaN;
  return classes >= 2 && classes <= 100 ? 100 / classes : undefined;
}

/** The ratios a check is asked for: every `step` percent to 45 %, and the last one there is for the corners. */
export function plannedRatios(step: number, sites: readonly SiteResult[]): number[] {
  const steps = Array.from({ length: Math.floor(45 / step) + 1 }, (_, i) => i * step);
  const ends = kernelSizes(sites).map((size) => Math.floor(100 * groupShare('corner', size) + 1e-9));
  const last = Math.min(...ends);
  const percents = last > 0 && last < 45 ? [...steps, last] : steps;
  return [...new Set(percents)].sort((a, b) => a - b).map((percent) => percent / 100);
}

/** @param level percent */
export function crossingOf({ points, open }: PruningCurve, level: number): Crossing {
  const index = points.findIndex(({ mean }) => mean < level);
  const found = points[index];
  if (!found) return open.length > 0 || points.length === 0 ? { kind: 'open' } : { kind: 'never' };
  const before = points[index - 1];
  const unsettled = open.some((ratio) => ratio < found.ratio && ratio > (before?.ratio ?? -1));
  return before && unsettled
    ? { kind: 'between', from: before.ratio, to: found.ratio }
    : { kind: 'at', ratio: found.ratio };
}

/** The same for the paper's curve, which is whole. */
export function paperCrossing(model: PaperModel, group: PositionGroup, level: number): Crossing {
  const means = FIGURE_5[model][group]?.mean;
  if (!means) return { kind: 'open' };
  const percent = means.findIndex((mean) => mean < level);
  return percent < 0 ? { kind: 'never' } : { kind: 'at', ratio: percent / 100 };
}

/** Skeleton against corners at one ratio. */
export interface RatioContrast extends Contrast {
  readonly ratio: number;
}

/** Skeleton against corners (border against square where only those were asked for), at each ratio of both. */
export function contrasts(view: PruningView): RatioContrast[] {
  const [rest, heavy] = contrastPair(view);
  return (rest?.points ?? []).flatMap((corner) => {
    const skeleton = pointAt(heavy, corner.ratio);
    if (!skeleton || corner.ratio === 0) return [];
    return [{ ratio: corner.ratio, ...contrastOf(skeleton, corner, view.seeds) }];
  });
}

/** The two groups that are compared with each other. */
export function contrastPair({ curves }: PruningView): [PruningCurve | undefined, PruningCurve | undefined] {
  const of = (wanted: PositionGroup) => curves.find(({ group }) => group === wanted);
  const pair: [PruningCurve | undefined, PruningCurve | undefined] = [of('corner'), of('skeleton')];
  return pair[0] && pair[1] ? pair : [of('square'), of('border')];
}
