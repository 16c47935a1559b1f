import { consumersOf } from '../../../graph/build';
import type { Graph, GraphNode } from '../../../graph/graph';
import { lookupOf } from '../../../graph/lookup';
import { outputOf } from '../../../graph/node';
import { item } from '../../../item';
import { activationBody, activationName } from '../layers/activation';
import type { LayerConfig, ModelConfig, TensorKey } from '../read/model-config';
import type { ReadLayer } from '../layers';
import { canonical } from '../same';
import { wholeSeparables, type Halves, type Separables } from './separable';
import { addTo } from '../../../../shared/groups';

/** One layer to be written: a node, a node with its activation, or the calls of a shared layer. */
export interface PlannedLayer {
  readonly name: string;
  /** The layer it was read from; its settings are the start of what is written. */
  readonly source?: LayerConfig;
  /** The node of each call. */
  readonly calls: readonly GraphNode[];
  /** The activation after each call that is inside the layer; empty if there is none. */
  readonly activations: readonly GraphNode[];
  /** The first half of a separable convolution that is written as one layer; `calls` then read what it reads. */
  readonly depthwise?: GraphNode;
  /** Other nodes that the layer stands for. */
  readonly covers?: readonly string[];
}

/** The node of a layer's first call, which every layer has. */
export function firstCall({ name, calls }: Pick<PlannedLayer, 'name' | 'calls'>): GraphNode {
  return item(calls, 0, `calls of ${name}`);
}

/** What planning needs to know of the file: its layers and what they were read as. */
interface ReadLayers {
  readonly model: ModelConfig;
  readonly read: ReadonlyMap<string, ReadLayer>;
}

/** Groups the nodes of a graph into layers, in the graph's order. */
export function planLayers(graph: Graph, before: ReadLayers | undefined): PlannedLayer[] {
  const sources = new Map((before?.model.layers ?? []).map((layer) => [layer.name, layer]));
  const readers = consumersOf(graph);
  const separable = wholeSeparables(graph, before, readers);
  const calls = callsByKey(graph, (node) =>
    sources.has(node.origin?.layer ?? '') ? readLayerKey(node) : newLayerKey(node, sources),
  );
  const layers: PlannedLayer[] = [];
  const done = new Set<string>();
  for (const node of graph.nodes) {
    if (done.has(node.name)) continue;
    const layer = planLayer(node, { graph, sources, readers, separable, calls });
    for (const { name } of [...layer.calls, ...layer.activations]) done.add(name);
    for (const name of layer.covers ?? []) done.add(name);
    layers.push(layer);
  }
  return withNames(layers);
}

interface Planning {
  readonly graph: Graph;
  readonly sources: ReadonlyMap<string, LayerConfig>;
  readonly readers: ReadonlyMap<string, readonly GraphNode[]>;
  readonly separable: Separables;
  /** Calls of one layer, in the graph's order, by what they have in common. */
  readonly calls: ReadonlyMap<unknown, readonly GraphNode[]>;
}

function planLayer(node: GraphNode, planning: Planning): PlannedLayer {
  const { graph, sources, readers, separable } = planning;
  const { origin } = node;
  const source = origin && sources.get(origin.layer);
  if (!source) {
    const calls = planning.calls.get(newLayerKey(node, sources) ?? node) ?? [node];
    return { name: node.name, calls, activations: [] };
  }
  if (origin.part === 'activation') return { name: node.name, source, calls: [node], activations: [] };
  const whole = separable.whole.get(source.name);
  if (whole) return planSeparable(whole, source, planning);
  const calls = [...(planning.calls.get(readLayerKey(node) ?? node) ?? [])].sort(byCall);
  // Half of a separable convolution is a layer of another class: nothing of the old one's settings fits it.
  if (separable.halves.has(source.name)) return { name: node.name, calls, activations: [] };
  const activations = innerActivations(calls, source, graph, readers);
  return { name: origin.call === 0 ? source.name : node.name, source, calls, activations };
}

