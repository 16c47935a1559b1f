import type { Graph, GraphNode } from '../../../graph/graph';
import { lookupOf } from '../../../graph/lookup';
import { outputOf } from '../../../graph/node';
import { item } from '../../../item';
import type { ReadLayer } from '../layers';
import type { LayerBody } from '../layers/kind';
import { sameJson } from '../same';

/** The two nodes of one call of a separable convolution. */
export interface Halves {
  readonly depthwise: GraphNode;
  readonly main: GraphNode;
}

/** Layers of a file that were separable convolutions. */
export interface Separables {
  /** Those that can be written as they were, with the nodes of their calls in order. */
  readonly whole: ReadonlyMap<string, readonly Halves[]>;
  /** Those of which half was rewritten: each half becomes a layer. */
  readonly halves: ReadonlySet<string>;
}

/** Sorts the separable convolutions of a file by whether their halves still are one layer. */
export function wholeSeparables(
  graph: Graph,
  before: { readonly read: ReadonlyMap<string, ReadLayer> } | undefined,
  readers: ReadonlyMap<string, readonly GraphNode[]>,
): Separables {
  const whole = new Map<string, readonly Halves[]>();
  const halves = new Set<string>();
  for (const [layer, read] of before?.read ?? []) {
    if (!read.depthwise) continue;
    const found = callsOf(layer, read, read.depthwise, graph, readers);
    if (found) whole.set(layer, found);
    else halves.add(layer);
  }
  return { whole, halves };
}

/** The halves of each call; undefined if one of them is not as it was read. */
function callsOf(
  layer: string,
  read: ReadLayer,
  before: LayerBody,
  graph: Graph,
  readers: ReadonlyMap<string, readonly GraphNode[]>,
): readonly Halves[] | undefined {
  const part = (wanted: string): GraphNode[] =>
    graph.nodes
      .filter(({ origin }) => origin?.layer === layer && origin.part === wanted)
      .sort((a, b) => (a.origin?.call ?? 0) - (b.origin?.call ?? 0));
  const [depthwise, mains] = [part('depthwise'), part('main')];
  if (depthwise.length !== mains.length) return undefined;
  const halves = depthwise.map((node, i): Halves => ({ depthwise: node, main: item(mains, i) }));
  const [first] = halves;
  if (!first) return undefined;
  const fits = halves.every((each) => {
    const value = outputOf(each.depthwise);
    const alone = readers.get(value)?.length === 1 && !lookupOf(graph).isOutput(value);
    const joined = alone && each.main.inputs.at(0) === value;
    const isRead = isAsRead(each.depthwise, before, first.depthwise);
    return joined && isRead && isAsRead(each.main, read.main, first.main);
  });
  return fits ? halves : undefined;
}

function isAsRead(node: GraphNode, body: LayerBody, firstCall: GraphNode): boolean {
  return (
    node.op === body.op &&
    sameJson(node.attributes, body.attributes) &&
    sameJson(Object.keys(node.parameters).sort(), [...body.roles].sort()) &&
    sameJson(node.parameters, firstCall.parameters)
  );
}
