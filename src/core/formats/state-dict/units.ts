import { item } from '../../item';
import { isFloat } from '../../tensor/dtype';
import type { Shape } from '../../tensor/tensor';
import type { ModuleSettings, StoredTensor } from './stored';

/** How the kernels of a file lie in memory. */
export type KernelLayout = 'oihw' | 'ohwi';

/** A state dict as a reader found it. */
export interface StateDict {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** What pickled modules say of themselves; empty for plain dicts. */
  readonly modules: ReadonlyMap<string, ModuleSettings>;
  readonly layout: KernelLayout;
  /** What an earlier conversion noted in the file. */
  readonly notes: BlockNotes;
  /** Where the branches of each block land, by the block's path. */
  readonly landings: ReadonlyMap<string, Landing>;
  /** What is known of the ε of its batch norms, beside what its modules have. */
  readonly epsilon: SaidEpsilon;
}

/** The tensors of a state dict and what their modules say: what layers are found by. */
type Layers = Pick<StateDict, 'tensors' | 'modules' | 'layout'>;

/** What is known of the ε of all batch norms of a state dict: its tensors don't show it. */
interface SaidEpsilon {
  /** What an earlier conversion or fusion noted in the file. */
  readonly noted?: number | undefined;
  /** What a person states about the file. */
  readonly stated?: number | undefined;
}

/** Where the one-dimensional kernels of a block land on the square one, and how that is known. */
export interface Landing {
  /** Row of the horizontal kernel, from 0. */
  readonly row: number;
  /** Column of the vertical kernel, from 0. */
  readonly column: number;
  /** `stored`: the file says it. `assumed`: the file does not; then it is the centre row and column. */
  readonly source: 'stored' | 'assumed';
}

/** What a conversion notes in a file beside the weights: for each block what cannot be read from them. */
export type BlockNotes = ReadonlyMap<string, BlockNote>;

/** What a conversion notes of one block. */
export interface BlockNote {
  /** The batch norm that was taken into the block; null where there was none. */
  readonly norm: string | null;
  /** Row and column on which the one-dimensional kernels land; absent where that was assumed. */
  readonly place?: readonly [row: number, column: number];
}

/** A convolution by the names of its tensors. */
export interface ConvUnit {
  /** The module's path: what stands before `.weight`. */
  readonly name: string;
  readonly weight: StoredTensor;
  readonly bias?: StoredTensor;
}

/** A batch norm by the names of its tensors. */
export interface NormUnit {
  readonly name: string;
  readonly mean: StoredTensor;
  readonly variance: StoredTensor;
  readonly gamma?: StoredTensor;
  readonly beta?: StoredTensor;
}

/** The branches of an asymmetric convolution block as the reference code names them. */
export interface BlockUnit {
  readonly name: string;
  readonly square: BranchUnit;
  readonly horizontal: BranchUnit;
  readonly vertical: BranchUnit;
}

/** A branch: a convolution and the batch norm that follows it. */
export interface BranchUnit {
  readonly conv: ConvUnit;
  readonly norm?: NormUnit;
}

/** Larger kernels are not taken for those of images. */
const LARGEST_KERNEL = 31;

/** The convolution of a module path; undefined if there is none. */
export function convUnit({ tensors, modules, layout }: Layers, name: string): ConvUnit | undefined {
  const weight = tensors.get(join(name, 'weight'));
  if (weight?.shape.length !== 4 || modules.get(name)?.transposed) return undefined;
  const [height, width] = kernelSize(weight.shape, layout);
  const bias = tensors.get(join(name, 'bias'));
  const fits = Math.min(...weight.shape) > 0 && height <= LARGEST_KERNEL && width <= LARGEST_KERNEL;
  // Another bias than one number per filter: a transposed convolution, or no convolution at all.
  if (!fits || (bias && !isVector(bias, weight.shape[0]))) return undefined;
  return bias ? { name, weight, bias } : { name, weight };
}

/** The batch norm of a module path; undefined if there is none. */
export function normUnit({ tensors }: Pick<StateDict, 'tensors'>, name: string): NormUnit | undefined {
  const mean = tensors.get(join(name, 'running_mean'));
  const variance = tensors.get(join(name, 'running_var'));
  if (mean?.shape.length !== 1 || !variance || !isVector(variance, mean.shape[0])) return undefined;
  const [gamma, beta] = ['weight', 'bias'].map((key) => tensors.get(join(name, key)));
  if ([gamma, beta].some((tensor) => tensor && !isVector(tensor, mean.shape[0]))) return undefined;
  return { name, mean, variance, ...(gamma ? { gamma } : {}), ...(beta ? { beta } : {}) };
}

