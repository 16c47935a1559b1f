import type { ByteSource } from '../../bytes';
import {
  COMMON_RULES,
  type Checkpoint,
  type CheckpointWriter,
  type Format,
  type Metadata,
} from '../../checkpoint';
import { CheckpointError } from '../../errors';
import { isObject, parseJson, type Json } from '../../encodings/json';
import type { Attributes } from '../../encodings/hdf5/attributes';
import { Hdf5File } from '../../encodings/hdf5/file';
import { isHdf5 } from '../../encodings/hdf5/superblock';
import { layersFaults, shapesIn } from './check';
import { modelCheckpoint, weightsCheckpoint } from './checkpoint';
import { legacyWeights } from './read/legacy-weights';
import { isOldVersion, parseModel } from './read/model-config';
import { SEQUENTIAL_MARK, type LegacyFile, type Origin } from './source';
import { newModel } from './write/create';
import { writeKerasH5 } from './write/keras-h5';

/** Keras's legacy HDF5 format: a full model, or only weights (which open without a graph). */
export const kerasH5: Format = {
  id: 'keras-h5',
  label: 'Keras HDF5',
  extensions: ['.h5', '.hdf5'],
  family: 'keras',
  match: isHdf5,
  open: openKerasH5,
  create: (source, { name }) =>
    newModel(source, {
      hardSigmoid: 'sixth',
      format: 'keras-h5',
      rules: COMMON_RULES,
      name,
      writer: kerasH5Writer({ name }),
    }),
};

function kerasH5Writer(origin: Origin<LegacyFile>): CheckpointWriter {
  return { write: (content, sink) => writeKerasH5(content, origin, sink), check: writtenFaults };
}

async function writtenFaults(written: ByteSource): Promise<string[]> {
  const file = await Hdf5File.open(written);
  try {
    const { model_config: text } = file.attributesOf('');
    const config = parseJson(typeof text === 'string' ? text : '', { path: written.path });
    return layersFaults(config, shapesIn(legacyWeights(file, written.path)));
  } finally {
    file.close();
  }
}

async function openKerasH5(source: ByteSource): Promise<Checkpoint> {
  const file = await Hdf5File.open(source);
  try {
    return assemble(source, file);
  } catch (error) {
    file.close();
    throw error;
  }
}

function assemble(source: ByteSource, file: Hdf5File): Checkpoint {
  const root = file.attributesOf('');
  const optimiser = file.below('optimizer_weights').length + file.below('optimizer').length > 0;
  const common = { format: 'keras-h5', source, file, metadata: describe(root), optimiser };
  if (typeof root.model_config !== 'string') {
    return weightsCheckpoint({ ...common, reason: 'it was saved with save_weights, or is not a Keras file' });
  }
  const where = { path: source.path, where: 'model_config' };
  const model = parseModel(parseJson(root.model_config, where), where, isOldVersion(root.keras_version));
  if (!model)
    return weightsCheckpoint({ ...common, reason: 'the network is Python code, not a configuration' });
  if (!file.groups.has('model_weights')) {
    throw new CheckpointError('the file has a network but no weights', { path: source.path });
  }
  const container: LegacyFile = { kind: 'keras-h5', root, weights: file.attributesOf('model_weights') };
  const weights = legacyWeights(file, source.path);
  return modelCheckpoint({
    ...common,
    model,
    rules: COMMON_RULES,
    writer: (scope) => kerasH5Writer({ scope, container }),
    weights,
    sequential: markOf(root),
  });
}

function markOf({ [SEQUENTIAL_MARK]: mark }: Attributes) {
  if (typeof mark !== 'string') return undefined;
  const json: Json = parseJson(mark, { where: SEQUENTIAL_MARK });
  return isObject(json) ? json : undefined;
}

function describe({ keras_version: version, backend }: Attributes): Metadata {
  return {
    framework: typeof version === 'string' ? `Keras ${version}` : undefined,
    facts: typeof backend === 'string' ? [{ label: 'Backend', value: backend }] : [],
  };
}
