import { CheckpointError } from '../../../errors';
import type { GraphParts } from '../../../graph/build';
import type { GraphNode, HowTrained, Origin } from '../../../graph/graph';
import { isObject } from '../../../encodings/json';
import { item } from '../../../item';
import type { TensorRef } from '../../../tensor/tensor';
import {
  callBases,
  callCount,
  isInferenceCall,
  isPlainCall,
  isPlainModelCall,
  shifted,
  type CallBases,
} from './calls';
import { opaqueLayer, readLayer, type ReadLayer } from '../layers';
import { weightName, type LayerBody } from '../layers/kind';
import { readOperation } from '../layers/operation';
import { askedInTraining } from '../layers/training';
import type { LayerConfig, ModelConfig, TensorKey } from './model-config';
import { declaredShape, inputShape, layerModel, portsOf } from './nested-models';
import { SEQUENTIAL_MARK, type ReadScope } from '../source';
import { ReadNodes } from './nodes';
import type { LayerWeights, WeightSource } from './weights';

/** A model read: its graph's parts, the tensors that the graph refers to, and what it was read from. */
export interface ReadModel {
  readonly parts: GraphParts;
  readonly tensors: ReadonlyMap<string, TensorRef>;
  readonly scope: ReadScope;
}

/**
 * Builds the graph of a model configuration. The layers of a model that is a layer of it become nodes like all others,
 * under `model/layer`, between nodes that pass the model's inputs and outputs.
 * @throws CheckpointError if layers do not connect or weights do not fit.
 */
export function readGraph(model: ModelConfig, weights: WeightSource, path: string): ReadModel {
  const nodes = new ReadNodes(path);
  const frozen = model.config.trainable === false;
  const reader = new ModelReader(model, weights, nodes, { prefix: '', depth: 0, frozen });
  const outputs = reader.call();
  return { parts: { nodes: nodes.all, outputs }, tensors: nodes.tensors, scope: reader.scope };
}

/** Name of a call of a layer in the graph: the layer's own for the first. */
function callName(layer: string, call: number): string {
  return call === 0 ? layer : `${layer}:${call}`;
}

function portName(name: string, port: number): string {
  return port === 0 ? name : `${name}#${port}`;
}

function keyOf({ layer, call, tensor }: TensorKey): string {
  return JSON.stringify([layer, call, tensor]);
}

/** Where a model stands: what is before the names of its layers, in how many models it is, and whether it is trained. */
interface Place {
  readonly prefix: string;
  readonly depth: number;
  readonly frozen: boolean;
}

/** Adds one model's layers to the nodes read: once, or for a model inside a model as often as that is called. */
class ModelReader {
  /** Value of each layer output that exists, in the present call of the model. */
  private readonly values = new Map<string, string>();
  private readonly parameters = new Map<string, Readonly<Record<string, string>>>();
  private readonly read = new Map<string, ReadLayer>();
  private readonly models = new Map<string, ModelReader | undefined>();
  private readonly bases: CallBases;
  /** How often the model was called before. */
  private round = -1;
  /** What the model is called on; the network itself makes its own inputs. */
  private entered: readonly string[] | undefined;
  /** Whether the present call of the model is one with `training=False`, or is inside of one. */
  private inference = false;

  constructor(
    private readonly model: ModelConfig,
    private readonly weights: WeightSource,
    private readonly nodes: ReadNodes,
    private readonly place: Place,
  ) {
    this.bases = callBases(model);
  }

  get scope(): ReadScope {
    const { model, weights, read } = this;
    const readers = [...this.models].flatMap(([name, reader]) =>
      reader ? [[name, reader.scope] as const] : [],
    );
    const mark = model.raw[SEQUENTIAL_MARK];
    const sequential = this.place.depth > 0 && isObject(mark) ? mark : undefined;
    return { model, weights, read, inside: new Map(readers), sequential };
  }

