import type { GraphNode } from '../../../graph/graph';
import type { OpType } from '../../../graph/ops';
import type { JsonObject } from '../../../json';
import type { LayerConfig } from '../model-config';
import { activationBody, activationName } from './activation';
import { Fields, policyOf, UnknownSetting } from './fields';
import type { LayerBody, LayerKind } from './kind';
import * as plain from './plain';
import * as weighted from './weighted';

/** Every operator that is a Keras layer of its own: a new one is a line here. */
const KINDS = [
  weighted.conv2d,
  weighted.dense,
  weighted.batchNorm,
  plain.relu,
  plain.softmax,
  plain.add,
  plain.flatten,
  plain.dropout,
  plain.rescaling,
  plain.maxPool,
  plain.averagePool,
  plain.globalMaxPool,
  plain.globalAveragePool,
  plain.zeroPadding,
  plain.cropping,
] as readonly LayerKind[];

const BY_CLASS = new Map(KINDS.flatMap((kind) => kind.classes.map((name) => [name, kind] as const)));
const BY_OP = new Map<OpType, LayerKind>(KINDS.map((kind) => [kind.op, kind]));

/** What a layer computes, and the activation inside it if it has one that does something. */
export interface ReadLayer {
  readonly main: LayerBody;
  readonly activation?: LayerBody;
}

/**
 * Interprets a layer's settings. A class, option or data type outside of what this product knows makes
 * the layer opaque: kept with its weights, never executed.
 * @param rank of its input, `null` if unknown.
 */
export function readLayer(layer: LayerConfig, rank: number | null): ReadLayer {
  const opaque: ReadLayer = { main: { op: 'opaque', attributes: { type: layer.className }, roles: [] } };
  if (!isStock(layer) || policyOf(layer.config.dtype) === undefined) return opaque;
  const fields = new Fields(layer.config);
  try {
    return readStock(layer, fields, rank) ?? opaque;
  } catch (error) {
    if (error instanceof UnknownSetting) return opaque;
    throw error;
  }
}

function readStock(layer: LayerConfig, fields: Fields, rank: number | null): ReadLayer | undefined {
  if (layer.className === 'Activation') {
    const main = activationBody(fields.get('activation'));
    fields.finish();
    return main.op === 'opaque' ? undefined : { main };
  }
  const kind = BY_CLASS.get(layer.className);
  if (!kind) return undefined;
  const inner = kind.op === 'conv2d' || kind.op === 'dense' ? fields.get('activation') : undefined;
  const main = { op: kind.op, ...kind.read(fields, rank) } as LayerBody;
  fields.finish();
  const activation = activationBody(inner);
  return activation.op === 'identity' ? { main } : { main, activation };
}

/** Keras's own layers; `x + y` in a functional model is an operation of the same class name elsewhere. */
function isStock({ module }: LayerConfig): boolean {
  return module === undefined || /^(tf_)?keras(\.src)?\.layers(\.|$)/.test(module);
}

/** Class and settings of a node as a new layer; `undefined` for an opaque one. */
export function writeLayer(node: GraphNode): { className: string; config: JsonObject } | undefined {
  if (node.op === 'relu') return { className: 'ReLU', config: {} };
  const activation = activationName(node.op);
  if (activation) return { className: 'Activation', config: { activation } };
  const kind = BY_OP.get(node.op);
  return kind && { className: kind.classes[0], config: kind.write(node) };
}

/** The settings of a node's operator alone, to be laid over a layer's own. */
export function settingsOf(node: GraphNode): JsonObject {
  return BY_OP.get(node.op)?.write(node) ?? {};
}

/** Roles of a node's weights in Keras's order. */
export function rolesOf(node: GraphNode): readonly string[] {
  return BY_OP.get(node.op)?.roles(node) ?? Object.keys(node.parameters);
}
