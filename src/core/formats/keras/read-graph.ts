import { CheckpointError } from '../../errors';
import type { GraphParts } from '../../graph/build';
import type { GraphNode, Origin } from '../../graph/graph';
import type { ValueShape } from '../../graph/shape';
import { isArray, isObject, type Json } from '../../json';
import type { TensorRef } from '../../tensor/tensor';
import { readLayer, takesList, type ReadLayer } from './layers';
import { weightName, type LayerBody } from './layers/kind';
import type { Call, LayerConfig, ModelConfig, TensorKey } from './model-config';
import { StoredTensor, type WeightSource } from './weights';

/** A model read: its graph's parts and the tensors that the graph refers to. */
export interface ReadModel {
  readonly parts: GraphParts;
  readonly tensors: ReadonlyMap<string, TensorRef>;
  /** What each layer was read as; inputs are not among them. */
  readonly read: ReadonlyMap<string, ReadLayer>;
}

/**
 * Builds the graph of a model configuration.
 * @throws CheckpointError if layers do not connect or weights do not fit.
 */
export function readGraph(model: ModelConfig, weights: WeightSource, path: string): ReadModel {
  const builder = new GraphReader(model, weights, path);
  return model.kind === 'sequential' ? builder.sequential() : builder.functional();
}

/** Name of a call of a layer in the graph: the layer's own for the first. */
function callName(layer: string, call: number): string {
  return call === 0 ? layer : `${layer}:${call}`;
}

function keyOf({ layer, call, tensor }: TensorKey): string {
  return JSON.stringify([layer, call, tensor]);
}

class GraphReader {
  private readonly nodes: GraphNode[] = [];
  private readonly tensors = new Map<string, TensorRef>();
  /** Value of each layer output that exists. */
  private readonly values = new Map<string, string>();
  /** Rank of each value, `null` if unknown. */
  private readonly ranks = new Map<string, number | null>();
  private readonly parameters = new Map<string, Readonly<Record<string, string>>>();
  private readonly read = new Map<string, ReadLayer>();

  constructor(
    private readonly model: ModelConfig,
    private readonly weights: WeightSource,
    private readonly path: string,
  ) {}

  sequential(): ReadModel {
    const { layers } = this.model;
    let value: string | undefined;
    layers.forEach((layer, i) => {
      if (i === 0 && layer.className !== 'InputLayer') value = this.impliedInput(layer);
      value = this.addLayer(layer, 0, value === undefined ? [] : [value], 1);
    });
    return this.finish(value === undefined ? [] : [value]);
  }

  functional(): ReadModel {
    const { layers, outputs } = this.model;
    const arity = this.arities();
    const bases = callBases(this.model);
    let waiting = layers.map((layer) => ({ layer, next: 0 }));
    while (waiting.length > 0) {
      const before = this.nodes.length;
      for (const item of waiting) this.addCalls(item, arity, bases);
      waiting = waiting.filter(({ layer, next }) => next < callCount(layer));
      if (waiting.length > 0 && this.nodes.length === before) {
        throw new CheckpointError('the layers of the model do not connect', {
          path: this.path,
          where: waiting[0].layer.name,
        });
      }
    }
    return this.finish(outputs.map((key) => this.valueOf(key, bases.outputs)));
  }

  /** Adds the calls of a layer whose inputs exist, in order. */
  private addCalls(
    item: { layer: LayerConfig; next: number },
    arity: ReadonlyMap<string, number>,
    bases: CallBases,
  ): void {
    const { layer } = item;
    while (item.next < callCount(layer)) {
      const keys = layer.calls[item.next]?.inputs ?? [];
      const inputs = keys.map((key) => this.values.get(keyOf(shifted(key, bases.calls))));
      const known = inputs.filter((value) => value !== undefined);
      if (known.length < inputs.length) return;
      this.addLayer(layer, item.next, known, arity.get(layer.name) ?? 1);
      item.next += 1;
    }
  }

  private valueOf(key: TensorKey, bases: ReadonlyMap<string, number>): string {
    const value = this.values.get(keyOf(shifted(key, bases)));
    if (value === undefined) {
      throw new CheckpointError('an output of the model is made by no layer', {
        path: this.path,
        where: key.layer,
      });
    }
    return value;
  }

  /** How many outputs of each layer are used; only an unknown layer has more than one. */
  private arities(): Map<string, number> {
    const arity = new Map<string, number>();
    const keys = [
      ...this.model.outputs,
      ...this.model.layers.flatMap(({ calls }) => calls.flatMap((c) => c.inputs)),
    ];
    for (const { layer, tensor } of keys) arity.set(layer, Math.max(arity.get(layer) ?? 1, tensor + 1));
    return arity;
  }

  private finish(outputs: readonly string[]): ReadModel {
    return { parts: { nodes: this.nodes, outputs }, tensors: this.tensors, read: this.read };
  }

