import { UnsupportedError } from '../../../errors';
import type { Graph, GraphNode } from '../../../graph/graph';
import { item } from '../../../item';
import type { ValueShape } from '../../../graph/shape';
import { isArray, isObject, type Json, type JsonObject } from '../../../encodings/json';
import { settingsOf, writeLayer, type ReadLayer } from '../layers';
import { activationBody, activationName } from '../layers/activation';
import { regularisersOf } from '../layers/training';
import { mapTensors, type CallForm, type LayerConfig, type TensorKey } from '../read/model-config';
import { firstCall, type PlannedLayer } from './plan-layers';
import { sameJson } from '../same';

/** What emitting a layer needs to know of the whole model. */
export interface EmitContext {
  readonly graph: Graph;
  readonly keys: ReadonlyMap<string, TensorKey>;
  /** What each layer of the file was read as. */
  readonly read: ReadonlyMap<string, ReadLayer>;
  /** Form of calls that are new. */
  readonly form: CallForm;
  /** True in `.keras` files: entries carry their Python module and build shape. */
  readonly modules: boolean;
  /** Data type policy of new layers. */
  readonly dtype: Json;
  /** What the file adds to the call numbers of a nested model. */
  readonly callBase: ReadonlyMap<string, number>;
  /** A model among layers that is not trained as a whole: new layers of it are not either, as Keras itself has it. */
  readonly frozen: boolean;
  /** Models that are layers, by the layer's name. */
  readonly models: ReadonlyMap<string, { readonly model: JsonObject }>;
}

/** The entry of a layer without its calls: as it was read where nothing changed. */
export function layerEntry(layer: PlannedLayer, context: EmitContext): JsonObject {
  const { source } = layer;
  const node = firstCall(layer);
  if (!source || node.origin?.part === 'activation') return newEntry(layer, context);
  const inside = context.models.get(source.name);
  if (inside) return rebuilt(own(inside.model), node, context);
  const read = context.read.get(source.name);
  if (isUntouched(layer, read)) return rebuilt(own(source.raw), node, context);
  const before = read?.main;
  if (before?.op !== node.op || node.op === 'opaque' || node.op === 'input') return newEntry(layer, context);
  const activation = activationSetting(layer, read);
  const config = { ...source.config, name: layer.name, ...settingsOf(node, source.className), ...activation };
  return rebuilt({ ...own(source.raw), config }, node, context);
}

/** Without what places a layer in a model. */
function own(raw: JsonObject): JsonObject {
  const { inbound_nodes: _calls, name: _name, ...rest } = raw;
  return rest;
}

function isUntouched(layer: PlannedLayer, read: ReadLayer | undefined): boolean {
  const { name, source, activations } = layer;
  const node = firstCall(layer);
  if (name !== source?.name) return false;
  if (!read) return node.op === 'input';
  const { main, activation } = read;
  if (main.op !== node.op) return false;
  if (main.op === 'opaque') return true;
  return (
    sameJson(main.attributes, node.attributes) &&
    sameJson([...main.roles].sort(), Object.keys(node.parameters).sort()) &&
    activations[0]?.op === activation?.op
  );
}

function activationSetting({ activations }: PlannedLayer, read: ReadLayer | undefined): JsonObject {
  const inside = activations.at(0);
  if (inside?.op === read?.activation?.op) return {};
  return { activation: inside === undefined ? 'linear' : (activationName(inside) ?? 'linear') };
}

/** Sets the shape a layer is built for, where what it reads changed its shape. */
function rebuilt(entry: JsonObject, node: GraphNode, { graph }: EmitContext): JsonObject {
  const build = entry.build_config;
  const shape = onlyShape(node, graph);
  if (!isObject(build) || !isArray(build.input_shape) || !shape) return entry;
  const fits =
    shape.length === build.input_shape.length && shape.every((dim, i) => agrees(dim, build.input_shape, i));
  return fits ? entry : { ...entry, build_config: { ...build, input_shape: shape } };
}

/** The shape of what a node reads that reads one value. */
function onlyShape({ inputs: [value, ...others] }: GraphNode, { shapes }: Graph): ValueShape | undefined {
  return value === undefined || others.length > 0 ? undefined : (shapes.get(value) ?? undefined);
}

