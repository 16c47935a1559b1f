import type { Blueprint, Place } from '../../blueprint';
import type { Graph, GraphNode } from '../../graph/graph';
import { lookupOf } from '../../graph/lookup';
import { tensorNameOf, tensorOfRole } from '../../graph/node';
import { CheckpointError } from '../../errors';
import { item } from '../../item';
import type { TensorRef } from '../../tensor/tensor';
import type { StateDict } from '../state-dict/units';
import { hasNormInside, kindOf, layerPaths, MAIN, mainTensor, sizes, type LayerKind } from './layers';
import type { Names } from './names';

/** What a layer was found by. */
export type Rule = 'name' | 'shape' | 'values' | 'order';

/** Where a layer's weights are in the file. */
export interface Match {
  readonly path: string;
  readonly rule: Rule;
  /** A batch norm that is in the block, or folded into the convolution, at `path` of another layer. */
  readonly inside?: true;
}

/** What is matched with what. */
export interface Matching {
  readonly dict: StateDict;
  readonly names: Names;
  readonly graph: Graph;
  readonly makers: ReadonlyMap<string, GraphNode>;
  readonly consumers: ReadonlyMap<string, readonly GraphNode[]>;
  readonly places: readonly Place[];
  readonly blueprint: Blueprint;
  /** The model's tensors. */
  readonly tensors: ReadonlyMap<string, TensorRef>;
  /** The weights' file, and the model's name, for errors. */
  readonly path: string;
  readonly model: string;
}

const ORDER: readonly LayerKind[] = ['convolution', 'batch norm', 'linear layer'];
/** Most that are listed of one side. */
const LISTED = 4;

/** A layer of one side, with what it is known by. */
interface Known {
  readonly name: string;
  readonly tensor: TensorRef;
}
interface KnownPlace extends Known {
  readonly place: Place;
}

/**
 * Finds each layer of a model in the file: by name; else the only one of its shape; else the one with the same values;
 * else by order, where both sides have the same shapes in the same order.
 * @returns matches by the name of the model's node; what has no layer in the file is left out if `names` may tell
 * @throws CheckpointError if shapes differ, or what is left is ambiguous.
 */
export function matchLayers(work: Matching): ReadonlyMap<string, Match> {
  const found = new Map<string, Match>();
  for (const kind of ORDER) {
    const places = work.places.filter(({ node }) => kindOf(node) === kind);
    const left = places.filter((place) => !matchByName(place, kind, work, found));
    const open = kind === 'batch norm' ? left.filter((place) => !isInside(place, work, found)) : left;
    matchRest(kind, open, work, found);
  }
  return found;
}

function matchByName(place: Place, kind: LayerKind, work: Matching, found: Map<string, Match>): boolean {
  const { dict, names, tensors, path: file, model } = work;
  const { node, paths } = place;
  for (const candidate of paths) {
    const path = names.path(candidate);
    const tensor = path === undefined ? undefined : mainTensor(dict, kind, path);
    if (path === undefined || !tensor) continue;
    const wanted = tensors.get(tensorNameOf(node, MAIN[kind]))?.shape ?? [];
    if (tensor.shape.join() !== wanted.join()) {
      throw new CheckpointError(`a ${kind} is not that of ${model}`, {
        path: file,
        where: path,
        found: sizes(tensor.shape),
        expected: sizes(wanted),
      });
    }
    found.set(node.name, { path, rule: 'name' });
    return true;
  }
  return false;
}

/** A batch norm that the file has no more: the block or the convolution before it has taken it in. */
function isInside({ node, paths }: Place, work: Matching, found: Map<string, Match>): boolean {
  const before = convolutionBefore(node, work);
  const match = before && found.get(before.name);
  if (!match || !hasNormInside(work.dict, match.path)) return false;
  const [own = ''] = paths.filter((path) => path !== '');
  found.set(node.name, { path: work.names.spelled(own), rule: match.rule, inside: true });
  return true;
}

/** The convolution whose output a node reads, and nothing else does. */
export function convolutionBefore(
  { inputs: [value = ''] }: GraphNode,
  { graph, makers, consumers }: Pick<Matching, 'graph' | 'makers' | 'consumers'>,
): GraphNode | undefined {
  const before = makers.get(value);
  const isAlone = consumers.get(value)?.length === 1 && !lookupOf(graph).isOutput(value);
  return before?.op === 'conv2d' && isAlone ? before : undefined;
}