  /** A sequential model of Keras 2 may say its input's shape on its first layer only. */
  private impliedInput(first: LayerConfig): string {
    const { config } = this.model;
    const shape =
      shapeOf(first.config.batch_input_shape) ??
      shapeOf(config.build_input_shape) ??
      (isObject(first.raw.build_config) ? shapeOf(first.raw.build_config.input_shape) : undefined);
    if (!shape) {
      throw new CheckpointError('the model does not say the shape of its input', {
        path: this.path,
        where: first.name,
      });
    }
    const name = `${first.name}_input`;
    this.nodes.push({
      name,
      op: 'input',
      attributes: { shape },
      inputs: [],
      outputs: [name],
      parameters: {},
    });
    this.ranks.set(name, shape.length);
    return name;
  }

  private addLayer(layer: LayerConfig, call: number, inputs: readonly string[], arity: number): string {
    const name = callName(layer.name, call);
    const origin: Origin = { layer: layer.name, call, part: 'main' };
    if (layer.className === 'InputLayer') return this.addInput(layer, name, origin);
    const rank = inputs.length > 0 ? (this.ranks.get(inputs[0]) ?? null) : null;
    const { depthwise, main, activation } = this.readOnce(layer, rank, arity);
    const outputs = Array.from({ length: arity }, (_, i) => (i === 0 ? name : `${name}#${i}`));
    const parameters = this.parametersOf(layer, main, depthwise);
    this.nodes.push({
      name,
      op: main.op,
      attributes: main.attributes,
      inputs: depthwise ? [this.addDepthwise(origin, depthwise, inputs)] : inputs,
      outputs,
      parameters,
      origin,
      ...(isFrozen(layer, main) ? { frozen: true } : {}),
    } as GraphNode);
    outputs.forEach((value, tensor) => {
      this.ranks.set(value, rankAfter(main, rank));
      this.values.set(keyOf({ layer: layer.name, call, tensor }), value);
    });
    return activation ? this.addActivation(layer.name, call, activation) : name;
  }

  /** Calls of a layer agree: if one is out of the ordinary, all of them are opaque. */
  private readOnce(layer: LayerConfig, rank: number | null, arity: number): ReadLayer {
    const known = this.read.get(layer.name);
    if (known) return known;
    const plain = arity === 1 && layer.calls.every((call) => isPlainCall(call, layer));
    const shapes = this.weights(layer.name).values.map(({ data }) => data.shape);
    const read = plain ? readLayer(layer, rank, shapes) : opaqueLayer(layer);
    this.read.set(layer.name, read);
    return read;
  }

  private addInput(layer: LayerConfig, name: string, origin: Origin): string {
    const shape = shapeOf(layer.config.batch_shape) ?? shapeOf(layer.config.batch_input_shape);
    if (!shape) throw new CheckpointError('an input has no shape', { path: this.path, where: name });
    this.nodes.push({
      name,
      op: 'input',
      attributes: { shape },
      inputs: [],
      outputs: [name],
      parameters: {},
      origin,
    });
    this.ranks.set(name, shape.length);
    this.values.set(keyOf({ layer: layer.name, call: 0, tensor: 0 }), name);
    return name;
  }

  /** Splits the activation off: what computes is one node, the function behind it another. */
  private addActivation(layer: string, call: number, { op, attributes }: LayerBody): string {
    const input = callName(layer, call);
    const name = `${input}/activation`;
    const origin: Origin = { layer, call, part: 'activation' };
    this.nodes.push({
      name,
      op,
      attributes,
      inputs: [input],
      outputs: [name],
      parameters: {},
      origin,
    } as GraphNode);
    this.ranks.set(name, this.ranks.get(input) ?? null);
    this.values.set(keyOf({ layer, call, tensor: 0 }), name);
    return name;
  }

  /** Splits the depthwise half of a separable convolution off; it stands before the rest. */
  private addDepthwise(
    { layer, call }: Origin,
    { op, attributes }: LayerBody,
    inputs: readonly string[],
  ): string {
    const name = `${callName(layer, call)}/depthwise`;
    this.nodes.push({
      name,
      op,
      attributes,
      inputs,
      outputs: [name],
      parameters: { kernel: `${layer}/depthwise_kernel` },
      origin: { layer, call, part: 'depthwise' },
    } as GraphNode);
    return name;
  }

  /** Tensor names of a layer's main part by role; the same for every call. */
  private parametersOf(
    layer: LayerConfig,
    main: LayerBody,
    depthwise: LayerBody | undefined,
  ): Readonly<Record<string, string>> {
    const known = this.parameters.get(layer.name);
    if (known) return known;
    const { values, rest } = this.weights(layer.name);
    const stored = main.op === 'opaque' ? [...values, ...rest] : values.slice(depthwise ? 1 : 0);
    if (main.op !== 'opaque' && stored.length !== main.roles.length) {
      throw new CheckpointError('a layer does not have the weights that its settings call for', {
        path: this.path,
        where: layer.name,
        found: `${stored.length} arrays`,
        allowed: main.roles.map(weightName).join(', ') || 'none',
      });
    }
    const parameters: Record<string, string> = {};
    stored.forEach(({ name: stored, data }, i) => {
      const role = main.op === 'opaque' ? stored : main.roles[i];
      const name = `${layer.name}/${depthwise && role === 'kernel' ? 'pointwise_kernel' : weightName(role)}`;
      parameters[role] = name;
      this.tensors.set(name, new StoredTensor(name, data, main.shapes?.[i]));
    });
    if (depthwise) {
      const name = `${layer.name}/depthwise_kernel`;
      this.tensors.set(name, new StoredTensor(name, values[0].data, depthwise.shapes?.[0]));
    }
    this.parameters.set(layer.name, parameters);
    return parameters;
  }
}

