/** What the Kernels tab shows, worked out from the result and the reader's choices. Pure. */
import type {
  KernelSizeResult,
  KernelsResult,
  LayerKernelResult,
  SiteResult,
} from '../../../src/contract/results';
import type { NullName, ReferenceName } from '../../../src/shared/positions';
import { nullWords } from '../../ui/null-words';
import { withinChance } from '../../../src/shared/chance';
import type { Within } from '../../../src/shared/chance';
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
  /** Untrained kernels that the file is compared with, or whose pattern is kept while its own are permuted. */
  readonly nullName: NullName;
  /** What it is compared with. */
  readonly reference: ReferenceName;
  readonly own: Matrix;
  /** Of `reference`. */
  readonly untrained: Matrix;
  readonly difference: Matrix;
  /** Where the difference is no more than chance gives. */
  readonly within: Within;
  readonly references: readonly Reference[];
  readonly layers: readonly LayerView[];
}

/** One layer of the shown size. */
export interface LayerView {
  readonly name: string;
  readonly matrix: Matrix;
  /** Of kernels of this layer's own size. */
  readonly untrained: Matrix;
  readonly difference: Matrix;
  readonly within: Within;
  /** Of the shown weights, as in the result. */
  readonly variation: number;
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
  const reference = choices.nullModel ?? result.suggestedNull;
  const nullName = reference === 'permuted' ? result.suggestedNull : reference;
  const hasFused = !same(result.raw, result.fused);
  // Branches added without their batch norms are a kernel that no network computes, and the nulls of an ACB are
  // those of the fused block: an ACNet file is shown fused unless asked otherwise.
  const holdsBlocks = sites.some(({ kind, kernel }) => kind === 'acb' && kernel.join('x') === size);
  const preferred = holdsBlocks || result.suggestedNull !== 'plain' ? 'fused' : 'raw';
  const weights = hasFused ? (choices.weights ?? preferred) : 'raw';
  const own = result[weights];
  const chosen = { size, weights, reference };
  const compared = comparedWith(result, chosen);
  return {
    size,
    sizes,
    result,
    weights,
    hasFused,
    nullName,
    reference,
    own,
    ...compared,
    references: references(size, nullName, result),
    layers: layersOf(kernels.layers, chosen, sites),
  };
}

type Compared = Pick<KernelsView, 'weights' | 'reference'>;

/** A matrix beside its reference. Chance is that of the file's own weights, whatever they are compared with. */
function comparedWith(
  result: Pick<KernelSizeResult, 'raw' | 'fused' | 'nullModel' | 'chance'>,
  { weights, reference }: Compared,
): Pick<LayerView, 'untrained' | 'difference' | 'within'> {
  const { permuted, reach } = result.chance[weights];
  const untrained = reference === 'permuted' ? permuted : result.nullModel[reference];
  const own = difference(result[weights], untrained);
  return { untrained, difference: own, within: withinChance(own, reach) };
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
  chosen: Compared & Pick<KernelsView, 'size'>,
  sites: readonly SiteResult[],
): LayerView[] {
  const byName = new Map(sites.map((site) => [site.name, site]));
  return layers
    .filter((layer) => layer.kernel.join('x') === chosen.size)
    .map((layer) => {
      const site = byName.get(layer.name);
      return {
        ...{ name: layer.name, matrix: layer[chosen.weights], ...comparedWith(layer, chosen) },
        variation: layer.chance[chosen.weights].variation,
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
