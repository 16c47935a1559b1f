import type { GraphNode } from '../../../graph/graph';
import type { OpType } from '../../../graph/ops';
import type { JsonObject } from '../../../encodings/json';
import type { Shape } from '../../../tensor/tensor';
import type { LayerConfig } from '../read/model-config';
import { activationBody, activationName } from './activation';
import { Fields, policyOf, UnknownSetting } from './fields';
import type { LayerBody, LayerKind } from './kind';
import * as functions from './functions';
import * as plain from './plain';
import * as weighted from './weighted';

/** Operators whose layers have an activation inside. */
const ACTIVATED = new Set<OpType>(['conv2d', 'conv2dTranspose', 'dense']);

/** Every operator that is a Keras layer of its own: a new one is a line here. Of one operator the special ones first. */
const KINDS = [
  weighted.depthwiseConv2d,
  weighted.separableConv2d,
  weighted.conv2d,
  weighted.conv2dTranspose,
  weighted.dense,
  weighted.batchNorm,
  weighted.fixedNormalization,
  weighted.normalization,
  weighted.layerNorm,
  weighted.groupNorm,
  functions.relu,
  functions.relu6,
  functions.leakyRelu,
  functions.slopedRelu,
  functions.boundedRelu,
  functions.elu,
  functions.prelu,
  plain.softmax,
  functions.add,
  functions.multiply,
  functions.subtract,
  functions.average,
  functions.maximum,
  functions.minimum,
  functions.concatenate,
  functions.reshape,
  functions.permute,
  functions.upsampling,
  functions.resizing,
  plain.flatten,
  plain.dropout,
  plain.spatialDropout,
  plain.gaussianNoise,
  plain.gaussianDropout,
  plain.passing,
  plain.rescaling,
  plain.maxPool,
  plain.averagePool,
  plain.globalMaxPool,
  plain.globalAveragePool,
  plain.zeroPadding,
  plain.cropping,
] as readonly LayerKind[];

const BY_CLASS = new Map<string, readonly LayerKind[]>(
  KINDS.flatMap(({ classes }) => classes).map((name) => [
    name,
    KINDS.filter((kind) => kind.classes.includes(name)),
  ]),
);
const BY_OP = new Map<OpType, readonly LayerKind[]>(
  KINDS.map(({ op }) => [op, KINDS.filter((kind) => kind.op === op)]),
);

/** The kind as which a new layer of a node is written. */
function kindOf(node: GraphNode): LayerKind | undefined {
  return BY_OP.get(node.op)?.find((kind) => kind.writes?.(node) ?? true);
}

/** What a layer computes, and the activation inside it if it has one that does something. */
export interface ReadLayer {
  /** The depthwise part of a separable convolution, which `main` reads. */
  readonly depthwise?: LayerBody;
  readonly main: LayerBody;
  readonly activation?: LayerBody;
  /** Of a known class that is kept and not interpreted: the setting that is not supported. */
  readonly unsupported?: string;
}

/**
 * Interprets a layer's settings. A class, option or data type outside of what this product knows makes
 * the layer opaque: kept with its weights, never executed.
 * @param rank of its input, `null` if unknown.
 * @param weights shapes of its stored weights.
 */
export function readLayer(layer: LayerConfig, rank: number | null, weights: readonly Shape[]): ReadLayer {
  const opaque = opaqueLayer(layer);
  if (!isStock(layer) || policyOf(layer.config.dtype) === undefined) return opaque;
  const fields = new Fields(layer.config);
  try {
    return readStock(layer, fields, rank, weights) ?? opaque;
  } catch (error) {
    if (error instanceof UnknownSetting) return { ...opaque, unsupported: error.message };
    throw error;
  }
}

/** A layer that is kept and written again, whatever it is. */
export function opaqueLayer({ className }: Pick<LayerConfig, 'className'>): ReadLayer {
  return { main: { op: 'opaque', attributes: { type: className }, roles: [] } };
}

function readStock(
  layer: LayerConfig,
  fields: Fields,
  rank: number | null,
  weights: readonly Shape[],
): ReadLayer | undefined {
  if (layer.className === 'Activation') {
    const main = activationBody(fields.get('activation'), layer);
    fields.finish();
    return main.op === 'opaque' ? undefined : { main };
  }
  const kind = BY_CLASS.get(layer.className)?.find((each) => each.reads?.(fields) ?? true);
  if (!kind) return undefined;
  const inner = ACTIVATED.has(kind.op) ? fields.get('activation') : undefined;
  const { depthwise, ...body } = kind.read(fields, rank, weights);
  const main = { op: kind.op, ...body } as LayerBody;
  fields.finish();
  const activation = activationBody(inner, layer);
  return {
    main,
    ...(depthwise ? { depthwise } : {}),
    ...(activation.op === 'identity' ? {} : { activation }),
  };
}

/** Keras's own layers; `x + y` in a functional model is an operation of the same class name elsewhere. */
function isStock({ module }: LayerConfig): boolean {
  return module === undefined || /^(tf_)?keras(\.src)?\.layers(\.|$)/.test(module);
}

/** Class and settings of a node as a new layer; `undefined` for an opaque one. */
export function writeLayer(node: GraphNode): { className: string; config: JsonObject } | undefined {
  const kind = kindOf(node);
  const activation = kind && node.op !== 'softmax' ? undefined : activationName(node);
  if (activation) return { className: 'Activation', config: { activation } };
  return kind && { className: kind.classes[0], config: kind.write(node) };
}

/** Only the settings of a node's operator, to be laid over those of a layer of the given class. */
export function settingsOf(node: GraphNode, className: string): JsonObject {
  const kind = BY_CLASS.get(className)?.find(({ op }) => op === node.op);
  return kind?.write(node) ?? {};
}

/** True if layers of a class are called on a list of values. */
export function takesList(className: string): boolean {
  return BY_CLASS.get(className)?.some(({ list }) => list) ?? false;
}

/** Roles of a node's weights in Keras's order. */
export function rolesOf(node: GraphNode): readonly string[] {
  return kindOf(node)?.roles(node) ?? Object.keys(node.parameters);
}

/** Shape in which a node's weight is stored. */
export function storedShape(node: GraphNode, role: string, shape: Shape): Shape {
  return kindOf(node)?.storedShape?.(node, role, shape) ?? shape;
}
