import { operatorOf } from '../../core/graph/build';
import type { GraphNode } from '../../core/graph/graph';

/**
 * Operators among `nodes` that the engine cannot run, each named once as its file names it, with the first layer
 * that uses it. Empty when all can be run.
 */
export function unsupportedOperators(nodes: readonly GraphNode[]): string[] {
  const first = new Map<string, string>();
  for (const node of nodes) {
    if (node.op === 'input' || operatorOf(node).lower) continue;
    const type = node.op === 'opaque' ? node.attributes.type : node.op;
    if (!first.has(type)) first.set(type, `${type} (layer ${node.name})`);
  }
  return [...first.values()];
}