  /** Adds the nodes of a call of the model. @returns the values of its outputs. */
  call(entered?: readonly string[], inference = false): readonly string[] {
    this.round += 1;
    this.entered = entered;
    this.inference = inference;
    this.values.clear();
    return this.model.kind === 'sequential' ? this.sequential() : this.functional();
  }

  private sequential(): readonly string[] {
    const { layers } = this.model;
    let value = this.entered?.[0];
    layers.forEach((layer, i) => {
      if (i === 0 && layer.className !== 'InputLayer') value ??= this.impliedInput(layer);
      value = this.addLayer(layer, 0, value === undefined ? [] : [value], 1);
    });
    return value === undefined ? [] : [value];
  }

  private functional(): readonly string[] {
    const { layers, outputs } = this.model;
    const arity = this.arities();
    let waiting = layers.map((layer) => ({ layer, next: 0 }));
    while (waiting.length > 0) {
      const before = waiting.reduce((sum, { next }) => sum + next, 0);
      for (const each of waiting) this.addCalls(each, arity);
      const isStuck = waiting.reduce((sum, { next }) => sum + next, 0) === before;
      waiting = waiting.filter(({ layer, next }) => next < callCount(layer));
      const [stuck] = waiting;
      if (stuck && isStuck) {
        throw this.refusal('the layers of the model do not connect', stuck.layer.name);
      }
    }
    return outputs.map((key) => this.valueOf(key));
  }

  /** Adds the calls of a layer whose inputs exist, in order. */
  private addCalls(at: { layer: LayerConfig; next: number }, arity: ReadonlyMap<string, number>): void {
    const { layer } = at;
    while (at.next < callCount(layer)) {
      const keys = layer.calls[at.next]?.inputs ?? [];
      const inputs = keys.map((key) => this.values.get(keyOf(shifted(key, this.bases.calls))));
      const known = inputs.filter((value) => value !== undefined);
      if (known.length < inputs.length) return;
      this.addLayer(layer, at.next, known, arity.get(layer.name) ?? 1);
      at.next += 1;
    }
  }

  private valueOf(key: TensorKey): string {
    const value = this.values.get(keyOf(shifted(key, this.bases.outputs)));
    if (value === undefined) throw this.refusal('an output of the model is made by no layer', key.layer);
    return value;
  }

  /** How many outputs of each layer are used; only an unknown layer or a model has more than one. */
  private arities(): Map<string, number> {
    const arity = new Map<string, number>();
    const keys = [
      ...this.model.outputs,
      ...this.model.layers.flatMap(({ calls }) => calls.flatMap((c) => c.inputs)),
    ];
    for (const { layer, tensor } of keys) arity.set(layer, Math.max(arity.get(layer) ?? 1, tensor + 1));
    return arity;
  }

  /** A sequential model of Keras 2 may say its input's shape on its first layer only. */
  private impliedInput(first: LayerConfig): string {
    const shape = inputShape(this.model, this.nodes.path);
    if (!shape) throw this.refusal('the model does not say the shape of its input', first.name);
    return this.nodes.input(`${this.place.prefix}${first.name}_input`, shape);
  }

  /** @param call which of the calls that the model's configuration has */
  private addLayer(layer: LayerConfig, call: number, inputs: readonly string[], arity: number): string {
    const number = this.round * (this.model.kind === 'sequential' ? 1 : callCount(layer)) + call;
    const origin: Origin = { layer: this.pathOf(layer), call: number, part: 'main' };
    const outputs =
      layer.className === 'InputLayer'
        ? [this.addInput(layer, origin)]
        : (this.addModel(layer, origin, inputs, arity) ?? this.addPlain(layer, origin, inputs, arity));
    outputs.forEach((value, tensor) => this.values.set(keyOf({ layer: layer.name, call, tensor }), value));
    return item(outputs, 0, `outputs of ${layer.name}`);
  }

