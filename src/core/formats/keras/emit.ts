import type { Checkpoint } from '../../checkpoint';
import { UnsupportedError } from '../../errors';
import type { Graph } from '../../graph/graph';
import { isArray, isObject, type Json, type JsonObject } from '../../json';
import { layerCalls, layerEntry, type EmitContext } from './emit-layer';
import { kerasOrder } from './keras-order';
import { leaves, mapLeaves, type CallForm, type TensorKey } from './model-config';
import { KerasPayload, type Container } from './payload';
import { keysOf, planLayers, type PlannedLayer } from './plan-layers';
import { callBases } from './read-graph';

/** A model ready to be written. */
export interface EmittedModel {
  /** The model's entry. */
  readonly model: JsonObject;
  /** Its layers in the order in which Keras counts them for paths of weights. */
  readonly layers: readonly EmittedLayer[];
  /** The entry of the sequential model it was, if it had to become functional. */
  readonly sequential?: JsonObject;
}

/** One layer of it. */
export interface EmittedLayer extends PlannedLayer {
  readonly className: string;
}

/** Turns a checkpoint's graph into a Keras model's configuration. @throws UnsupportedError */
export function emitModel(checkpoint: Checkpoint, target: Container['kind']): EmittedModel {
  const { graph } = checkpoint;
  if (!graph) {
    throw new UnsupportedError('this file has weights but no network, so it cannot be written as a model', {
      path: checkpoint.path,
    });
  }
  const payload = KerasPayload.of(checkpoint);
  if (payload && payload.container.kind !== target) {
    throw new UnsupportedError('a Keras model is written in the format it was read from', {
      path: checkpoint.path,
      found: target,
      allowed: payload.container.kind,
    });
  }
  const planned = planLayers(graph, payload);
  const context = contextOf(graph, planned, payload, target);
  const was = payload?.model.kind === 'sequential' ? withoutLayers(payload.model.raw) : payload?.sequential;
  const chain = was && chainOf(graph, planned);
  return chain ? sequentialModel(was, chain, context) : functionalModel(checkpoint, planned, context, was);
}

function contextOf(
  graph: Graph,
  planned: readonly PlannedLayer[],
  payload: KerasPayload | undefined,
  target: Container['kind'],
): EmitContext {
  const layers = payload?.model.layers ?? [];
  const typical =
    layers.find(({ className }) => className === 'Conv2D') ?? layers.find(({ config }) => config.dtype);
  return {
    graph,
    keys: keysOf(planned),
    read: payload?.read ?? new Map(),
    form: formOf(payload),
    modules: target === 'keras',
    dtype: typical?.config.dtype ?? 'float32',
    callBase: payload ? callBases(payload.model).calls : new Map(),
  };
}

/** The form of calls in the file; a sequential model has none, so its version decides. */
function formOf(payload: KerasPayload | undefined): CallForm {
  const form = payload?.model.layers.flatMap(({ calls }) => calls)[0]?.form;
  if (form) return form;
  if (payload?.container.kind === 'tfjs-layers') return 'keras2';
  if (payload?.container.kind !== 'keras-h5') return 'keras3';
  const version = payload.container.root.keras_version;
  return typeof version === 'string' && /^[012]\./.test(version) ? 'keras2' : 'keras3';
}

/** The layers as a chain from one input to one output; `undefined` if the network is none. */
function chainOf(graph: Graph, planned: readonly PlannedLayer[]): readonly PlannedLayer[] | undefined {
  const keys = keysOf(planned);
  const fits = planned.every(({ calls }, i) => {
    const [node] = calls;
    if (calls.length !== 1 || (node.op === 'input') !== (i === 0)) return false;
    if (i === 0) return node.inputs.length === 0;
    return node.inputs.length === 1 && keys.get(node.inputs[0])?.layer === planned[i - 1].name;
  });
  const last = planned.at(-1)?.name;
  const ends = graph.outputs.length === 1 && keys.get(graph.outputs[0])?.layer === last;
  return fits && ends ? planned : undefined;
}

