import { item } from '../../../item';
import { readLayer } from '../layers';
import { weightName } from '../layers/kind';
import type { LayerConfig, ModelConfig } from './model-config';
import { layerModel } from './nested-models';
import type { LayerWeights, StoredWeight, WeightSource } from './weights';
import { addTo } from '../../../../shared/groups';

/** A weight and the layer whose it is, by its path within a model. */
interface OwnedWeight {
  readonly path: string;
  readonly weight: StoredWeight;
}

/** A layer at any depth of a model. */
interface InnerLayer {
  readonly path: string;
  readonly layer: LayerConfig;
  /** False for all layers of a model that is not trained. */
  readonly trainable: boolean;
}

/** Names that only one role can have, so that a layer's weights are never taken for one another. */
const TELLING = new Set(['bias', 'gamma', 'beta', 'moving_mean', 'moving_variance']);

/** Roles of weights that are measured, not learnt. */
const MEASURED = new Set(['mean', 'variance', 'count']);

/**
 * Whose each weight of a model inside a model is, where the file has them in one list: told by their names, else by
 * Keras's order (all that are trained, layer by layer, then the others). `undefined` where neither fits the layers.
 */
export function insideOf(values: readonly StoredWeight[], model: ModelConfig): WeightSource | undefined {
  const layers = layersWithin(model);
  const found = [byName(values, layers), byOrder(values, layers)].flatMap((owned) =>
    owned ? sourceOf(owned) : [],
  );
  return found.find((source) => isWhole(source, model));
}

/** True if every layer of a model, at any depth, has the weights that its settings call for, in their order. */
export function isWhole(source: WeightSource, model: ModelConfig, depth = 0): boolean {
  return model.layers.every((layer) => {
    const inner = layerModel(layer, depth, layer.name);
    if (inner) {
      const inside = source.inside(layer.name, inner);
      return inside !== undefined && isWhole(inside, inner, depth + 1);
    }
    const roles = rolesOf(layer);
    const { values } = source.of(layer.name);
    return (
      !roles || (roles.length === values.length && values.every((weight, i) => tells(weight, item(roles, i))))
    );
  });
}

function sourceOf(owned: readonly OwnedWeight[]): WeightSource {
  const below = (layer: string): OwnedWeight[] => {
    const start = `${layer}/`;
    return owned.flatMap(({ path, weight }) =>
      path.startsWith(start) ? [{ path: path.slice(start.length), weight }] : [],
    );
  };
  return {
    of(layer): LayerWeights {
      const own = owned.filter(({ path }) => path === layer || path.startsWith(`${layer}/`));
      return { values: own.map(({ weight }) => weight), rest: [] };
    },
    inside: (layer) => sourceOf(below(layer)),
  };
}

function layersWithin(model: ModelConfig, prefix = '', depth = 0, trained = true): InnerLayer[] {
  return model.layers.flatMap((layer) => {
    const path = `${prefix}${layer.name}`;
    const trainable = trained && layer.config.trainable !== false;
    const inner = layerModel(layer, depth, path);
    return inner ? layersWithin(inner, `${path}/`, depth + 1, trainable) : { path, layer, trainable };
  });
}

/** The longest end of what stands before a weight's own name that is one layer's path or name. */
function byName(values: readonly StoredWeight[], layers: readonly InnerLayer[]): OwnedWeight[] | undefined {
  const paths = new Set(layers.map(({ path }) => path));
  const names = new Map<string, string[]>();
  for (const { path, layer } of layers) addTo(names, layer.name, path);
  const ownerOf = ({ name }: StoredWeight): string | undefined => {
    const parts = name.split('/').slice(0, -1);
    for (let start = 0; start < parts.length; start += 1) {
      const end = parts.slice(start).join('/');
      if (paths.has(end)) return end;
      const named = names.get(end);
      if (named) return named.length === 1 ? named[0] : undefined;
    }
    return undefined;
  };
  const owned: OwnedWeight[] = [];
  for (const weight of values) {
    const path = ownerOf(weight);
    if (path === undefined) return undefined;
    owned.push({ path, weight });
  }
  return owned;
}

function byOrder(values: readonly StoredWeight[], layers: readonly InnerLayer[]): OwnedWeight[] | undefined {
  const expected: { path: string; role: string; trained: boolean }[] = [];
  for (const { path, layer, trainable } of layers) {
    const roles = rolesOf(layer);
    if (!roles) return undefined;
    for (const role of roles) expected.push({ path, role, trained: trainable && !MEASURED.has(role) });
  }
  const order = [...expected.filter(({ trained }) => trained), ...expected.filter(({ trained }) => !trained)];
  const fits =
    order.length === values.length && values.every((weight, i) => tells(weight, item(order, i).role));
  if (!fits) return undefined;
  const weights = new Map(order.map((entry, i) => [entry, values[i]] as const));
  return expected.flatMap((entry) => {
    const weight = weights.get(entry);
    return weight ? [{ path: entry.path, weight }] : [];
  });
}

/** False if a weight's name says that it has another role. */
function tells({ name }: StoredWeight, role: string): boolean {
  const found = lastPart(name);
  return !TELLING.has(found) || found === weightName(role);
}

/** Roles of a layer's weights in Keras's order; `undefined` for a layer that is not known. */
function rolesOf(layer: LayerConfig): readonly string[] | undefined {
  if (layer.className === 'InputLayer') return [];
  // Some kernel, of which only the number of axes is looked at here.
  const kernel = [1, 1, 1, 1];
  for (const rank of [4, 2]) {
    const { main, depthwise } = readLayer(layer, rank, [kernel]);
    if (main.op !== 'opaque') return [...(depthwise?.roles ?? []), ...main.roles];
  }
  return undefined;
}

/** `kernel` of `conv/kernel`, `conv/kernel:0` and `conv/kernel_1`. */
export function lastPart(name: string): string {
  return (name.split('/').at(-1) ?? name).replace(/:\d+$/, '').replace(/_\d+$/, '');
}
