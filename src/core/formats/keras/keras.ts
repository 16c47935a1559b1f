import type { ByteSource } from '../../bytes';
import { COMMON_RULES, type Checkpoint, type Format, type Metadata } from '../../checkpoint';
import { CheckpointError } from '../../errors';
import { isObject, type Json, type JsonObject } from '../../encodings/json';
import { Hdf5File } from '../../encodings/hdf5/file';
import { readDirectory, type ZipEntry } from '../../encodings/zip/directory';
import { openEntry } from '../../encodings/zip/entry';
import { modelCheckpoint, weightsCheckpoint } from './checkpoint';
import { CONFIG, METADATA, readArchiveJson, WEIGHTS } from './read/archive';
import { isOldVersion, parseModel, type ModelConfig } from './read/model-config';
import { GroupPaths } from './read/group-paths';
import { isWhole } from './read/nested-weights';
import { SEQUENTIAL_MARK, type Archive } from './source';
import { countedNames } from './snake-case';
import { NO_WEIGHTS, type LayerWeights, type WeightSource } from './read/weights';
import { newModel } from './write/create';
import { kerasWriter } from './write/keras';

/** Keras 3's own format: a zip of config.json, metadata.json and model.weights.h5. */
export const keras: Format = {
  id: 'keras',
  label: 'Keras',
  extensions: ['.keras'],
  match: (source) => source.size > 4 && source.read(0, 4).join() === '80,75,3,4',
  open: openKeras,
  create: (source, { name }) =>
    newModel(source, { format: 'keras', rules: COMMON_RULES, name, writer: kerasWriter({ name }) }),
};

async function openKeras(source: ByteSource): Promise<Checkpoint> {
  const entries = readDirectory(source);
  const config = readArchiveJson(source, entries, CONFIG);
  const metadata = entries.has(METADATA) ? readArchiveJson(source, entries, METADATA) : {};
  const weights = entries.get(WEIGHTS);
  if (!weights) {
    throw new CheckpointError('the archive has no weights', {
      path: source.path,
      found: [...entries.keys()].slice(0, 8).join(', '),
      allowed: WEIGHTS,
    });
  }
  const file = await Hdf5File.open(openEntry(source, weights));
  try {
    return assemble(source, entries, file, config, isObject(metadata) ? metadata : {});
  } catch (error) {
    file.close();
    throw error;
  }
}

function assemble(
  source: ByteSource,
  entries: ReadonlyMap<string, ZipEntry>,
  file: Hdf5File,
  config: Json,
  metadata: JsonObject,
): Checkpoint {
  const own = [CONFIG, METADATA, WEIGHTS];
  const others = [...entries.values()].filter(({ name }) => !own.includes(name) && !name.endsWith('/'));
  const container: Archive = { kind: 'keras', source, metadata, others };
  const optimiser = file.below('optimizer').length > 0;
  const common = { format: 'keras', source, file, metadata: describe(metadata), optimiser };
  const model = parseModel(
    config,
    { path: source.path, where: CONFIG },
    isOldVersion(metadata.keras_version),
  );
  if (!model)
    return weightsCheckpoint({ ...common, reason: 'the network is Python code, not a configuration' });
  const mark = metadata[SEQUENTIAL_MARK];
  return modelCheckpoint({
    ...common,
    model,
    rules: COMMON_RULES,
    writer: (scope) => kerasWriter({ scope, container }),
    weights: weightSource(new GroupPaths(file), model, ''),
    sequential: isObject(mark) ? mark : undefined,
  });
}

function describe({ keras_version: version, date_saved: date }: JsonObject): Metadata {
  return {
    framework: typeof version === 'string' ? `Keras ${version}` : 'Keras',
    facts: typeof date === 'string' ? [{ label: 'Saved', value: date }] : [],
  };
}

/**
 * Finds a layer's group. The writer put each layer's name beside its weights; older files lack it and are
 * found by class and count, as Keras itself does.
 * @param base path of the model's own group, with a slash behind it
 */
function weightSource(groups: GroupPaths, model: ModelConfig, base: string): WeightSource {
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
      const source = path === undefined ? undefined : weightSource(groups, inner, `${path}/`);
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