  /** What the file says of the training of a layer with weights, and of a call of any. */
  private howTrained(layer: LayerConfig, call: number, main: LayerBody): HowTrained {
    const { values } = this.weights.of(layer.name);
    const isFrozen = this.place.frozen || layer.config.trainable === false;
    return {
      ...(isFrozen && values.length > 0 ? { frozen: isSelector(main, values) ? 'fixed' : 'layer' } : {}),
      ...(this.isInference(layer, call) ? { inference: true } : {}),
    };
  }

  /** @param number of the call, those of further calls of the model among them */
  private isInference(layer: LayerConfig, number: number): boolean {
    const call = layer.calls.at(number % Math.max(layer.calls.length, 1));
    return this.inference || (call !== undefined && isInferenceCall(call, layer));
  }

  private pathOf({ name }: LayerConfig): string {
    return `${this.place.prefix}${name}`;
  }

  private addPlain(
    layer: LayerConfig,
    origin: Origin,
    inputs: readonly string[],
    arity: number,
  ): readonly string[] {
    const { nodes } = this;
    const name = callName(origin.layer, origin.call);
    const [first] = inputs;
    const rank = first === undefined ? null : nodes.rankOf(first);
    const { depthwise, main, activation } = this.readOnce(layer, rank, arity);
    const parameters = this.parametersOf(layer, main, depthwise);
    const outputs = Array.from({ length: arity }, (_, port) => portName(name, port));
    const how = this.howTrained(layer, origin.call, main);
    const before =
      depthwise &&
      nodes.addDepthwise(`${name}/depthwise`, {
        ...{ origin, body: depthwise, inputs },
        training: { ...how, ...askedInTraining(layer, depthwise, 'depthwise') },
      });
    const node = {
      name,
      op: main.op,
      attributes: main.attributes,
      inputs: before === undefined ? inputs : [before],
      outputs,
      parameters,
      origin,
      ...how,
      ...askedInTraining(layer, main),
    } as GraphNode;
    nodes.add(node, rankAfter(main, rank));
    return activation ? [nodes.addActivation(name, origin, activation), ...outputs.slice(1)] : outputs;
  }

  /** Calls of a layer agree: if one is out of the ordinary, all of them are opaque. */
  private readOnce(layer: LayerConfig, rank: number | null, arity: number): ReadLayer {
    const known = this.read.get(layer.name);
    if (known) return known;
    const plain = arity === 1 && layer.calls.every((call) => isPlainCall(call, layer));
    const operation = arity === 1 ? readOperation(layer, rank) : undefined;
    const shapes = this.weights.of(layer.name).values.map(({ data }) => data.shape);
    const read = operation
      ? { main: operation }
      : plain
        ? readLayer(layer, rank, shapes)
        : opaqueLayer(layer);
    this.read.set(layer.name, read);
    return read;
  }

  /** The network's input, or what the model is called on. */
  private addInput(layer: LayerConfig, origin: Origin): string {
    const { entered, model } = this;
    if (entered) {
      const port =
        model.kind === 'sequential' ? 0 : model.inputs.findIndex((key) => key.layer === layer.name);
      const value = entered.at(port);
      if (port < 0 || value === undefined)
        throw this.refusal('an input does not belong to its model', layer.name);
      return value;
    }
    const shape = declaredShape(layer);
    if (!shape) throw this.refusal('an input has no shape', layer.name);
    return this.nodes.input(origin.layer, shape, origin);
  }

  /** Adds the layers of a layer that is a model; `undefined` if it is not, or cannot be looked into. */
  private addModel(
    layer: LayerConfig,
    origin: Origin,
    inputs: readonly string[],
    arity: number,
  ): readonly string[] | undefined {
    const reader = this.readerOf(layer, arity);
    if (!reader) return undefined;
    const name = callName(origin.layer, origin.call);
    const enter = inputs.map((value, port) =>
      this.nodes.pass(portName(`${name}:enter`, port), value, { ...origin, part: 'enter', port }),
    );
    return reader
      .call(enter, this.isInference(layer, origin.call))
      .map((value, port) => this.nodes.pass(portName(name, port), value, { ...origin, part: 'exit', port }));
  }

