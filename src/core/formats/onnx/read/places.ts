import type { Place } from '../../../blueprint';
import type { GraphNode } from '../../../graph/graph';
import { tensorOfRole } from '../../../graph/node';
import { item } from '../../../item';
import { OnnxTensor } from './constant';
import type { Group, OnnxSource } from './source';
import type { NodeProto } from '../proto/node';

/** Operators that pass weights on, perhaps in another form: what stands before them has the parameter's name. */
const PASSING: ReadonlySet<string> = new Set([
  'Identity',
  'Cast',
  'Transpose',
  'Reshape',
  'Squeeze',
  'Unsqueeze',
]);
/** Most of them one behind the other. */
const MAX_PASSED = 8;

/** Every layer of a model that has weights, in the order in which they compute. */
export function placesOf(source: OnnxSource): Place[] {
  const { graph, tensors, model, notes } = source;
  const { nodes } = graph;
  const makers = new Map(
    model.graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)),
  );
  const groupOf = new Map(notes.groups.flatMap((group) => group.nodes.map((name) => [name, group] as const)));
  const separate = new Set(notes.separate.owned.values());
  const given = (node: GraphNode): Readonly<Record<string, readonly string[]>> => {
    const roles = Object.keys(node.parameters);
    const inputs = inputNames(node, groupOf.get(node.name), source);
    return Object.fromEntries(
      roles.map((role, i) => {
        const tensor = tensorOfRole(node, role, tensors);
        const own = tensor instanceof OnnxTensor ? [tensor.constant.name] : [];
        const read = inputs.length === roles.length ? namesBehind(item(inputs, i), makers) : [];
        // A parameter that the model has under another one's name only.
        const isSeparate = own.some((name) => !read.includes(name)) && separate.has(own.at(0) ?? '');
        return [role, [...new Set(isSeparate ? [...own, ...read] : [...read, ...own])]];
      }),
    );
  };
  const named = nodes
    .filter(({ parameters }) => Object.keys(parameters).length > 0)
    .map((node) => ({ node, names: given(node) }));
  const users = new Map<string, number>();
  for (const { names } of named) {
    for (const [first = ''] of Object.values(names)) users.set(first, (users.get(first) ?? 0) + 1);
  }
  return named.map(({ node, names }) => ({ node, names, paths: pathsOf(node, names, users) }));
}

/** Names under which a node's file reads its weights, in order. */
function inputNames(node: GraphNode, group: Group | undefined, { model, notes }: OnnxSource): string[] {
  const sources = (group?.sources ?? []).map((index) => item(model.graph.nodes, index));
  const made = new Set(sources.flatMap(({ outputs }) => outputs));
  const isWeight = (name: string): boolean => name !== '' && !made.has(name) && !notes.values.has(name);
  if (node.op !== 'opaque') return sources.flatMap(({ inputs }) => inputs.filter(isWeight));
  const inputs = sources.at(0)?.inputs ?? [];
  return Object.keys(node.parameters).map((role) => inputs[Number(role.replace('input ', ''))] ?? '');
}

function namesBehind(name: string, makers: ReadonlyMap<string, NodeProto>): string[] {
  // An exporter joins tensors of equal values behind an Identity: then the name before it is another layer's.
  const names = [name];
  for (let maker = makers.get(name); maker && names.length < MAX_PASSED;) {
    const [before] = maker.inputs;
    if (!PASSING.has(maker.op) || before === undefined) break;
    names.push(before);
    maker = makers.get(before);
  }
  return names;
}

/**
 * Where equal vectors were joined into one, the names are all of the first layer that has them, and the node's own place
 * in the network tells more. Kernels are equal only where they are the same.
 */
function pathsOf(node: GraphNode, names: Place['names'], users: ReadonlyMap<string, number>): string[] {
  const scope = scopeOf(node.origin?.layer ?? node.name);
  const votes = new Map<string, number>();
  for (const each of Object.values(names)) {
    for (const path of new Set(each.map(parentOf))) votes.set(path, (votes.get(path) ?? 0) + 1);
  }
  const voted = [...votes].sort((a, b) => b[1] - a[1]).map(([path]) => path);
  const isJoined = Object.values(names).some(([first = '']) => (users.get(first) ?? 0) > 1);
  const hasKernel = 'kernel' in names;
  const paths = isJoined && !hasKernel ? [...scope, ...voted] : [...voted, ...scope];
  return [...new Set(paths)];
}

/** `/layer1/layer1.0/conv1/Conv` is in `layer1.0.conv1`: so PyTorch's exporter names nodes. */
function scopeOf(name: string): string[] {
  if (!name.startsWith('/')) return [];
  const segments: string[] = [];
  for (const part of name.split('/').slice(1, -1)) {
    const last = segments.at(-1);
    if (last !== undefined && part.startsWith(`${last}.`)) segments[segments.length - 1] = part;
    else segments.push(part);
  }
  return segments.length > 0 ? [segments.join('.')] : [];
}

/** The module of a parameter's name. */
function parentOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('.')));
}
