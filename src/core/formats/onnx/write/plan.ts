import { UnsupportedError } from '../../../errors';
import type { Graph, GraphNode } from '../../../graph/graph';
import { outputOf } from '../../../graph/node';
import { lookupOf } from '../../../graph/lookup';
import { item } from '../../../item';
import type { TensorRef } from '../../../tensor/tensor';
import { OnnxTensor } from '../read/constant';
import { sameOrder } from '../read/order';
import type { Group, OnnxSource } from '../read/source';
import type { Emission } from './emission';
import type { SourceGround } from './ground';
import { emitNode } from './ops';
import { viewsOf } from './views';

/** A rewriting of a network, to be written as changes of the file it was read from. */
export interface Rewritten {
  readonly source: OnnxSource;
  readonly graph: Graph;
  readonly tensors: ReadonlyMap<string, TensorRef>;
}

/**
 * Emits a rewritten graph: nodes of the file that mean what they meant as they are, all else anew. A value that takes
 * the place of another one takes its name too, so that whoever read that stays as it is.
 */
export function emitRewritten(rewritten: Rewritten, emission: Emission, ground: SourceGround): void {
  const { source, graph } = rewritten;
  const { notes, model } = source;
  ground.emission = emission;
  const now = new Map(graph.nodes.map((node) => [node.name, node]));
  const before = new Map(source.graph.nodes.map((node) => [node.name, node]));
  const kept = new Set(notes.groups.filter((group) => isKept(group, before, now, rewritten, ground)));
  const renamed = takeOver(successorsOf(rewritten, kept, before, now), rewritten, emission, ground);
  for (const node of graph.nodes) {
    if (node.op === 'input' || (node.op === 'opaque' && !ground.groupOf.has(node.name))) {
      const name = notes.names.get(outputOf(node));
      if (!name) throw new UnsupportedError('an input cannot be added to a model', { where: node.name });
      emission.made.set(name.name, -1);
      emission.define(outputOf(node), name);
      continue;
    }
    const group = ground.groupOf.get(node.name);
    if (group && kept.has(group)) emitKept(group, node, rewritten, emission, ground, renamed);
    else {
      emission.place = group?.sources.at(-1);
      emitNode(emission, node);
      emission.place = undefined;
    }
  }
  ground.emitRest();
  for (const { name } of model.graph.outputs) ground.demand(name);
}

/** Are all nodes of a group as they were, but for what they read, and their weights to be had where they were? */
function isKept(
  { nodes }: Group,
  before: ReadonlyMap<string, GraphNode>,
  now: ReadonlyMap<string, GraphNode>,
  { source, tensors }: Rewritten,
  ground: SourceGround,
): boolean {
  return nodes.every((name) => {
    const [a, b] = [before.get(name), now.get(name)];
    if (!a || !b || a.op !== b.op || a.outputs.join() !== b.outputs.join()) return false;
    if (JSON.stringify([a.attributes, a.parameters]) !== JSON.stringify([b.attributes, b.parameters]))
      return false;
    return Object.values(a.parameters).every((tensor) => {
      const old = source.tensors.get(tensor);
      if (old === tensors.get(tensor)) return true;
      return old instanceof OnnxTensor && ground.replaces(tensor, old.layout);
    });
  });
}

/** What whoever stays reads now. */
interface Readings {
  /** The value that is read instead of another one. */
  readonly successors: ReadonlyMap<string, string>;
  /** Values that are read as before. */
  readonly staying: ReadonlySet<string>;
}

function successorsOf(
  { source, graph }: Rewritten,
  kept: ReadonlySet<Group>,
  before: ReadonlyMap<string, GraphNode>,
  now: ReadonlyMap<string, GraphNode>,
): Readings {
  const [old, current] = [viewsOf(source.graph), viewsOf(graph)];
  const successors = new Map<string, string>();
  const staying = new Set<string>();
  const compare = (was: string, is: string): void => {
    const [a, b] = [old(was).base, current(is).base];
    if (a === b) {
      staying.add(a);
      return;
    }
    if ((successors.get(a) ?? b) !== b) throw unclear(a);
    successors.set(a, b);
  };
  for (const name of [...kept].flatMap(({ nodes }) => nodes)) {
    const [a, b] = [before.get(name), now.get(name)];
    a?.inputs.forEach((value, i) => compare(value, b?.inputs[i] ?? ''));
  }
  source.graph.outputs.forEach((value, i) => compare(value, item(graph.outputs, i)));
  for (const a of successors.keys()) if (staying.has(a)) throw unclear(a);
  return { successors, staying };
}

function unclear(value: string): UnsupportedError {
  return new UnsupportedError('a value has several others in its place, so the network cannot be written', {
    found: value,
  });
}

/**
 * Gives every successor the name of what it takes the place of.
 * @returns the new names of what nodes of the file make, by the old ones
 */
function takeOver(
  { successors, staying }: Readings,
  { source, graph }: Rewritten,
  emission: Emission,
  ground: SourceGround,
): ReadonlyMap<string, string> {
  const { names } = source.notes;
  const made = new Set(graph.nodes.flatMap(({ outputs }) => outputs));
  const renamed = new Map<string, string>();
  const heirs = new Set([...successors.values()].filter((value) => !staying.has(value)));
  for (const [value, form] of names) {
    if (made.has(value) && !successors.has(value) && !heirs.has(value)) emission.want(value, form);
  }
  for (const [from, to] of successors) {
    const [form, own] = [names.get(from), names.get(to)];
    if (!form) continue;
    ground.replaced.add(from);
    emission.want(to, form);
    if (made.has(from)) renamed.set(form.name, emission.freeName(`${form.name}_acb`));
    // An heir whose own name nobody reads gives that up.
    if (own && heirs.has(to) && sameOrder(own.order, form.order) && !renamed.has(own.name)) {
      renamed.set(own.name, form.name);
      ground.replaced.add(to);
    }
  }
  return renamed;
}

function emitKept(
  group: Group,
  node: GraphNode,
  { source, tensors }: Rewritten,
  emission: Emission,
  ground: SourceGround,
  renamed: ReadonlyMap<string, string>,
): void {
  // A group is emitted when its last node comes, since then all that it reads is there.
  if (group.nodes.at(-1) !== node.name) return;
  for (const index of group.sources) ground.emit(item(source.model.graph.nodes, index), renamed);
  const members = group.nodes.flatMap((name) => lookupOf(source.graph).node(name) ?? []);
  for (const name of members.flatMap(({ parameters }) => Object.values(parameters))) {
    const [old, tensor] = [source.tensors.get(name), tensors.get(name)];
    if (old !== tensor && old instanceof OnnxTensor) emission.weight(name, old.layout, undefined);
  }
  for (const value of members.flatMap(({ outputs }) => outputs)) {
    const form = source.notes.names.get(value);
    if (form) emission.define(value, { ...form, name: renamed.get(form.name) ?? form.name });
  }
}