/**
 * True for a layer that is fixed by what it is: one k×1 or 1×k kernel per channel, not trainable. Other layers that
 * were not trainable when the file was saved may well be meant to be trained next.
 */
function isFrozen({ config }: LayerConfig, main: LayerBody): boolean {
  if (config.trainable !== false || main.op !== 'conv2d' || main.roles.includes('bias')) return false;
  const { kernelSize, groups, filters } = main.attributes;
  return Math.min(...kernelSize) === 1 && Math.max(...kernelSize) > 1 && groups === filters;
}

function opaqueLayer({ className }: LayerConfig): ReadLayer {
  return { main: { op: 'opaque', attributes: { type: className }, roles: [] } };
}

/** An input layer has one call that is not written down. */
function callCount(layer: LayerConfig): number {
  return layer.className === 'InputLayer' ? 1 : layer.calls.length;
}

/**
 * True if a layer is called on one tensor (a sum: on one list) and nothing else. A mask, `training=True` or
 * a second argument changes what it computes.
 */
function isPlainCall(call: Call, { className }: LayerConfig): boolean {
  const settings = isObject(call.raw)
    ? [withoutDefaults(call.raw.kwargs, className)]
    : isArray(call.raw)
      ? call.raw.map(legacySettings)
      : [];
  if (settings.some((kwargs) => isObject(kwargs) && Object.values(kwargs).some((value) => value !== null)))
    return false;
  if (!takesList(className)) return call.inputs.length === 1;
  const args = isObject(call.raw) ? call.raw.args : [call.raw];
  return call.inputs.length >= 2 && isArray(args) && args.length === 1 && isArray(args[0]);
}

/**
 * Keras 3 writes the default of `training` into every call (false; true for a resizing, which heeds none), and what a
 * model is run with wins over it.
 */
function withoutDefaults(kwargs: Json | undefined, className: string): Json | undefined {
  if (!isObject(kwargs) || kwargs.training !== (className === 'Resizing')) return kwargs;
  const { training: _training, ...rest } = kwargs;
  return rest;
}

/** Keyword arguments in Keras 2's form; a call in any other form counts as having some. */
function legacySettings(item: Json): Json | undefined {
  return isArray(item) ? item[3] : { form: item };
}

function shapeOf(shape: Json | undefined): ValueShape | undefined {
  if (!isArray(shape) || shape.length === 0 || shape.length > 8) return undefined;
  const fits = shape.every(
    (dim) => dim === null || (typeof dim === 'number' && Number.isInteger(dim) && dim > 0),
  );
  return fits ? (shape as ValueShape) : undefined;
}

function rankAfter({ op, attributes }: LayerBody, rank: number | null): number | null {
  switch (op) {
    case 'opaque':
      return null;
    case 'reshape':
      return attributes.shape.length + 1;
    case 'flatten':
      return 2;
    case 'globalMaxPool':
    case 'globalAveragePool':
      return attributes.keepDims ? 4 : 2;
    case 'conv2d':
      return 4;
    default:
      return rank;
  }
}

/** Number of the first call of each layer as calls and as outputs count it, where it is not 0. */
interface CallBases {
  readonly calls: ReadonlyMap<string, number>;
  readonly outputs: ReadonlyMap<string, number>;
}

/**
 * A model inside a model comes with a call of its own that is not written down. Keras 2 counts it everywhere,
 * Keras 3 among the outputs alone and for functional models alone. What the numbers themselves show wins.
 */
export function callBases(model: ModelConfig): CallBases {
  const nested = model.layers.filter(({ config }) => isArray(config.layers));
  const inputs = model.layers.flatMap(({ calls }) => calls.flatMap((call) => call.inputs));
  const old = model.layers.some(({ calls }) => calls.some(({ form }) => form === 'keras2'));
  const base = (
    keys: readonly TensorKey[],
    counted: (layer: LayerConfig) => boolean,
  ): Map<string, number> => {
    const shiftedLayers = nested.filter((layer) => {
      const numbers = keys.filter((key) => key.layer === layer.name).map(({ call }) => call);
      if (numbers.includes(0)) return false;
      return counted(layer) || numbers.some((number) => number >= layer.calls.length);
    });
    return new Map(shiftedLayers.map(({ name }) => [name, 1]));
  };
  return {
    calls: base(inputs, () => old),
    outputs: base(model.outputs, ({ className }) => old || className !== 'Sequential'),
  };
}

function shifted(key: TensorKey, bases: ReadonlyMap<string, number>): TensorKey {
  const base = bases.get(key.layer) ?? 0;
  return base === 0 ? key : { ...key, call: key.call - base };
}
