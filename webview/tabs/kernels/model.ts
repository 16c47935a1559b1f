/** What the Kernels tab shows, worked out from the result and the reader's choices. Pure. */
import type {
  KernelSizeResult,
  KernelsResult,
  LayerKernelResult,
  SiteResult,
} from '../../../src/contract/results';
import type { NullName } from '../../../src/shared/positions';
import { nullWords } from '../../ui/null-words';
import { FIGURE_6 } from '../../../src/shared/paper';
import type { PaperModel } from '../../../src/shared/paper';
import { difference } from '../../../src/shared/numbers';
import type { KernelsChoices } from './choices';
import type { Matrix } from '../../../src/shared/matrix';

/** A matrix that is beside the file's own. */
interface Reference {
  readonly title: string;
  readonly caption: string;
  /** Name of its column in tables and CSV. */
  readonly column: string;
  readonly matrix: Matrix;
  readonly digits: 2 | 3;
}

/** Figure 6 of the paper; all of it is 3×3. */
const PAPER = {
  normal: paperReference('normal', 'Paper, ResNet-56', '6a', 'normal'),
  acnet: paperReference('acnet', 'Paper, ACNet', '6b', 'trained'),
  border: paperReference('border', 'Paper, border variant', '6c', 'trained'),
};

function paperReference(model: PaperModel, title: string, part: string, what: string): Reference {
  return {
    title,
    caption: `fig. ${part}, ${what}`,
    column: `Paper fig. ${part}`,
    digits: 3,
    matrix: FIGURE_6[model],
  };
}

/** The kernels of one size: the file's own average, the null model's, and each layer's. */
export interface KernelsView {
  /** As in `3x3`. */
  readonly size: string;
  readonly sizes: readonly string[];
  readonly result: KernelSizeResult;
  readonly weights: 'raw' | 'fused';
  /** False when batch norm changes nothing, because there is none. */
  readonly hasFused: boolean;
  readonly nullName: NullName;
  readonly own: Matrix;
  readonly untrained: Matrix;
  readonly difference: Matrix;
  readonly references: readonly Reference[];
  readonly layers: readonly LayerView[];
}

/** One layer of the shown size. */
export interface LayerView {
  readonly name: string;
  readonly matrix: Matrix;
  /** Of kernels of this layer's own size. */
  readonly untrained: Matrix;
  /** What Overview knows about it. */
  readonly site?: SiteResult;
}

/** Undefined when the file holds no k×k kernel. */
export function kernelsView(
  kernels: KernelsResult,
  sites: readonly SiteResult[],
  choices: Pick<KernelsChoices, 'size' | 'weights' | 'nullModel'>,
): KernelsView | undefined {
  const sizes = sortedSizes(kernels);
  const size = sizes.find((name) => name === choices.size) ?? mostFrequent(kernels, sizes);
  const result = size === undefined ? undefined : kernels.sizes[size];
  if (size === undefined || result === undefined) return undefined;
  const nullName = choices.nullModel ?? result.suggestedNull;
  const hasFused = !same(result.raw, result.fused);
  // Branches added without their batch norms are a kernel that no network computes, and the nulls of an ACB are
  // those of the fused block: an ACNet file is shown fused unless asked otherwise.
  const holdsBlocks = sites.some(({ kind, kernel }) => kind === 'acb' && kernel.join('x') === size);
  const preferred = holdsBlocks || result.suggestedNull !== 'plain' ? 'fused' : 'raw';
  const weights = hasFused ? (choices.weights ?? preferred) : 'raw';
  const own = result[weights];
  const untrained = result.nullModel[nullName];
  return {
    size,
    sizes,
    result,
    weights,
    hasFused,
    nullName,
    own,
    untrained,
    difference: difference(own, untrained),
    references: references(size, nullName, result),
    layers: layersOf(kernels.layers, { size, weights, nullName }, sites),
  };
}

function sortedSizes(kernels: KernelsResult): string[] {
  const area = (size: string) => size.split('x').reduce((product, part) => product * Number(part), 1);
  return Object.keys(kernels.sizes).sort((a, b) => area(a) - area(b) || a.localeCompare(b));
}

function mostFrequent(kernels: KernelsResult, sizes: readonly string[]): string | undefined {
  const layers = (size: string) => kernels.sizes[size]?.layers ?? 0;
  return sizes.reduce<string | undefined>(
    (best, size) => (best === undefined || layers(size) > layers(best) ? size : best),
    undefined,
  );
}

function layersOf(
  layers: readonly LayerKernelResult[],
  { size, weights, nullName }: Pick<KernelsView, 'size' | 'weights' | 'nullName'>,
  sites: readonly SiteResult[],
): LayerView[] {
  const byName = new Map(sites.map((site) => [site.name, site]));
  return layers
    .filter((layer) => layer.kernel.join('x') === size)
    .map((layer) => {
      const site = byName.get(layer.name);
      return {
        ...{ name: layer.name, matrix: layer[weights], untrained: layer.nullModel[nullName] },
        ...(site && { site }),
      };
    });
}

/** The paper's matrices are 3×3; the untrained block is beside them unless it is the null itself. */
function references(size: string, nullName: NullName, result: KernelSizeResult): Reference[] {
  const paper = size === '3x3' ? [PAPER.normal, nullName === 'border' ? PAPER.border : PAPER.acnet] : [];
  const other: NullName = nullName === 'plain' ? 'skeleton' : 'plain';
  return [...paper, { ...untrainedReference(other), matrix: result.nullModel[other] }];
}

function untrainedReference(name: NullName): Omit<Reference, 'matrix'> {
  const { title, caption, column } = nullWords(name);
  return { title, caption, column, digits: name === 'plain' ? 3 : 2 };
}

function same(a: Matrix, b: Matrix): boolean {
  return a.every((row, r) => row.every((value, c) => Math.abs(value - (b[r]?.[c] ?? NaN)) < 1e-6));
}
