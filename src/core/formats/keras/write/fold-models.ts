import { UnsupportedError } from '../../../errors';
import type { Graph, GraphNode, NodeOf } from '../../../graph/graph';
import { inputOf, outputOf } from '../../../graph/node';
import type { ValueShape } from '../../../graph/shape';
import { item } from '../../../item';
import type { ModelConfig } from '../read/model-config';
import type { ReadScope } from '../source';
import { sameJson } from '../same';

/** A network in which each call of a model that was a layer is one node again, and the networks of those models. */
interface FoldedModels {
  readonly graph: Graph;
  /** By the layer's name; names in them are the models' own. */
  readonly inside: ReadonlyMap<string, Graph>;
}

/** One call of a model: the nodes that pass its inputs and outputs, and those between them. */
interface Region {
  readonly call: number;
  readonly enter: readonly GraphNode[];
  readonly inner: readonly GraphNode[];
  readonly exit: readonly GraphNode[];
}

/**
 * Takes the models that are layers of a model out of its graph, so that they are written as models again: a rewriting puts
 * nodes between those that pass a model's inputs and outputs, and never takes these away.
 * @throws UnsupportedError if the calls of one model no longer are the same.
 */
export function foldModels(graph: Graph, scope: ReadScope | undefined): FoldedModels {
  const inside = new Map<string, Graph>();
  let nodes = graph.nodes;
  for (const [layer, { model }] of scope?.inside ?? []) {
    const regions = regionsOf(layer, graph);
    const [first] = regions;
    if (!first) continue;
    if (regions.some((region) => !isSame(region, first))) {
      throw new UnsupportedError('a model that is called several times was changed in one of them', {
        where: layer,
      });
    }
    inside.set(layer, innerGraph(layer, first, model, graph.shapes));
    for (const region of regions) nodes = withOneNode(nodes, layer, model, region);
  }
  return { graph: { ...graph, nodes }, inside };
}

function regionsOf(layer: string, { nodes }: Graph): Region[] {
  const byPort = (a: GraphNode, b: GraphNode): number => (a.origin?.port ?? 0) - (b.origin?.port ?? 0);
  const ends = nodes.filter(({ origin }) => origin?.layer === layer);
  const calls = new Set(ends.map(({ origin }) => origin?.call ?? 0));
  return [...calls]
    .sort((a, b) => a - b)
    .map((call) => {
      const part = (wanted: string): GraphNode[] =>
        ends.filter(({ origin }) => origin?.call === call && origin.part === wanted).sort(byPort);
      const [enter, exit] = [part('enter'), part('exit')];
      return { call, enter, inner: between(enter, exit, nodes), exit };
    });
}

/** The nodes that the exits need, back to the entrances. */
function between(
  enter: readonly GraphNode[],
  exit: readonly GraphNode[],
  nodes: readonly GraphNode[],
): readonly GraphNode[] {
  const entered = new Set(enter);
  const needed = new Set(exit.flatMap(({ inputs }) => inputs));
  const inner = [...nodes].reverse().filter((node) => {
    if (entered.has(node) || !node.outputs.some((value) => needed.has(value))) return false;
    if (node.op === 'input') {
      throw new UnsupportedError('a model inside the model reads what does not go into it', {
        where: node.name,
      });
    }
    node.inputs.forEach((value) => needed.add(value));
    return true;
  });
  return inner.reverse();
}

/** True if two calls of a model do the same with the same weights. */
function isSame(a: Region, b: Region): boolean {
  return a === b || sameJson(described(a), described(b));
}

function described({ enter, inner, exit }: Region): unknown {
  const numbers = new Map<string, number>();
  for (const { outputs } of [...enter, ...inner])
    outputs.forEach((value) => numbers.set(value, numbers.size));
  const read = ({ inputs }: GraphNode): unknown => inputs.map((value) => numbers.get(value));
  return [
    inner.map((node) => [node.op, node.attributes, node.parameters, read(node)]),
    exit.map(read),
    enter.length,
  ];
}

/** The model's own network, named as if it were not part of another. */
function innerGraph(
  layer: string,
  { enter, inner, exit }: Region,
  model: ModelConfig,
  shapes: Graph['shapes'],
): Graph {
  const start = `${layer}/`;
  const own = (name: string): string => (name.startsWith(start) ? name.slice(start.length) : name);
  const inputs = enter.map((node, port) => inputNode(model, port, shapes.get(outputOf(node)) ?? null));
  const names = new Map(enter.map((node, port) => [outputOf(node), item(inputs, port).name]));
  const value = (name: string): string => names.get(name) ?? own(name);
  const nodes = inner.map((node) => ({
    ...node,
    name: own(node.name),
    inputs: node.inputs.map(value),
    outputs: node.outputs.map(value),
    ...(node.origin ? { origin: { ...node.origin, layer: own(node.origin.layer) } } : {}),
  }));
  const made = [...enter, ...inner].flatMap(({ outputs }) => outputs);
  return {
    nodes: [...inputs, ...nodes],
    inputs: inputs.map(({ name }) => name),
    outputs: exit.map((node) => value(inputOf(node))),
    shapes: new Map(made.map((name) => [value(name), shapes.get(name) ?? null])),
  };
}

/** The input layer of a model; one that has none gets one that says what goes into it. */
function inputNode(model: ModelConfig, port: number, shape: ValueShape | null): NodeOf<'input'> {
  const first = item(model.layers, 0, 'layers of a model');
  const named = model.kind === 'functional' ? model.inputs[port]?.layer : undefined;
  const layer = named ?? (first.className === 'InputLayer' ? first.name : undefined);
  const name = layer ?? `${first.name}_input`;
  return {
    name,
    op: 'input',
    attributes: { shape: shape ?? [null] },
    inputs: [],
    outputs: [name],
    parameters: {},
    ...(layer === undefined ? {} : { origin: { layer, call: 0, part: 'main' } }),
  };
}

/** Puts one node in the place of a call's nodes: behind all that goes in, before all that reads what comes out. */
function withOneNode(
  nodes: readonly GraphNode[],
  layer: string,
  { raw }: ModelConfig,
  { call, enter, inner, exit }: Region,
): GraphNode[] {
  const inside = new Set([...enter, ...inner, ...exit]);
  const type = typeof raw.class_name === 'string' ? raw.class_name : 'Model';
  const last = item(exit, 0, 'outputs of a model');
  const node: GraphNode = {
    name: last.name,
    op: 'opaque',
    attributes: { type },
    inputs: enter.flatMap(({ inputs }) => inputs),
    outputs: exit.flatMap(({ outputs }) => outputs),
    parameters: {},
    origin: { layer, call, part: 'main' },
  };
  return nodes.flatMap((each) => (each === last ? [node] : inside.has(each) ? [] : [each]));
}