function agrees(dim: number | null, shape: Json | undefined, i: number): boolean {
  const other = isArray(shape) ? shape[i] : null;
  return dim === null || other === null || dim === other;
}

function newEntry(planned: PlannedLayer, context: EmitContext): JsonObject {
  const { name, source } = planned;
  const node = firstCall(planned);
  const dtype = source?.config.dtype ?? context.dtype;
  const layer = stockLayer(node, source);
  if (!layer) {
    throw new UnsupportedError('Keras has no layer for this operator', { where: node.name, found: node.op });
  }
  const { className } = layer;
  const settings =
    node.op === 'input'
      ? inputSettings(node.attributes.shape, context.form)
      : { trainable: !node.frozen && !context.frozen, dtype };
  const config = {
    name,
    ...settings,
    ...layer.config,
    ...regularisersOf(node, className, context.modules),
  };
  if (!context.modules) return { class_name: className, config };
  const shape = onlyShape(node, context.graph);
  return {
    module: 'keras.layers',
    class_name: className,
    config,
    registered_name: null,
    ...(shape ? { build_config: { input_shape: shape } } : {}),
  };
}

function stockLayer(node: GraphNode, source: LayerConfig | undefined) {
  if (node.op === 'input') return { className: 'InputLayer', config: {} };
  // The layer's own setting, unless the node was given another function since.
  const activation = source?.config.activation;
  const isOwn =
    source && node.origin?.part === 'activation' && node.op === activationBody(activation, source).op;
  if (isOwn && activation !== undefined) {
    return { className: 'Activation', config: { activation } };
  }
  const layer = writeLayer(node);
  if (!layer || !('use_bias' in layer.config)) return layer;
  return { ...layer, config: { ...layer.config, activation: 'linear' } };
}

function inputSettings(shape: ValueShape, form: CallForm): JsonObject {
  const key = form === 'keras3' ? 'batch_shape' : 'batch_input_shape';
  return { [key]: shape, dtype: 'float32', sparse: false };
}

/** The calls of a layer: as they were read where they read the same, rewired otherwise. */
export function layerCalls(layer: PlannedLayer, context: EmitContext): Json[] {
  if (firstCall(layer).op === 'input') return [];
  return layer.calls.map((node) => {
    const read = node.inputs.map((value) => ({ value, key: writtenKey(value, context) }));
    const before = node.origin?.part === 'main' ? layer.source?.calls[node.origin.call] : undefined;
    if (!before || before.inputs.length !== read.length) return newCall(read, context);
    const keys = read.map(({ key }) => key);
    if (sameJson(before.inputs, keys)) return before.raw;
    let next = 0;
    return mapTensors(before.raw, before.form, (_key, json) => {
      next += 1;
      return tensorJson(item(read, next - 1), before.form, context, json);
    });
  });
}

/** A value that a layer reads, and which output of which layer it is. */
interface ReadValue {
  readonly value: string;
  readonly key: TensorKey;
}

function writtenKey(value: string, { keys, callBase }: EmitContext): TensorKey {
  const key = keys.get(value);
  if (!key) throw new UnsupportedError('a value of the network is inside of a layer', { found: value });
  return { ...key, call: key.call + (callBase.get(key.layer) ?? 0) };
}

function newCall(read: readonly ReadValue[], context: EmitContext): Json {
  const { form } = context;
  const tensors = read.map((each) => tensorJson(each, form, context));
  if (form === 'keras2') return tensors.map((tensor) => [...(isArray(tensor) ? tensor : []), {}]);
  return { args: tensors.length === 1 ? tensors : [tensors], kwargs: {} };
}

function tensorJson(
  { value, key: { layer, call, tensor } }: ReadValue,
  form: CallForm,
  { graph }: EmitContext,
  before?: Json,
): Json {
  const history = [layer, call, tensor];
  if (form === 'keras2') return history;
  const old = isObject(before) && isObject(before.config) ? before.config : { dtype: 'float32' };
  // Keras wants some shape here and looks at none: the layers of the model say their own.
  const shape = graph.shapes.get(value) ?? [null];
  return { class_name: '__keras_tensor__', config: { ...old, shape, keras_history: history } };
}
