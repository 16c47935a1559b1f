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
