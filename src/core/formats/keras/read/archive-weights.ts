import { countedNames } from '../snake-case';
import type { GroupPaths } from './group-paths';
import type { ModelConfig } from './model-config';
import { isWhole } from './nested-weights';
import { NO_WEIGHTS, type LayerWeights, type WeightSource } from './weights';

/**
 * Finds a layer's group. The writer put each layer's name beside its weights; older files lack it and are
 * found by class and count, as Keras itself does.
 * @param base path of the model's own group, with a slash after it; empty for the whole file's
 */
export function archiveWeights(groups: GroupPaths, model: ModelConfig, base = ''): WeightSource {
  const root = `${base}${groups.below(`${base}layers`) ? 'layers' : '_layer_checkpoint_dependencies'}`;
  const layers =
    model.kind === 'sequential' ? model.layers.filter((l) => l.className !== 'InputLayer') : model.layers;
  const counted = layers.filter(({ module }) => !/(^|\.)ops(\.|$)/.test(module ?? ''));
  const paths = countedNames(counted.map(({ className }) => className));
  const byCount = new Map(counted.map(({ name }, i) => [name, `${root}/${paths[i]}`]));
  const byName = new Map<string, string>();
  for (const child of groups.below(root) ?? []) {
    const { name } = groups.attributesOf(`${root}/${child}/vars`);
    if (typeof name === 'string') byName.set(name, `${root}/${child}`);
  }
  const pathOf = (layer: string): string | undefined => byName.get(layer) ?? byCount.get(layer);
  return {
    of(layer) {
      const path = pathOf(layer);
      return path === undefined ? NO_WEIGHTS : layerWeights(groups, path);
    },
    inside(layer, inner) {
      const path = pathOf(layer);
      const source = path === undefined ? undefined : archiveWeights(groups, inner, `${path}/`);
      return source && isWhole(source, inner) ? source : undefined;
    },
  };
}

function layerWeights(groups: GroupPaths, path: string): LayerWeights {
  const stored = groups.datasetsBelow(path);
  const isValue = ({ name }: { name: string }): boolean => /^vars\/\d+$/.test(name);
  const values = stored.filter(isValue).sort((a, b) => Number(a.name.slice(5)) - Number(b.name.slice(5)));
  return { values, rest: stored.filter((weight) => !isValue(weight)) };
}
