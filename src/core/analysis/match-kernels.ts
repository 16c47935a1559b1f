import { item } from '../item';
import type { KernelLayer } from './kernel-layers';

/**
 * How two kernels were found to belong together: `name`, the same name; `spelling`, one name as different formats and
 * tools write it; `order`, the same place among the kernels of their shape.
 */
export type MatchRule = 'name' | 'spelling' | 'order';

/** A kernel of each file; their shapes are equal. */
export interface KernelPair {
  readonly before: KernelLayer;
  readonly after: KernelLayer;
  readonly matchedBy: MatchRule;
}

/** A kernel without a partner. */
export interface LoneKernel {
  readonly layer: KernelLayer;
  /** Why a kernel of the other file that might be its partner is not. */
  readonly reason?: string;
}

/** Which kernels of two files belong together, each in its file's order. */
export interface KernelMatches {
  /** In the order of the first file. */
  readonly pairs: readonly KernelPair[];
  readonly onlyBefore: readonly LoneKernel[];
  readonly onlyAfter: readonly LoneKernel[];
}

/** The kernels of one file. */
export interface KernelFile {
  readonly layers: readonly KernelLayer[];
  /** Whether the order of its layers is a network's, or its modules': alphabetical order is neither. */
  readonly ordered: boolean;
}

/** What matching has found so far. */
interface Matching {
  readonly before: KernelFile;
  readonly after: KernelFile;
  readonly partners: Map<KernelLayer, KernelPair>;
}

/**
 * Matches kernels of equal shape [h, w, in / groups, out]: by name, then by spelling, then by order. What could be
 * matched in more than one way is left alone, with the reason.
 */
export function matchKernels(before: KernelFile, after: KernelFile): KernelMatches {
  const work: Matching = { before, after, partners: new Map() };
  matchBy((layer) => layer.name, 'name', work);
  matchBy((layer) => plainSpelling(layer.name), 'spelling', work);
  const ambiguous = matchByOrder(work);
  const lone = (own: KernelFile, other: KernelFile): LoneKernel[] => {
    const names = namesakes(other.layers);
    return own.layers.filter(isFree(work)).map((layer) => {
      const reason = otherShape(layer, names) ?? ambiguous.get(shapeKey(layer));
      return reason === undefined ? { layer } : { layer, reason };
    });
  };
  return {
    pairs: before.layers.flatMap((layer) => work.partners.get(layer) ?? []),
    onlyBefore: lone(before, after),
    onlyAfter: lone(after, before),
  };
}

/**
 * A name without what formats and tools add to it: PyTorch's `module.`, Keras's `layers/` and doubled names
 * (`conv1/conv1`), the scopes and operator of ONNX exports (`/layer1/layer1.0/conv1/Conv`), the parts of a block
 * (`conv1.square_conv`), and separators.
 */