function sequentialModel(
  was: JsonObject,
  chain: readonly PlannedLayer[],
  context: EmitContext,
): EmittedModel {
  const [input, ...layers] = chain;
  // A file may say the input's shape on its first layer only; it is said anew when that is another one.
  const implied = !input.source && layers[0]?.source?.config.batch_input_shape !== undefined;
  const written = implied ? layers : chain;
  const entries = written.map((layer) => layerEntry(layer, context));
  const config = isObject(was.config) ? was.config : {};
  const counted = emitted(written, entries).filter(({ calls }) => calls[0].op !== 'input');
  return { model: { ...was, config: { ...config, layers: entries } }, layers: counted };
}

function functionalModel(
  checkpoint: Checkpoint,
  planned: readonly PlannedLayer[],
  context: EmitContext,
  was: JsonObject | undefined,
): EmittedModel {
  const payload = KerasPayload.of(checkpoint);
  const layers = kerasOrder(planned, context.keys, context.graph.outputs);
  const entries = layers.map((layer) => ({
    ...layerEntry(layer, context),
    name: layer.name,
    inbound_nodes: layerCalls(layer, context),
  }));
  const before = payload?.model.kind === 'functional' ? payload.model : undefined;
  const bases = before ? callBases(before).outputs : new Map<string, number>();
  const ends = {
    layers: entries,
    input_layers: structure(before?.config.input_layers, context.graph.inputs, context, new Map()),
    output_layers: structure(before?.config.output_layers, context.graph.outputs, context, bases),
  };
  const model = before
    ? { ...before.raw, config: { ...before.config, ...ends } }
    : newModel(checkpoint, ends, context, was);
  return { model, layers: emitted(layers, entries), sequential: was };
}

/** Layers with their classes; operations such as `x + y` are no layers and are not counted. */
function emitted(layers: readonly PlannedLayer[], entries: readonly JsonObject[]): EmittedLayer[] {
  return layers
    .map((layer, i) => ({ ...layer, className: className(entries[i]) }))
    .filter(({ source }) => !/(^|\.)ops(\.|$)/.test(source?.module ?? ''));
}

function className({ class_name: name }: JsonObject): string {
  return typeof name === 'string' ? name : '';
}

function newModel(
  checkpoint: Checkpoint,
  ends: JsonObject,
  { modules }: EmitContext,
  was: JsonObject | undefined,
): JsonObject {
  const old = isObject(was?.config) ? was.config : {};
  const name = old.name ?? modelName(checkpoint);
  const config = { name, trainable: old.trainable ?? true, ...ends };
  if (!modules) return { class_name: 'Functional', config };
  return {
    module: 'keras.src.models.functional',
    class_name: 'Functional',
    config,
    registered_name: 'Functional',
    build_config: { input_shape: null },
    ...(was?.compile_config === undefined ? {} : { compile_config: was.compile_config }),
  };
}

function modelName({ payload }: Checkpoint): string {
  return payload instanceof NewModelPayload ? payload.name : 'model';
}

/** Payload of a model that was read from no file. */
export class NewModelPayload {
  constructor(readonly name: string) {}
}

/** Inputs or outputs of a model in the structure they had; a list where their number changed. */
function structure(
  before: Json | undefined,
  values: readonly string[],
  { keys }: EmitContext,
  bases: ReadonlyMap<string, number>,
): Json {
  const written = values.map((value) => endKey(keys.get(value), value, bases));
  if (before === undefined) return written.length === 1 ? written[0] : written;
  if (leaves(before).length !== values.length) return written;
  let next = 0;
  return mapLeaves(before, () => {
    next += 1;
    return written[next - 1];
  });
}

function endKey(key: TensorKey | undefined, value: string, bases: ReadonlyMap<string, number>): Json {
  if (!key) throw new UnsupportedError('an output of the network is inside of a layer', { found: value });
  return [key.layer, key.call + (bases.get(key.layer) ?? 0), key.tensor];
}

function withoutLayers(raw: JsonObject): JsonObject {
  if (!isObject(raw.config)) return { ...raw, config: isArray(raw.config) ? { name: 'sequential' } : {} };
  const { layers: _layers, ...config } = raw.config;
  return { ...raw, config };
}
