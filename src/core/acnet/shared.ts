import type { Graph, GraphNode } from '../graph/graph';

/** True if two nodes are calls of one layer: the same operator, settings and weights. */
export function isSameLayer(a: GraphNode, b: GraphNode): boolean {
  if (a === b) return true;
  return (
    a.op === b.op &&
    sameEntries(a.parameters, b.parameters) &&
    JSON.stringify(a.attributes) === JSON.stringify(b.attributes)
  );
}

/** The same for calls of one layer (`isSameLayer`), and another for all others. */
function layerKey({ op, parameters, attributes }: GraphNode): string {
  const named = Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([op, named, attributes]);
}

/** Nodes by their layers, in graph order. */
export function callsByLayer<T extends GraphNode>(nodes: readonly T[]): ReadonlyMap<T, readonly T[]> {
  const groups = new Map<string, T[]>();
  const calls = new Map<T, T[]>();
  for (const node of nodes) {
    const key = layerKey(node);
    const group = groups.get(key) ?? [];
    group.push(node);
    groups.set(key, group);
    calls.set(node, group);
  }
  return calls;
}

function sameEntries(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = Object.entries(a);
  return names.length === Object.keys(b).length && names.every(([role, name]) => b[role] === name);
}

/** The nodes that hold each tensor, in graph order. */
export function ownersOf({ nodes }: Pick<Graph, 'nodes'>): ReadonlyMap<string, readonly GraphNode[]> {
  const owners = new Map<string, GraphNode[]>();
  for (const node of nodes) {
    for (const tensor of new Set(Object.values(node.parameters))) {
      const users = owners.get(tensor);
      if (users) users.push(node);
      else owners.set(tensor, [node]);
    }
  }
  return owners;
}
