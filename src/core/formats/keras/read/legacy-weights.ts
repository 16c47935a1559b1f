import { CheckpointError } from '../../../errors';
import type { Hdf5File } from '../../../encodings/hdf5/file';
import { joinNames } from './legacy-names';
import { insideOf } from './nested-weights';
import { NO_WEIGHTS, type LayerWeights, type WeightSource } from './weights';

/** A layer's group lists its weights by name, in order; each name is a path below the group. */
export function legacyWeights(file: Hdf5File, path: string): WeightSource {
  const of = (layer: string): LayerWeights => {
    const group = `model_weights/${layer}`;
    if (!file.groups.has(group)) return NO_WEIGHTS;
    const values = joinNames(file.attributesOf(group), 'weight_names').map((name) => {
      const data = file.datasets.get(`${group}/${name}`);
      if (data) return { name, data };
      throw new CheckpointError('a weight is named but missing', { path, where: group, found: `no ${name}` });
    });
    return { values, rest: [] };
  };
  return { of, inside: (layer, model) => insideOf(of(layer).values, model) };
}