function planSeparable(halves: readonly Halves[], source: LayerConfig, planning: Planning): PlannedLayer {
  const mains = halves.map(({ main }) => main);
  return {
    name: source.name,
    source,
    calls: halves.map(({ depthwise, main }): GraphNode => ({ ...main, inputs: depthwise.inputs })),
    activations: innerActivations(mains, source, planning.graph, planning.readers),
    depthwise: item(halves, 0).depthwise,
    covers: halves.map(({ depthwise }) => depthwise.name),
  };
}

/** The activations inside the calls of a layer; empty unless every call has one. */
function innerActivations(
  calls: readonly GraphNode[],
  source: LayerConfig,
  graph: Graph,
  readers: ReadonlyMap<string, readonly GraphNode[]>,
): readonly GraphNode[] {
  const found = calls
    .map((call) => innerActivation(call, source, graph, readers))
    .filter((activation) => activation !== undefined);
  return found.length === calls.length ? found : [];
}

/** What the calls of a layer that no file had have in common: their weights. Undefined of a node that is a layer of its own. */
function newLayerKey(node: GraphNode, sources: ReadonlyMap<string, LayerConfig>): string | undefined {
  const { op, parameters, attributes, origin } = node;
  if (Object.keys(parameters).length === 0 || sources.has(origin?.layer ?? '')) return undefined;
  return canonical(['new', op, attributes, parameters]);
}

/** Calls of one layer agree in everything but what they read. */
function readLayerKey({ op, parameters, attributes, origin }: GraphNode): string | undefined {
  return origin && canonical([origin.layer, origin.part, op, attributes, parameters]);
}

function callsByKey(
  { nodes }: Graph,
  keyOf: (node: GraphNode) => string | undefined,
): ReadonlyMap<unknown, readonly GraphNode[]> {
  const calls = new Map<unknown, GraphNode[]>();
  for (const node of nodes) {
    addTo(calls, keyOf(node) ?? node, node);
  }
  return calls;
}

function byCall(a: GraphNode, b: GraphNode): number {
  return (a.origin?.call ?? 0) - (b.origin?.call ?? 0);
}

/** The layer's own activation directly behind a call, if nobody else reads what is between them. */
function innerActivation(
  call: GraphNode,
  source: LayerConfig,
  graph: Graph,
  readers: ReadonlyMap<string, readonly GraphNode[]>,
): GraphNode | undefined {
  const value = outputOf(call);
  const [reader, ...others] = readers.get(value) ?? [];
  if (reader === undefined || others.length > 0 || lookupOf(graph).isOutput(value)) return undefined;
  const own =
    reader.origin?.part === 'activation' &&
    reader.origin.layer === source.name &&
    reader.origin.call === call.origin?.call;
  // An unknown activation can only be written as the layer's settings have it; a known one always.
  const writable =
    activationName(reader) !== undefined || reader.op === activationBody(source.config.activation, source).op;
  return own && writable ? reader : undefined;
}

/** Names that Keras takes: no slash, none twice. Names of layers that were read win. */
function withNames(layers: readonly PlannedLayer[]): PlannedLayer[] {
  const taken = new Set(layers.filter(({ name, source }) => source?.name === name).map(({ name }) => name));
  return layers.map((layer) => {
    if (layer.source?.name === layer.name) return layer;
    const plain = layer.name.replace(/[/:#]/g, '_');
    let name = plain;
    for (let i = 1; taken.has(name); i += 1) name = `${plain}_${i}`;
    taken.add(name);
    return { ...layer, name };
  });
}

/** Which output of which layer call each value is. */
export function keysOf(layers: readonly PlannedLayer[]): Map<string, TensorKey> {
  const keys = new Map<string, TensorKey>();
  for (const { name, calls, activations } of layers) {
    calls.forEach((node, call) => {
      const outputs = activations[call]?.outputs ?? node.outputs;
      outputs.forEach((value, tensor) => keys.set(value, { layer: name, call, tensor }));
    });
  }
  return keys;
}
