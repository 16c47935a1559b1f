import { operatorOf } from './build';
import { addTo } from '../../shared/groups';
import { enumerated } from '../../shared/words';
import type { Graph, GraphNode } from './graph';

/** True if training changes the parameters of a node. */
export function isTrained({ frozen }: Pick<GraphNode, 'frozen'>): boolean {
  return frozen === undefined;
}

/** Tensors that are learnt, by name, with the nodes and roles they are learnt as. */
export function learntParameters(
  nodes: readonly GraphNode[],
): ReadonlyMap<string, ReadonlyArray<{ readonly node: GraphNode; readonly role: string }>> {
  const found = new Map<string, { node: GraphNode; role: string }[]>();
  for (const node of nodes.filter(isTrained)) {
    for (const { role, trainable } of operatorOf(node).parameters) {
      const tensor = node.parameters[role];
      if (trainable && tensor !== undefined) addTo(found, tensor, { node, role });
    }
  }
  return found;
}

/** Layers with something to learn that the file says are not trained, by their names in the graph's order. */
export function frozenLayers({ nodes }: Graph): string[] {
  const learns = (node: GraphNode): boolean =>
    node.op === 'opaque' || operatorOf(node).parameters.some(({ trainable }) => trainable);
  const frozen = nodes.filter((node) => node.frozen === 'layer' && learns(node));
  return [...new Set(frozen.map(({ name, origin }) => origin?.layer ?? name))];
}

/** What the file asks for in training and nothing here does, in words: an entry each for images and for the rest. */
export function omittedWords(graph: Graph): string[] {
  const layers = leftOutOf(graph);
  const of = (image: boolean): string =>
    enumerated(
      [...layers].flatMap(([what, names]) =>
        isOfImages(what) === image ? `${what} (${enumerated(names)})` : [],
      ),
    );
  const [images, others] = [of(true), of(false)];
  return [
    ...(images
      ? [
          `left out when training here: ${images}; "augmentation" in the job varies images: {"flip": true, "padCrop": 4}`,
        ]
      : []),
    ...(others ? [`left out when training here: ${others}; train in Keras where the network needs it`] : []),
  ];
}

/** Names of layers by what is left out of them: classes and settings. */
function leftOutOf({ nodes }: Graph): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { name, origin, leftOut = [] } of nodes) {
    const layer = origin?.layer ?? name;
    for (const what of leftOut) if (!found.get(what)?.includes(layer)) addTo(found, what, layer);
  }
  return found;
}

/** Keras's layers of images that are random in training are named so. */
function isOfImages(what: string): boolean {
  return what.startsWith('Random');
}

/** The graph with every layer trained in the usual way, whatever the file says. */
export function thawed({ nodes, ...graph }: Graph): Graph {
  return {
    ...graph,
    nodes: nodes.map((node): GraphNode => {
      const { frozen, inference: _, ...rest } = node;
      return frozen === 'fixed' ? { ...rest, frozen } : rest;
    }),
  };
}
