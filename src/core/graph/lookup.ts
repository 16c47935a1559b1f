import type { Graph, GraphNode } from './graph';

/** What is asked of a graph again and again, each answered at once: a search for each node takes n² steps for n. */
export interface Lookup {
  readonly node: (name: string) => GraphNode | undefined;
  /** The node that makes a value. */
  readonly maker: (value: string) => GraphNode | undefined;
  /** Where a node stands in the graph's order; −1 for one that is not there. */
  readonly place: (name: string) => number;
  /** Whether a value is an output of the network. */
  readonly isOutput: (value: string) => boolean;
}

const known = new WeakMap<object, Lookup>();

/** The lookup of a graph, made once for each. */
export function lookupOf(graph: Pick<Graph, 'nodes' | 'outputs'>): Lookup {
  const found = known.get(graph) ?? makeLookup(graph);
  known.set(graph, found);
  return found;
}

function makeLookup({ nodes, outputs }: Pick<Graph, 'nodes' | 'outputs'>): Lookup {
  const places = new Map(nodes.map(({ name }, place) => [name, place]));
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((value) => [value, node] as const)));
  const ends = new Set(outputs);
  return {
    node: (name) => nodes[places.get(name) ?? -1],
    maker: (value) => makers.get(value),
    place: (name) => places.get(name) ?? -1,
    isOutput: (value) => ends.has(value),
  };
}

/** Nodes in the graph's order. */
export function inOrder<T extends GraphNode>(
  nodes: Iterable<T>,
  graph: Pick<Graph, 'nodes' | 'outputs'>,
): T[] {
  const { place } = lookupOf(graph);
  return [...nodes].sort((a, b) => place(a.name) - place(b.name));
}
