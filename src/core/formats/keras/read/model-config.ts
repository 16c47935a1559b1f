import { CheckpointError, type ErrorDetail } from '../../../errors';
import { isArray, isObject, type Json, type JsonObject } from '../../../encodings/json';
import { inKeras2Words } from './keras1';

/** Most layers of one model; the deepest published networks have some thousands. */
const MAX_LAYERS = 20_000;

/** One output of one call of a layer. */
export interface TensorKey {
  readonly layer: string;
  readonly call: number;
  readonly tensor: number;
}

/** How calls are written: Keras 3's argument lists or Keras 2's `[layer, call, tensor, kwargs]`. */
export type CallForm = 'keras3' | 'keras2';

/** One call of a layer. */
export interface Call {
  readonly form: CallForm;
  /** As in the file. */
  readonly raw: Json;
  /** Tensors among its arguments, in order. */
  readonly inputs: readonly TensorKey[];
}

/** One layer of a model. */
export interface LayerConfig {
  readonly name: string;
  readonly className: string;
  /** Python module; absent in legacy files. */
  readonly module?: string;
  readonly config: JsonObject;
  /** True in a file of Keras 1 or 2, or of TensorFlow.js, which keeps to them. */
  readonly isOld: boolean;
  /** As in the file. */
  readonly raw: JsonObject;
  readonly calls: readonly Call[];
}

/** A model's configuration. */
export interface ModelConfig {
  readonly kind: 'sequential' | 'functional';
  readonly name: string;
  /** As in the file: class, configuration and whatever else is beside them. */
  readonly raw: JsonObject;
  readonly config: JsonObject;
  readonly layers: readonly LayerConfig[];
  /** Empty for a sequential model. */
  readonly inputs: readonly TensorKey[];
  readonly outputs: readonly TensorKey[];
}

/**
 * Takes a model's configuration apart.
 * @param isOld what its file is: see `LayerConfig`
 * @returns `undefined` for a model whose graph is code: a subclass without a configuration.
 * @throws CheckpointError if it is malformed.
 */
export function parseModel(raw: Json, where: ErrorDetail, isOld = false): ModelConfig | undefined {
  if (!isObject(raw) || typeof raw.class_name !== 'string') {
    throw new CheckpointError('the model configuration has no class name', where);
  }
  const config = raw.class_name === 'Sequential' ? sequentialConfig(raw.config) : raw.config;
  if (!isObject(config) || !isArray(config.layers)) return undefined;
  if (config.layers.length > MAX_LAYERS) {
    throw new CheckpointError('the model has too many layers', {
      ...where,
      found: `${config.layers.length}`,
      expected: `at most ${MAX_LAYERS}`,
    });
  }
  const sequential = raw.class_name === 'Sequential';
  if (!sequential && (config.input_layers === undefined || config.output_layers === undefined))
    return undefined;
  const layers = config.layers.map((layer, i) => parseLayer(layer, { ...where, where: `layer ${i}` }, isOld));
  checkNames(layers, where);
  return {
    kind: sequential ? 'sequential' : 'functional',
    name: typeof config.name === 'string' ? config.name : 'model',
    raw,
    config,
    layers,
    inputs: sequential ? [] : leaves(config.input_layers),
    outputs: sequential ? [] : leaves(config.output_layers),
  };
}

/** True for a version of Keras 1 or 2; a file that says none is older than Keras 3. */
export function isOldVersion(version: unknown): boolean {
  return typeof version !== 'string' || /^[012]\./.test(version);
}

/** Keras 1 and early 2 wrote a sequential model as a bare list of layers. */
function sequentialConfig(config: Json | undefined): Json | undefined {
  return isArray(config) ? { name: 'sequential', layers: config } : config;
}

/** The same for a sequential model inside a model. */
function withNamedLayers(layer: JsonObject): JsonObject {
  const { class_name: className, config, name } = layer;
  return className === 'Sequential' && isArray(config) && typeof name === 'string'
    ? { ...layer, config: { name, layers: config } }
    : layer;
}

function parseLayer(json: Json, where: ErrorDetail, isOld: boolean): LayerConfig {
  const raw = isObject(json) ? inKeras2Words(withNamedLayers(json)) : json;
  if (!isObject(raw) || typeof raw.class_name !== 'string' || !isObject(raw.config)) {
    throw new CheckpointError('a layer of the model configuration is malformed', where);
  }
  const name = raw.name ?? raw.config.name;
  if (typeof name !== 'string' || name === '') {
    throw new CheckpointError('a layer has no name', { ...where, found: raw.class_name });
  }
  const calls = isArray(raw.inbound_nodes) ? raw.inbound_nodes : [];
  return {
    name,
    className: raw.class_name,
    ...(typeof raw.module === 'string' ? { module: raw.module } : {}),
    config: raw.config,
    isOld,
    raw,
    calls: calls.map(parseCall),
  };
}

function checkNames(layers: readonly LayerConfig[], where: ErrorDetail): void {
  const names = new Set<string>();
  for (const { name } of layers) {
    if (names.has(name)) throw new CheckpointError('two layers have one name', { ...where, where: name });
    names.add(name);
  }
}

function parseCall(raw: Json): Call {
  const form = isObject(raw) ? 'keras3' : 'keras2';
  const inputs: TensorKey[] = [];
  mapTensors(raw, form, (key, json) => {
    inputs.push(key);
    return json;
  });
  return { form, raw, inputs };
}

/** Replaces every tensor among the arguments of a call, in Keras's order: positional ones first. */
export function mapTensors(json: Json, form: CallForm, replace: (key: TensorKey, json: Json) => Json): Json {
  const key = form === 'keras3' ? keras3Key(json) : keras2Key(json);
  if (key && form === 'keras2' && isArray(json) && json.length === 4) {
    const replaced = replace(key, json.slice(0, 3));
    return [...(isArray(replaced) ? replaced : []), mapTensors(json[3] ?? null, form, replace)];
  }
  if (key) return replace(key, json);
  if (isArray(json)) return json.map((item) => mapTensors(item, form, replace));
  if (!isObject(json)) return json;
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => [name, mapTensors(value ?? null, form, replace)]),
  );
}

function keras3Key(json: Json): TensorKey | undefined {
  if (!isObject(json) || json.class_name !== '__keras_tensor__' || !isObject(json.config)) return undefined;
  return keras2Key(json.config.keras_history ?? null);
}

function keras2Key(json: Json): TensorKey | undefined {
  if (!isArray(json) || json.length < 3 || json.length > 4) return undefined;
  const [layer, call, tensor, kwargs] = json;
  if (typeof layer !== 'string' || !isIndex(call) || !isIndex(tensor)) return undefined;
  if (json.length === 4 && !isObject(kwargs)) return undefined;
  return { layer, call, tensor };
}

function isIndex(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 100_000;
}

/** Tensors of a structure of inputs or outputs, in the order in which Keras flattens it. */
export function leaves(structure: Json | undefined): TensorKey[] {
  const found: TensorKey[] = [];
  mapLeaves(structure ?? null, (key) => {
    found.push(key);
    return null;
  });
  return found;
}

/** Replaces the tensors of a structure of inputs or outputs; dictionaries go by sorted key, as in Keras. */
export function mapLeaves(structure: Json, replace: (key: TensorKey) => Json): Json {
  const key = keras2Key(structure);
  if (key) return replace(key);
  if (isArray(structure)) return structure.map((item) => mapLeaves(item, replace));
  if (!isObject(structure)) return structure;
  const names = Object.keys(structure).sort();
  return Object.fromEntries(names.map((name) => [name, mapLeaves(structure[name] ?? null, replace)]));
}
