import type { ByteSource } from '../../bytes';
import { COMMON_RULES, type Checkpoint, type Format, type Metadata } from '../../checkpoint';
import { CheckpointError } from '../../errors';
import { isObject, type Json, type JsonObject } from '../../encodings/json';
import { Hdf5File } from '../../encodings/hdf5/file';
import { readDirectory, type ZipEntry } from '../../encodings/zip/directory';
import { openEntry } from '../../encodings/zip/entry';
import { otherArchive } from '../other-archives';
import { modelCheckpoint, weightsCheckpoint } from './checkpoint';
import { CONFIG, METADATA, readArchiveJson, WEIGHTS } from './read/archive';
import { isOldVersion, parseModel } from './read/model-config';
import { archiveWeights } from './read/archive-weights';
import { GroupPaths } from './read/group-paths';
import { SEQUENTIAL_MARK, type Archive } from './source';
import { newModel } from './write/create';
import { kerasWriter } from './write/keras';

/** Keras 3's own format: a zip of config.json, metadata.json and model.weights.h5. */
export const keras: Format = {
  id: 'keras',
  label: 'Keras',
  extensions: ['.keras'],
  family: 'keras',
  match: (source) => source.size > 4 && source.read(0, 4).join() === '80,75,3,4',
  open: openKeras,
  create: (source, { name }) =>
    newModel(source, {
      hardSigmoid: 'sixth',
      format: 'keras',
      rules: COMMON_RULES,
      name,
      writer: kerasWriter({ name }),
    }),
};

async function openKeras(source: ByteSource): Promise<Checkpoint> {
  const entries = readDirectory(source);
  const other = entries.has(CONFIG) ? undefined : otherArchive([...entries.keys()]);
  if (other) throw new CheckpointError(other.summary, { path: source.path, ...other.detail });
  const config = readArchiveJson(source, entries, CONFIG);
  const metadata = entries.has(METADATA) ? readArchiveJson(source, entries, METADATA) : {};
  const weights = entries.get(WEIGHTS);
  if (!weights) {
    throw new CheckpointError('the archive has no weights', {
      path: source.path,
      found: [...entries.keys()].slice(0, 8).join(', '),
      expected: WEIGHTS,
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
    weights: archiveWeights(new GroupPaths(file), model),
    sequential: isObject(mark) ? mark : undefined,
  });
}

function describe({ keras_version: version, date_saved: date }: JsonObject): Metadata {
  return {
    framework: typeof version === 'string' ? `Keras ${version}` : 'Keras',
    facts: typeof date === 'string' ? [{ label: 'Saved', value: date }] : [],
  };
}