/** What names do not tell. */
function matchRest(
  kind: LayerKind,
  places: readonly Place[],
  work: Matching,
  found: Map<string, Match>,
): void {
  const { dict, tensors, names } = work;
  // A parameter of another name than PyTorch's layers give it is found as such.
  const wanted = places.filter((place) => !place.names[MAIN[kind]]?.some((name) => names.key(name)));
  if (wanted.length === 0) return;
  const taken = new Set([...found.values()].map(({ path }) => path));
  const left = wanted.flatMap((place): KnownPlace[] => {
    const tensor = tensorOfRole(place.node, MAIN[kind], tensors);
    return tensor ? [{ place, name: place.node.name, tensor }] : [];
  });
  const free = layerPaths(dict, kind)
    .filter((path) => !taken.has(path))
    .flatMap((path): Known[] => {
      const tensor = mainTensor(dict, kind, path);
      return tensor ? [{ name: path, tensor }] : [];
    });
  const chosen = byShape(left, free);
  if (chosen.size < left.length) matchByOrder(left, free, chosen);
  if (chosen.size < left.length) throw untold(kind, left, free, work);
  for (const { name } of left) {
    const match = chosen.get(name);
    if (match) found.set(name, match);
  }
}

/** Those that are the only ones of their shape on both sides, and among others of one shape those with the same values. */
function byShape(left: readonly KnownPlace[], free: readonly Known[]): Map<string, Match> {
  const chosen = new Map<string, Match>();
  const shapeOf = ({ tensor }: Known): string => tensor.shape.join();
  const [wanted, offered] = [grouped(left, shapeOf), grouped(free, shapeOf)];
  for (const [shape, places] of wanted) {
    const candidates = offered.get(shape) ?? [];
    const [place, candidate] = [onlyOf(places), onlyOf(candidates)];
    if (place && candidate) {
      chosen.set(place.name, { path: candidate.name, rule: 'shape' });
      continue;
    }
    const prints = grouped(candidates, ({ tensor }) => fingerprint(tensor.readFloat32()));
    for (const { name, tensor } of places) {
      const values = tensor.readFloat32();
      const same = (prints.get(fingerprint(values)) ?? []).filter(({ tensor: other }) =>
        isSame(values, other.readFloat32()),
      );
      const only = onlyOf(same);
      if (only) chosen.set(name, { path: only.name, rule: 'values' });
    }
  }
  return chosen;
}

/** The item of a list that has no other. */
function onlyOf<T>(items: readonly T[]): T | undefined {
  return items.length === 1 ? items.at(0) : undefined;
}

function grouped<T>(items: readonly T[], keyOf: (each: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const each of items) {
    const key = keyOf(each);
    const group = groups.get(key);
    if (group) group.push(each);
    else groups.set(key, [each]);
  }
  return groups;
}

/** Few of the values, so that most differences show without comparing them whole. */
function fingerprint(values: Float32Array): string {
  const step = Math.max(1, Math.floor(values.length / 8));
  return [0, 1, 2, 3, 4, 5, 6, 7].map((i) => values[i * step]).join();
}

function isSame(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/** By place in the order, if both sides have the same shapes in it and nothing that is known contradicts. */
function matchByOrder(left: readonly KnownPlace[], free: readonly Known[], chosen: Map<string, Match>): void {
  if (left.length !== free.length) return;
  const pairs = left.map(({ name, tensor }, i) => ({ name, tensor, other: item(free, i) }));
  const isAlike = pairs.every(({ name, tensor, other }) => {
    const known = chosen.get(name);
    return tensor.shape.join() === other.tensor.shape.join() && (!known || known.path === other.name);
  });
  if (!isAlike) return;
  for (const { name, other } of pairs) {
    if (!chosen.has(name)) chosen.set(name, { path: other.name, rule: 'order' });
  }
}

/** One error that lists both sides. */
function untold(
  kind: LayerKind,
  left: readonly Known[],
  free: readonly Known[],
  { path, model }: Matching,
): CheckpointError {
  const list = (side: readonly Known[]): string => {
    const shown = side.slice(0, LISTED).map(({ name, tensor }) => `${name} (${sizes(tensor.shape)})`);
    return shown.join(', ') + (side.length > LISTED ? `, … (${side.length})` : '');
  };
  if (free.length === 0) {
    return new CheckpointError(`this file has no ${kind} for what ${model} has`, { path, found: list(left) });
  }
  return new CheckpointError(`it cannot be told which ${kind} of this file is which of ${model}`, {
    path,
    where: `in ${model}: ${list(left)}`,
    found: `in this file: ${list(free)}`,
    expected: 'the same names, or the same shapes in the same order',
  });
}
