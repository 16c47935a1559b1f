import { outputOf, tensorOfRole } from '../../graph/node';
import type { TensorRef } from '../../tensor/tensor';
import { CheckpointError } from '../../errors';
import { normsByName } from '../state-dict/neighbours';
import { epsilonOf, epsilonText, TORCH_EPSILON } from '../state-dict/norm-epsilon';
import { DictTensor, KERNEL_ORDERS } from '../state-dict/tensor';
import { convUnit, filtersOf, normUnit, widthOf, type ConvUnit, type NormUnit } from '../state-dict/units';
import { hasNormInside, layerPaths } from './layers';
import type { Match, Matching } from './match';

/** A batch norm that an export folded into the convolution before it. */
export interface FoldedNorm {
  readonly norm: NormUnit;
  /** By the export's own weights, or only by the names. */
  readonly rule: 'values' | 'name';
}

/** What batch norms add to the variance, the likeliest first. */
const USUAL_EPSILONS = [TORCH_EPSILON, 1e-3, 1e-4, 1e-6, 1e-2];
/** How far weights folded elsewhere may be from those folded here, to their largest. */
const TOLERANCE = 1e-4;
const HINT =
  'an export with dynamo=False, training=torch.onnx.TrainingMode.PRESERVE and do_constant_folding=False, which keeps batch norms';

/** A convolution with what the model made of it. */
interface Candidate {
  readonly unit: ConvUnit;
  readonly kernel: TensorRef;
  readonly bias: TensorRef | undefined;
  /** Its bias is a parameter by itself in the file. */
  readonly addsParameter: boolean;
}

/**
 * Finds the batch norms that the file has and the model has not: exporters fold them into convolutions.
 * @returns by the path of the convolution
 * @throws CheckpointError if one has no convolution that is plainly its own.
 */
export function foldedNorms(
  work: Matching,
  matches: ReadonlyMap<string, Match>,
): ReadonlyMap<string, FoldedNorm> {
  const found = new Map<string, FoldedNorm>();
  const candidates = candidatesOf(work, matches);
  let left = normsWithoutPlace(work, matches);
  const take = (path: string, folded: FoldedNorm): void => {
    found.set(path, folded);
    left = left.filter(({ name }) => name !== folded.norm.name);
  };
  const named = normsByName(
    work.dict,
    candidates.map(({ unit }) => unit),
  );
  const fitting = new Map(candidates.map((each) => [each, byValues(each, left, work)] as const));
  // Norms that are alike (of a new network all are) fit any convolution of their width: there names tell.
  for (const [{ unit }, norms] of fitting) {
    const own = norms.find(({ name }) => name === named.get(unit.name)?.name);
    if (own) take(unit.name, { norm: own, rule: 'values' });
  }
  for (const [{ unit }, norms] of fitting) {
    if (found.has(unit.name) || norms.length === 0) continue;
    const [norm, ...others] = norms.filter(({ name }) => left.some((each) => each.name === name));
    if (norm && others.length === 0) take(unit.name, { norm, rule: 'values' });
  }
  for (const [path, norm] of named) {
    if (!found.has(path) && left.some(({ name }) => name === norm.name)) take(path, { norm, rule: 'name' });
  }
  refuseLost(left, work, matches);
  refuseBias(candidates, found, work);
  return found;
}

/** Convolutions behind which the model has no batch norm, and which have none inside. */
function candidatesOf(
  { dict, places, consumers, tensors, names }: Matching,
  matches: ReadonlyMap<string, Match>,
): Candidate[] {
  return places.flatMap(({ node, names: { bias: biasNames = [] } }) => {
    const match = node.op === 'conv2d' ? matches.get(node.name) : undefined;
    if (!match || hasNormInside(dict, match.path)) return [];
    const unit = convUnit(dict, match.path);
    const kernel = tensorOfRole(node, 'kernel', tensors);
    const isNormed = consumers.get(outputOf(node))?.some(({ op }) => op === 'batchNorm');
    if (!unit || !kernel || isNormed) return [];
    const addsParameter = biasNames.some((name) => names.key(name));
    return [{ unit, kernel, bias: tensorOfRole(node, 'bias', tensors), addsParameter }];
  });
}

function normsWithoutPlace({ dict }: Matching, matches: ReadonlyMap<string, Match>): NormUnit[] {
  const placed = new Set([...matches.values()].map(({ path }) => path));
  return layerPaths(dict, 'batch norm')
    .filter((path) => !placed.has(path))
    .flatMap((path) => normUnit(dict, path) ?? []);
}