/** The block of a module path, `X.square_conv` and so on; its batch norms may be absent. */
export function blockUnit(dict: Layers, name: string): BlockUnit | undefined {
  const branch = (word: string): BranchUnit | undefined => {
    const conv = convUnit(dict, join(name, `${word}_conv`));
    const norm = normUnit(dict, join(name, `${word}_bn`));
    if (!conv) return undefined;
    return norm && widthOf(norm) === filtersOf(conv) ? { conv, norm } : { conv };
  };
  const [square, horizontal, vertical] = ['square', 'hor', 'ver'].map(branch);
  if (!square || !horizontal || !vertical) return undefined;
  const size = (unit: BranchUnit): readonly [number, number] =>
    kernelSize(unit.conv.weight.shape, dict.layout);
  const [height, width] = size(square);
  const [rows, columns] = [size(horizontal), size(vertical)];
  const isCross =
    rows[0] === 1 && columns[1] === 1 && rows[1] > 1 && columns[0] > 1 && height > 1 && width > 1;
  const isWithin = rows[1] <= width && columns[0] <= height;
  const alike = [horizontal, vertical].every(
    ({ conv }) =>
      filtersOf(conv) === filtersOf(square.conv) &&
      perGroup(conv, dict.layout) === perGroup(square.conv, dict.layout),
  );
  return isCross && isWithin && alike ? { name, square, horizontal, vertical } : undefined;
}

/** Paths of a file's blocks, in its order. */
export function blockPaths(dict: Layers): string[] {
  return modulePaths(dict)
    .filter((path) => /(^|\.)square_conv$/.test(path))
    .map((path) => path.slice(0, Math.max(0, path.lastIndexOf('.'))))
    .filter((path) => blockUnit(dict, path) !== undefined);
}

/** Height and width of a kernel of the file. */
export function kernelSize(shape: Shape, layout: KernelLayout): readonly [number, number] {
  return layout === 'oihw' ? [item(shape, 2), item(shape, 3)] : [item(shape, 1), item(shape, 2)];
}

/** Channels that each filter of a convolution sees. */
export function perGroup({ weight }: ConvUnit, layout: KernelLayout): number {
  return item(weight.shape, layout === 'oihw' ? 1 : 3);
}

/** Output channels of a convolution. */
export function filtersOf({ weight }: ConvUnit): number {
  return item(weight.shape, 0);
}

/** Channels of a batch norm. */
export function widthOf({ mean }: NormUnit): number {
  return item(mean.shape, 0);
}

/** A key below a module's path; the outermost module's path is empty. */
export function join(name: string, key: string): string {
  return name === '' ? key : `${name}.${key}`;
}

/** Module paths that have a tensor, in the order of the file. */
export function modulePaths({ tensors }: Pick<StateDict, 'tensors'>): string[] {
  return [...new Set([...tensors.keys()].map((key) => key.slice(0, Math.max(0, key.lastIndexOf('.')))))];
}

/**
 * How kernels lie: [out, in, h, w] unless the shapes say [out, h, w, in]. Each tensor of four axes votes if only one
 * reading gives it a kernel that is square and small.
 * @returns `isKnown`: false where there are kernels and their shapes allow both
 */
export function guessLayout(tensors: Iterable<StoredTensor>): {
  readonly layout: KernelLayout;
  readonly isKnown: boolean;
} {
  let votes = 0;
  let kernels = 0;
  for (const { name, shape, dtype } of tensors) {
    if (shape.length !== 4 || !isFloat(dtype) || !/(^|\.)weight$/.test(name)) continue;
    kernels += 1;
    // Of three channels, a block's own k × 1 kernel looks square when it is read the other way.
    if (/(^|\.)(ver|hor)_conv\.weight$/.test(name)) continue;
    const looksRight = (layout: KernelLayout): boolean => {
      const [height, width] = kernelSize(shape, layout);
      return height === width && height <= LARGEST_KERNEL;
    };
    const [oihw, ohwi] = [looksRight('oihw'), looksRight('ohwi')];
    if (oihw !== ohwi) votes += ohwi ? 1 : -1;
  }
  return { layout: votes > 0 ? 'ohwi' : 'oihw', isKnown: votes !== 0 || kernels === 0 };
}

function isVector({ shape }: StoredTensor, length: number | undefined): boolean {
  return shape.length === 1 && shape[0] === length;
}
