import type { Content } from '../../../checkpoint';
import { UnsupportedError } from '../../../errors';
import type { Graph } from '../../../graph/graph';
import { inputOf } from '../../../graph/node';
import { item } from '../../../item';
import { isArray, isObject, type Json, type JsonObject } from '../../../encodings/json';
import { callBases } from '../read/calls';
import { layerCalls, layerEntry, type EmitContext } from './emit-layer';
import { foldModels } from './fold-models';
import { kerasOrder } from './keras-order';
import { withoutLostCalls } from '../lost-calls';
import { leaves, mapLeaves, type CallForm, type ModelConfig, type TensorKey } from '../read/model-config';
import { SEQUENTIAL_MARK, type Container, type Origin, type ReadScope } from '../source';
import { firstCall, keysOf, planLayers, type PlannedLayer } from './plan-layers';
import { NO_WEIGHTS, type WeightSource } from '../read/weights';

/** A model ready to be written. */
export interface EmittedModel {
  /** The model's entry. */
  readonly model: JsonObject;
  /** Its layers in the order in which Keras counts them for paths of weights. */
  readonly layers: readonly EmittedLayer[];
  /** The entry of the sequential model it was, if it had to become functional. */
  readonly sequential?: JsonObject;
  /** Where the weights of the file's layers lie. */
  readonly weights: WeightSource;
}

/** One layer of it. */
export interface EmittedLayer extends PlannedLayer {
  readonly className: string;
  /** Its entry says that it is not trained. */
  readonly frozen: boolean;
  /** The model that the layer is. */
  readonly inside?: EmittedModel;
}

/** A model to be turned into its configuration. */
interface Emission {
  readonly graph: Graph;
  /** What it was read from. */
  readonly scope: ReadScope | undefined;
  /** The name of a model that was read from nothing. */
  readonly name: string;
  /** Form of calls where the model's own layers show none. */
  readonly form: CallForm;
  readonly modules: boolean;
  /** True for a model that is a layer of another one. */
  readonly isInside: boolean;
}

/** Turns a checkpoint's graph into a Keras model's configuration. @throws UnsupportedError */
export function emitModel({ graph, path }: Content, origin: Origin, target: Container['kind']): EmittedModel {
  if (!graph) {
    throw new UnsupportedError('this file has weights but no network, so it cannot be written as a model', {
      path,
    });
  }
  return emitScope({
    graph,
    scope: origin.scope,
    name: origin.container ? 'model' : origin.name,
    form: formOf(origin),
    modules: target === 'keras',
    isInside: false,
  });
}

/** What its layers need to know of a model, with the models that are among them. */
interface ModelContext extends EmitContext {
  readonly models: ReadonlyMap<string, EmittedModel>;
}

/** Models inside of the model first: what they become decides how their calls are counted. */
function emitScope(emission: Emission): EmittedModel {
  const { scope } = emission;
  const { graph, inside } = foldModels(emission.graph, scope);
  const form = scope?.model.layers.flatMap(({ calls }) => calls)[0]?.form ?? emission.form;
  const models = new Map(
    [...inside].map(([name, inner]) => {
      const innerScope = scope?.inside.get(name);
      return [name, emitScope({ ...emission, graph: inner, scope: innerScope, name, form, isInside: true })];
    }),
  );
  const planned = withoutLostCalls(planLayers(graph, scope), graph.outputs);
  const context = contextOf({ ...emission, graph, form }, planned, models);
  const was = scope?.model.kind === 'sequential' ? withoutLayers(scope.model.raw) : scope?.sequential;
  const chain = was && chainOf(graph, planned);
  return chain
    ? sequentialModel(was, chain, context, emission)
    : functionalModel(planned, context, emission, was);
}

function contextOf(
  { graph, scope, form, modules, isInside }: Emission,
  planned: readonly PlannedLayer[],
  models: ReadonlyMap<string, EmittedModel>,
): ModelContext {
  const layers = scope?.model.layers ?? [];
  const typical =
    layers.find(({ className }) => className === 'Conv2D') ?? layers.find(({ config }) => config.dtype);
  return {
    graph,
    keys: keysOf(planned),
    read: scope?.read ?? new Map(),
    form,
    modules,
    dtype: typical?.config.dtype ?? 'float32',
    callBase: scope ? callBases(scope.model, form).calls : new Map(),
    frozen: isInside && scope?.model.config.trainable === false,
    models,
  };
}

/** The form of calls in a file in which no layer has one. */
function formOf({ container }: Origin): CallForm {
  if (container?.kind === 'tfjs-layers') return 'keras2';
  if (container?.kind !== 'keras-h5') return 'keras3';
  const version = container.root.keras_version;
  return typeof version === 'string' && /^[012]\./.test(version) ? 'keras2' : 'keras3';
}