  private readerOf(layer: LayerConfig, arity: number): ModelReader | undefined {
    if (!this.models.has(layer.name)) this.models.set(layer.name, this.newReader(layer, arity));
    return this.models.get(layer.name);
  }

  private newReader(layer: LayerConfig, arity: number): ModelReader | undefined {
    const { nodes, place } = this;
    const model = layerModel(layer, place.depth, nodes.path);
    const ports = model && portsOf(model);
    const calls = this.model.kind === 'sequential' ? [1] : layer.calls.map(({ inputs }) => inputs.length);
    if (!ports || arity > ports.outputs || calls.some((count) => count !== ports.inputs)) return undefined;
    // A name with a slash could be that of a layer inside.
    const prefix = `${this.pathOf(layer)}/`;
    if (this.model.layers.some(({ name }) => `${place.prefix}${name}`.startsWith(prefix))) return undefined;
    if (!layer.calls.every((call) => isPlainModelCall(call))) return undefined;
    const weights = this.weights.inside(layer.name, model);
    if (!weights) return undefined;
    this.read.set(layer.name, opaqueLayer(layer));
    // Keras 3 asks each layer itself, earlier versions the model around it first.
    const frozen = place.frozen || (layer.isOld && layer.config.trainable === false);
    return new ModelReader(model, weights, nodes, { prefix, depth: place.depth + 1, frozen });
  }

  /** Tensor names of a layer's main part by role; the same for every call. */
  private parametersOf(
    layer: LayerConfig,
    main: LayerBody,
    depthwise: LayerBody | undefined,
  ): Readonly<Record<string, string>> {
    const known = this.parameters.get(layer.name);
    if (known) return known;
    const { values, rest } = this.weights.of(layer.name);
    const stored = main.op === 'opaque' ? [...values, ...rest] : values.slice(depthwise ? 1 : 0);
    if (main.op !== 'opaque' && stored.length !== main.roles.length) {
      throw new CheckpointError('a layer does not have the weights that its settings call for', {
        path: this.nodes.path,
        where: this.pathOf(layer),
        found: `${stored.length} arrays`,
        expected: main.roles.map(weightName).join(', ') || 'no weights',
      });
    }
    const parameters: Record<string, string> = {};
    stored.forEach(({ name: stored, data }, i) => {
      const role = main.op === 'opaque' ? stored : item(main.roles, i);
      const own = depthwise && role === 'kernel' ? 'pointwise_kernel' : weightName(role);
      parameters[role] = this.nodes.store(`${this.pathOf(layer)}/${own}`, data, main.shapes?.[i]);
    });
    if (depthwise) {
      this.nodes.store(`${this.pathOf(layer)}/depthwise_kernel`, item(values, 0).data, depthwise.shapes?.[0]);
    }
    this.parameters.set(layer.name, parameters);
    return parameters;
  }

  private refusal(summary: string, layer: string): CheckpointError {
    return new CheckpointError(summary, { path: this.nodes.path, where: `${this.place.prefix}${layer}` });
  }
}

/** True for a row or column selector: one k×1 or 1×k kernel that picks one position of every channel. */
function isSelector(main: LayerBody, values: LayerWeights['values']): boolean {
  if (main.op !== 'conv2d' || main.roles.includes('bias')) return false;
  const { kernelSize, groups, filters } = main.attributes;
  if (Math.min(...kernelSize) > 1 || Math.max(...kernelSize) === 1 || groups !== filters) return false;
  const kernel = item(values, 0).data.readFloat32();
  const picked = kernel.indexOf(1) - (kernel.indexOf(1) % groups);
  return kernel.every((value, i) => value === (i >= picked && i < picked + groups ? 1 : 0));
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
    case 'conv2dTranspose':
      return 4;
    default:
      return rank;
  }
}