export function plainSpelling(name: string): string {
  const segments = name
    .replace(/^\/+/, '')
    .replace(/^(?:module\.)+/, '')
    .replace(/^layers\//, '')
    .replace(/\/(?:Conv|Conv2D|convolution)$/, '')
    .replace(/[./](?:square_conv|fused_conv)$/, '')
    .split('/');
  return segments
    .filter((segment, i) => {
      const next = segments[i + 1];
      return next === undefined || !repeats(segment, next);
    })
    .join('_')
    .replace(/[.:#]/g, '_');
}

/** A scope whose name the next one says again. */
function repeats(scope: string, next: string): boolean {
  return next === scope || next.startsWith(`${scope}.`);
}

const isFree =
  ({ partners }: Matching) =>
  (layer: KernelLayer): boolean =>
    !partners.has(layer);

function pair(before: KernelLayer, after: KernelLayer, matchedBy: MatchRule, { partners }: Matching): void {
  const made = { before, after, matchedBy };
  partners.set(before, made);
  partners.set(after, made);
}

/** Pairs what has the same key, once in each file, and the same shape. */
function matchBy(key: (layer: KernelLayer) => string, rule: MatchRule, work: Matching): void {
  const uniqueIn = (layers: readonly KernelLayer[]): Map<string, KernelLayer> => {
    const byKey = grouped(layers.filter(isFree(work)), key);
    return new Map(
      [...byKey].flatMap(([name, [first, ...more]]) => (!first || more.length > 0 ? [] : [[name, first]])),
    );
  };
  const others = uniqueIn(work.after.layers);
  for (const [name, layer] of uniqueIn(work.before.layers)) {
    const other = others.get(name);
    if (other && shapeKey(layer) === shapeKey(other)) pair(layer, other, rule, work);
  }
}

/**
 * Pairs what is left over by its place. Kernels of one shape that have partners part the others into runs; a run is
 * matched where both files have equally many kernels in it.
 * @returns why shapes were left alone, by shape
 */
function matchByOrder(work: Matching): Map<string, string> {
  const ambiguous = new Map<string, string>();
  const others = grouped(work.after.layers, shapeKey);
  for (const [shape, own] of grouped(work.before.layers, shapeKey)) {
    const reason = matchShape(own, others.get(shape) ?? [], work);
    if (reason !== undefined) ambiguous.set(shape, reason);
  }
  return ambiguous;
}

function matchShape(
  own: readonly KernelLayer[],
  others: readonly KernelLayer[],
  work: Matching,
): string | undefined {
  const [first, ...more] = own.filter(isFree(work));
  const [firstOther, ...moreOthers] = others.filter(isFree(work));
  if (!first || !firstOther) return undefined;
  if (more.length === 0 && moreOthers.length === 0) {
    pair(first, firstOther, 'order', work);
    return undefined;
  }
  if (!work.before.ordered || !work.after.ordered) {
    return 'several kernels have this shape, and no order says which is which';
  }
  const anchors = own.flatMap((layer) => work.partners.get(layer) ?? []);
  const theirs = others.flatMap((layer) => work.partners.get(layer) ?? []);
  if (anchors.some((anchor, i) => anchor !== theirs[i])) {
    return 'the kernels of this shape come in another order in the other file';
  }
  const otherRuns = runsBetween(others, work);
  let fits = true;
  for (const [i, run] of runsBetween(own, work).entries()) {
    const partners = otherRuns[i] ?? [];
    if (run.length === partners.length) {
      run.forEach((layer, k) => pair(layer, item(partners, k), 'order', work));
    } else fits = false;
  }
  return fits ? undefined : 'the files have different numbers of kernels of this shape here';
}

/** The layers without partners: before the first that has one, between the first and the second, and so on. */
function runsBetween(layers: readonly KernelLayer[], { partners }: Matching): KernelLayer[][] {
  let run: KernelLayer[] = [];
  const runs = [run];
  for (const layer of layers) {
    if (partners.has(layer)) {
      run = [];
      runs.push(run);
    } else run.push(layer);
  }
  return runs;
}

/** Layers by their names and, where no layer has that name, by spelling. */
function namesakes(layers: readonly KernelLayer[]): ReadonlyMap<string, KernelLayer> {
  const spelled = layers.map((layer) => [plainSpelling(layer.name), layer] as const);
  return new Map([...spelled, ...layers.map((layer) => [layer.name, layer] as const)]);
}

/** Says so where the other file has the name with another shape. */
function otherShape(layer: KernelLayer, others: ReturnType<typeof namesakes>): string | undefined {
  const other = others.get(layer.name) ?? others.get(plainSpelling(layer.name));
  if (!other || shapeKey(other) === shapeKey(layer)) return undefined;
  return `the other file's kernel of this name is ${shapeKey(other)}`;
}

function shapeKey({ shape }: KernelLayer): string {
  return shape.join('×');
}

function grouped<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = key(item);
    const group = groups.get(name);
    if (group) group.push(item);
    else groups.set(name, [item]);
  }
  return groups;
}