/** The layers as a chain from one input to one output; `undefined` if the network is not a chain. */
function chainOf(graph: Graph, planned: readonly PlannedLayer[]): readonly PlannedLayer[] | undefined {
  const keys = keysOf(planned);
  const fits = planned.every((layer, i) => {
    const node = firstCall(layer);
    if (layer.calls.length !== 1 || (node.op === 'input') !== (i === 0)) return false;
    if (i === 0) return node.inputs.length === 0;
    return node.inputs.length === 1 && keys.get(inputOf(node))?.layer === planned.at(i - 1)?.name;
  });
  const last = planned.at(-1)?.name;
  const [output, ...others] = graph.outputs;
  const ends = output !== undefined && others.length === 0 && keys.get(output)?.layer === last;
  return fits && ends ? planned : undefined;
}

function sequentialModel(
  was: JsonObject,
  chain: readonly PlannedLayer[],
  context: ModelContext,
  { scope, isInside }: Emission,
): EmittedModel {
  const [input, ...layers] = chain;
  // A file may say the input's shape on its first layer only; it is written again when that is another one. A model inside
  // of another need not say it.
  const implied = !input?.source && (isInside || layers[0]?.source?.config.batch_input_shape !== undefined);
  const written = implied ? layers : chain;
  const entries = written.map((layer) => layerEntry(layer, context));
  const config = isObject(was.config) ? was.config : {};
  const counted = emitted(written, entries, context).filter((layer) => firstCall(layer).op !== 'input');
  const model = { ...was, config: { ...config, layers: entries } };
  return { model, layers: counted, weights: weightsOf(scope) };
}

function weightsOf(scope: ReadScope | undefined): WeightSource {
  return scope?.weights ?? { of: () => NO_WEIGHTS, inside: () => undefined };
}

function functionalModel(
  planned: readonly PlannedLayer[],
  context: ModelContext,
  { scope, name, isInside }: Emission,
  was: JsonObject | undefined,
): EmittedModel {
  const layers = kerasOrder(planned, context.keys, context.graph.outputs);
  const entries = layers.map((layer) => ({
    ...layerEntry(layer, context),
    name: layer.name,
    inbound_nodes: layerCalls(layer, context),
  }));
  const before = scope?.model.kind === 'functional' ? scope.model : undefined;
  const bases = scope
    ? callBases(scope.model, context.form, changedClasses(scope.model, context)).outputs
    : new Map<string, number>();
  const ends = {
    layers: entries,
    input_layers: structure(before?.config.input_layers, context.graph.inputs, context, new Map()),
    output_layers: structure(before?.config.output_layers, context.graph.outputs, context, bases),
  };
  const model = before
    ? { ...before.raw, config: { ...before.config, ...ends } }
    : newModel(name, ends, context, was);
  const marked = isInside && was ? { ...model, [SEQUENTIAL_MARK]: was } : model;
  return {
    model: marked,
    layers: emitted(layers, entries, context),
    sequential: was,
    weights: weightsOf(scope),
  };
}

/** Classes of models that are written as another class than they were read as. */
function changedClasses({ layers }: ModelConfig, { models }: ModelContext): Map<string, string> {
  return new Map(
    layers.flatMap((layer) => {
      const model = models.get(layer.name);
      const written = model && className(model.model);
      return written === undefined || written === layer.className ? [] : [[layer.name, written] as const];
    }),
  );
}

/** Layers with their classes; operations such as `x + y` are not layers and are not counted. */
function emitted(
  layers: readonly PlannedLayer[],
  entries: readonly JsonObject[],
  { models }: ModelContext,
): EmittedLayer[] {
  return layers
    .map((layer, i) => {
      const entry = item(entries, i);
      const frozen = isObject(entry.config) && entry.config.trainable === false;
      return {
        ...layer,
        className: className(entry),
        frozen,
        inside: models.get(layer.source?.name ?? ''),
      };
    })
    .filter(({ source }) => !/(^|\.)ops(\.|$)/.test(source?.module ?? ''));
}

function className({ class_name: name }: JsonObject): string {
  return typeof name === 'string' ? name : '';
}

function newModel(
  fallback: string,
  ends: JsonObject,
  { modules }: EmitContext,
  was: JsonObject | undefined,
): JsonObject {
  const old = isObject(was?.config) ? was.config : {};
  const name = old.name ?? fallback;
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

/** Inputs or outputs of a model in the structure they had; a list where their number changed. */
function structure(
  before: Json | undefined,
  values: readonly string[],
  { keys }: EmitContext,
  bases: ReadonlyMap<string, number>,
): Json {
  const written = values.map((value) => endKey(keys.get(value), value, bases));
  const [first, ...others] = written;
  if (before === undefined) return first !== undefined && others.length === 0 ? first : written;
  if (leaves(before).length !== values.length) return written;
  let next = 0;
  return mapLeaves(before, () => {
    next += 1;
    return item(written, next - 1);
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