/** The batch norms with which the file's convolution is the model's; none where it is that without one. */
function byValues(candidate: Candidate, norms: readonly NormUnit[], work: Matching): readonly NormUnit[] {
  const { unit, kernel } = candidate;
  const fitting = norms.filter((norm) => widthOf(norm) === filtersOf(unit));
  if (fitting.length === 0) return [];
  const own = new DictTensor(unit.weight, KERNEL_ORDERS[work.dict.layout]).readFloat32();
  const values = { own, folded: kernel.readFloat32() };
  if (isUnfolded(candidate, values)) return [];
  const agrees = (epsilon: number) => (norm: NormUnit) => isFoldedWith(candidate, values, norm, epsilon);
  const found = fitting.filter((norm) => agrees(epsilonOf(work.dict, norm.name).value)(norm));
  if (found.length > 0) return found;
  const epsilon = USUAL_EPSILONS.find((other) => fitting.some(agrees(other)));
  if (epsilon === undefined) return [];
  const taken = new Set(fitting.map(({ name }) => epsilonOf(work.dict, name).value));
  throw new CheckpointError(
    `a batch norm of ${work.model} is folded, and its weights show another ε than ${[...taken].join(', ')}`,
    {
      path: work.path,
      where: unit.name,
      found: epsilonText(epsilon),
      expected: `--bn-epsilon ${epsilonText(epsilon)} ("bnEpsilon" in a job), or ${HINT}`,
    },
  );
}

/**
 * True if nothing was folded in: bit for bit the file's own. A new batch norm, which divides by √(1 + ε) only, is nearer to
 * that than any tolerance, and would go to whichever convolution of its width comes first.
 */
function isUnfolded({ unit, bias }: Candidate, { own, folded }: FoldedValues): boolean {
  const before = unit.bias && new DictTensor(unit.bias).readFloat32();
  const after = bias?.readFloat32();
  const isSame = (a: Float32Array, b: Float32Array): boolean =>
    a.length === b.length && a.every((value, i) => value === b[i]);
  if (!isSame(own, folded) || own.every((value) => value === 0)) return false;
  return before && after ? isSame(before, after) : !before && !after;
}

interface FoldedValues {
  /** Of the file, [h, w, in, out]. */
  readonly own: Float32Array;
  /** Of the model. */
  readonly folded: Float32Array;
}

function isFoldedWith(
  { unit, bias }: Candidate,
  { own, folded }: FoldedValues,
  norm: NormUnit,
  epsilon: number,
): boolean {
  const read = (tensor: NormUnit['mean']): Float32Array => new DictTensor(tensor).readFloat32();
  const [mean, variance] = [read(norm.mean), read(norm.variance)];
  const [gamma, beta, before] = [norm.gamma, norm.beta, unit.bias].map((tensor) => tensor && read(tensor));
  const filters = filtersOf(unit);
  const scale = Array.from(
    { length: filters },
    (_, o) => (gamma?.[o] ?? 1) / Math.sqrt((variance[o] ?? NaN) + epsilon),
  );
  const after = bias?.readFloat32() ?? new Float32Array(filters);
  const shift = scale.map((factor, o) => (beta?.[o] ?? 0) + ((before?.[o] ?? 0) - (mean[o] ?? NaN)) * factor);
  // What is not there is close to nothing, as NaN is.
  return (
    isClose(folded, (i) => (own[i] ?? NaN) * (scale[i % filters] ?? NaN), own.length) &&
    isClose(after, (i) => shift[i] ?? NaN, filters)
  );
}

function isClose(values: Float32Array, expected: (i: number) => number, length: number): boolean {
  if (values.length !== length) return false;
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return values.every((value, i) => Math.abs(value - expected(i)) <= TOLERANCE * Math.max(largest, 1e-12));
}

/** A batch norm of a part that the model does not have was not lost. */
function refuseLost(
  left: readonly NormUnit[],
  { dict, path, model }: Matching,
  matches: ReadonlyMap<string, Match>,
): void {
  const placed = new Set([...matches.values()].map(({ path: each }) => each));
  const others = layerPaths(dict, 'convolution')
    .filter((each) => !placed.has(each))
    .flatMap((each) => convUnit(dict, each) ?? []);
  const elsewhere = new Set([...normsByName(dict, others).values()].map(({ name }) => name));
  const lost = left.filter(({ name }) => !elsewhere.has(name));
  if (lost.length === 0) return;
  throw new CheckpointError(
    `batch norms of this file have no place in ${model}, which may have them folded`,
    {
      path,
      found: lost
        .slice(0, 4)
        .map(({ name }) => name)
        .join(', '),
      expected: HINT,
    },
  );
}

function refuseBias(
  candidates: readonly Candidate[],
  found: ReadonlyMap<string, FoldedNorm>,
  { path, model }: Matching,
): void {
  const odd = candidates.find(
    ({ unit, bias, addsParameter }) => bias && !unit.bias && !addsParameter && !found.has(unit.name),
  );
  if (!odd) return;
  throw new CheckpointError(`${model} adds a bias to a convolution that has none in this file`, {
    path,
    where: odd.unit.name,
    expected: HINT,
  });
}
