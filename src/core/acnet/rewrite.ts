import type { Checkpoint } from '../checkpoint';
import { makeGraph } from '../graph/build';
import type { Graph, GraphNode } from '../graph/graph';
import type { TensorRef } from '../tensor/tensor';

/** A list of changes to a network, applied at once by `done`; what it was made from stays as it is. */
export interface Rewriting {
  /** A name for a node and its value that none has: the wanted one, or with `_2`, `_3`, … */
  freeName(wanted: string): string;
  /** The same for a node whose value has its name already. */
  freeNodeName(wanted: string): string;
  /** The value that is now read instead of `value`: what a node made here must name. */
  current(value: string): string;
  /** Replaces a node in its place; its inputs are taken as they are. */
  replace(name: string, node: GraphNode): void;
  /** Puts nodes behind another one; their inputs are taken as they are. */
  insertAfter(name: string, nodes: readonly GraphNode[]): void;
  remove(name: string): void;
  /** Untouched readers of a value (and the network's outputs) read another one instead. */
  rewire(from: string, to: string): void;
  setTensor(tensor: TensorRef): void;
  /** The rewritten checkpoint: tensors that lost their last node are dropped, all others shared. */
  done(): Checkpoint;
}

/** Starts a rewriting of a checkpoint with a graph. */
export function rewriting(checkpoint: Checkpoint, graph: Graph): Rewriting {
  const replaced = new Map<string, GraphNode>();
  const inserted = new Map<string, readonly GraphNode[]>();
  const removed = new Set<string>();
  const rewired = new Map<string, string>();
  const tensors = new Map(checkpoint.tensors);
  const nodeNames = new Set(graph.nodes.map(({ name }) => name));
  const valueNames = new Set(graph.shapes.keys());
  const numbers = new Map<string, number>();
  const pick = (wanted: string, isTaken: (name: string) => boolean): string => {
    let name = wanted;
    // Names are never given back, so the search goes on where it ended.
    for (let i = numbers.get(wanted) ?? 2; isTaken(name); i++) {
      name = `${wanted}_${i}`;
      numbers.set(wanted, i);
    }
    nodeNames.add(name);
    return name;
  };

  const resolve = (value: string): string => {
    let now = value;
    for (let next = rewired.get(now); next !== undefined; next = rewired.get(now)) now = next;
    return now;
  };
  const reader = (node: GraphNode): GraphNode => {
    return node.inputs.some((value) => rewired.has(value))
      ? { ...node, inputs: node.inputs.map(resolve) }
      : node;
  };
  const finishedNodes = (): GraphNode[] =>
    graph.nodes.flatMap((node) => {
      const kept = removed.has(node.name) ? [] : [replaced.get(node.name) ?? reader(node)];
      return [...kept, ...(inserted.get(node.name) ?? [])];
    });

  return {
    freeName: (wanted) => pick(wanted, (name) => nodeNames.has(name) || valueNames.has(name)),
    freeNodeName: (wanted) => pick(wanted, (name) => nodeNames.has(name)),
    current: resolve,
    replace: (name, node) => void replaced.set(name, node),
    insertAfter: (name, nodes) => void inserted.set(name, [...(inserted.get(name) ?? []), ...nodes]),
    remove: (name) => void removed.add(name),
    rewire: (from, to) => void rewired.set(from, to),
    setTensor: (tensor) => void tensors.set(tensor.name, tensor),
    done() {
      const nodes = finishedNodes();
      dropOrphans(tensors, graph.nodes, nodes);
      const parts = { nodes, outputs: graph.outputs.map(resolve) };
      return { ...checkpoint, tensors, graph: makeGraph(parts, tensors) };
    },
  };
}

/** Removes tensors that a node used before and none uses now. */
function dropOrphans(
  tensors: Map<string, TensorRef>,
  before: readonly GraphNode[],
  after: readonly GraphNode[],
): void {
  const used = new Set(after.flatMap((node) => Object.values(node.parameters)));
  for (const name of before.flatMap((node) => Object.values(node.parameters))) {
    if (!used.has(name)) tensors.delete(name);
  }
}
