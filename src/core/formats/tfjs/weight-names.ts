import { CheckpointError } from '../../errors';
import type { GraphNode } from '../../graph/graph';
import { isArray, isObject, type Json } from '../../encodings/json';
import { weightName } from '../keras/layers/kind';
import type { LayerConfig, ModelConfig } from '../keras/read/model-config';
import { insideOf, lastPart } from '../keras/read/nested-weights';
import {
  NO_WEIGHTS,
  type LayerWeights,
  type StoredArray,
  type StoredWeight,
  type WeightSource,
} from '../keras/read/weights';

/** Deepest name that is looked at: nested models of nested models have some. */
const MAX_PARTS = 32;
/** Deepest model inside a model. */
const MAX_NESTING = 16;

/** Keras's order of the weights of one layer; others keep theirs, behind these. */
const ORDER = [
  ...['kernel', 'depthwise_kernel', 'pointwise_kernel', 'recurrent_kernel', 'bias'],
  ...['gamma', 'beta', 'moving_mean', 'moving_variance'],
];

/** Names that only one role can have, so that a layer's weights are never taken for one another. */
const TELLING = new Set(['bias', 'gamma', 'beta', 'moving_mean', 'moving_variance']);

/** The weights of a manifest, by layer. */
export interface NamedWeights {
  readonly source: WeightSource;
  /** Names that belong to no layer. */
  readonly orphans: readonly string[];
}

/**
 * Finds the layer of each weight: `conv/kernel`, or with whatever stands before it (`sequential/conv/kernel`). What is
 * before the layer's name is left out of the weight's, since TensorFlow.js itself finds weights only by `layer/weight`.
 */
export function namedWeights(model: ModelConfig, arrays: ReadonlyMap<string, StoredArray>): NamedWeights {
  const layers = new Set(model.layers.map(({ name }) => name));
  const inner = innerLayers(model.layers);
  const byLayer = new Map<string, StoredWeight[]>();
  const orphans: string[] = [];
  for (const [name, data] of arrays) {
    const owner =
      ownerOf(name, (path) => (layers.has(path) ? path : undefined)) ??
      ownerOf(name, (path) => inner.get(path));
    if (!owner) orphans.push(name);
    else {
      const values = byLayer.get(owner.layer) ?? [];
      values.push({ name: owner.name, data });
      byLayer.set(owner.layer, values);
    }
  }
  const weights = new Map([...byLayer].map(([layer, values]) => [layer, ordered(values)] as const));
  const of = (layer: string): LayerWeights => weights.get(layer) ?? NO_WEIGHTS;
  return { source: { of, inside: (layer, inside) => insideOf(of(layer).values, inside) }, orphans };
}

/** The first and longest run of a name's parts that is a layer, and the name from there on. */
function ownerOf(
  name: string,
  layerAt: (path: string) => string | undefined,
): { layer: string; name: string } | undefined {
  const parts = name.split('/');
  if (parts.length > MAX_PARTS) return undefined;
  for (let start = 0; start < parts.length - 1; start += 1) {
    for (let end = parts.length - 1; end > start; end -= 1) {
      const layer = layerAt(parts.slice(start, end).join('/'));
      if (layer !== undefined) return { layer, name: parts.slice(start).join('/') };
    }
  }
  return undefined;
}

function ordered(values: readonly StoredWeight[]): LayerWeights {
  const rank = ({ name }: StoredWeight): number => {
    const at = ORDER.indexOf(lastPart(name));
    return at < 0 ? ORDER.length : at;
  };
  return { values: [...values].sort((a, b) => rank(a) - rank(b)), rest: [] };
}

/** Layers inside of nested models and wrappers, with the layer of this model they are in. */
function innerLayers(layers: readonly LayerConfig[]): Map<string, string> {
  const inner = new Map<string, string>();
  const visit = (json: Json | undefined, outer: string, depth: number): void => {
    if (!isObject(json) || depth > MAX_NESTING) return;
    const config = isObject(json.config) ? json.config : json;
    const name = json.name ?? config.name;
    if (depth > 0 && typeof name === 'string' && !inner.has(name)) inner.set(name, outer);
    const below = isArray(json.config) ? json.config : isArray(config.layers) ? config.layers : [];
    for (const layer of [...below, config.layer]) visit(layer, outer, depth + 1);
  };
  for (const { name, raw } of layers) visit(raw, name, 0);
  return inner;
}

/**
 * Checks that the weights of a layer are those that its settings name, and not as many others.
 * @throws CheckpointError naming the layer.
 */
export function checkRoles(nodes: readonly GraphNode[], source: WeightSource, path: string): void {
  for (const { op, origin, parameters } of nodes) {
    if (op === 'opaque' || origin?.part !== 'main') continue;
    const { values } = source.of(origin.layer);
    Object.keys(parameters).forEach((role, i) => {
      const found = lastPart(values[i]?.name ?? '');
      if (!TELLING.has(found) || found === weightName(role)) return;
      throw new CheckpointError('a layer does not have the weights that its settings call for', {
        path,
        where: origin.layer,
        found,
        expected: weightName(role),
      });
    });
  }
}
