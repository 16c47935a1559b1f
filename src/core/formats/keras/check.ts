import { isArray, isObject, type Json, type JsonObject } from '../../encodings/json';
import type { Shape } from '../../tensor/tensor';
import type { WeightSource } from './read/weights';

/**
 * Shapes of a layer's weights by their last name, as in `kernel`; undefined where the check does not see them.
 * @param models names of the models around the layer, the outermost first
 */
export type WeightsOf = (layer: string, models: readonly string[]) => ReadonlyMap<string, Shape> | undefined;

/** Kernel and bias by Keras's order of a layer's weights, which names may not tell. Models inside the model are not looked at. */
export function shapesIn(weights: WeightSource): WeightsOf {
  const names = ['kernel', 'bias'];
  return (layer, models) =>
    models.length > 0
      ? undefined
      : new Map(weights.of(layer).values.map(({ data }, i) => [names[i] ?? String(i), data.shape]));
}

/**
 * What is wrong with a model's configuration as Keras would load it: layers of one name, calls that read a layer that is
 * not there, kernels of another shape than their layer says. Walks the JSON by itself, models inside it too, and knows
 * nothing of the graph that it was made from.
 */
export function layersFaults(
  model: Json | undefined,
  weightsOf: WeightsOf,
  models: readonly string[] = [],
): string[] {
  const config = isObject(model) ? model.config : undefined;
  const layers = isObject(config) && isArray(config.layers) ? config.layers.filter(isObject) : [];
  const names = new Set<string>();
  const faults: string[] = [];
  for (const layer of layers) {
    const name = nameOf(layer);
    if (names.has(name)) faults.push(`${name}: two layers have this name`);
    names.add(name);
  }
  for (const layer of layers) {
    const name = nameOf(layer);
    for (const source of sourcesOf(layer.inbound_nodes)) {
      if (!names.has(source)) faults.push(`${name}: reads ${source}, which is not a layer`);
    }
    const settings = isObject(layer.config) ? layer.config : {};
    if (isArray(settings.layers)) faults.push(...layersFaults(layer, weightsOf, [...models, name]));
    else faults.push(...weightFaults(name, layer.class_name, settings, weightsOf(name, models)));
  }
  return faults;
}

function nameOf({ name, config }: JsonObject): string {
  if (typeof name === 'string') return name;
  return isObject(config) && typeof config.name === 'string' ? config.name : '';
}

/** Layers that calls read: Keras 3's `keras_history`, or Keras 2's `[layer, call, tensor, …]`. */
function sourcesOf(calls: Json | undefined): string[] {
  if (isArray(calls)) {
    const [layer, call, tensor] = calls;
    if (typeof layer === 'string' && typeof call === 'number' && typeof tensor === 'number') return [layer];
    return calls.flatMap(sourcesOf);
  }
  if (!isObject(calls)) return [];
  if (calls.class_name === '__keras_tensor__' && isObject(calls.config))
    return sourcesOf(calls.config.keras_history);
  return Object.values(calls).flatMap(sourcesOf);
}

function weightFaults(
  name: string,
  className: Json | undefined,
  { kernel_size: size, filters, units, use_bias: hasBias }: JsonObject,
  weights: ReadonlyMap<string, Shape> | undefined,
): string[] {
  if (!weights) return [];
  const kernel = weights.get('kernel');
  const bias = weights.get('bias');
  const faults: string[] = [];
  const expect = (what: string, found: Shape | undefined, expected: readonly unknown[]): void => {
    if (found?.join() !== expected.join())
      faults.push(
        `${name}: ${what} of ${found?.join(' × ') ?? 'no shape'}, expected ${expected.join(' × ')}`,
      );
  };
  if (className === 'Conv2D' && isArray(size)) expect('a kernel', kernel, [...size, kernel?.[2], filters]);
  if (className === 'Dense') expect('a kernel', kernel, [kernel?.[0], units]);
  if ((className === 'Conv2D' || className === 'Dense') && hasBias !== false)
    expect('a bias', bias, [filters ?? units]);
  if (className === 'BatchNormalization') {
    const lengths = new Set([...weights.values()].map((shape) => shape.join(' × ')));
    if (lengths.size !== 1) faults.push(`${name}: a batch norm of lengths ${[...lengths].join(', ')}`);
  }
  return faults;
}
