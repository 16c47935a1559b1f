import type { ByteSource } from '../../bytes';
import {
  COMMON_RULES,
  type Checkpoint,
  type CheckpointWriter,
  type Format,
  type FormatRules,
  type Metadata,
} from '../../checkpoint';
import { CheckpointError } from '../../errors';
import { isArray, isObject, MAX_JSON, parseJson, type Json, type JsonObject } from '../../encodings/json';
import type { Shape } from '../../tensor/tensor';
import { layersFaults } from '../keras/check';
import { modelCheckpoint, weightsCheckpoint } from '../keras/checkpoint';
import { parseModel } from '../keras/read/model-config';
import { SEQUENTIAL_MARK, type LayersDocument, type Origin } from '../keras/source';
import { newModel } from '../keras/write/create';
import { parseManifest, type ManifestGroup } from './manifest';
import { Shards } from './shards';
import { checkRoles, namedWeights } from './weight-names';
import { writeTfjsLayers } from './write-tfjs-layers';

/** Bytes that are looked at to recognise JSON. */
const HEAD_BYTES = 64;

/** A TensorFlow.js layers model: `model.json` with the network, and files of weights beside it. */
export const tfjsLayers: Format = {
  id: 'tfjs-layers',
  label: 'TensorFlow.js layers model',
  extensions: ['.json'],
  family: 'keras',
  match: (source) => /^(\u00ef\u00bb\u00bf)?\s*\{/.test(head(source)),
  open: openTfjsLayers,
  create: (source, { name }) =>
    newModel(source, {
      hardSigmoid: 0.2,
      format: 'tfjs-layers',
      rules: RULES,
      name,
      writer: tfjsWriter({ name }),
    }),
  parts: {
    names: (source) =>
      parseManifest(readDocument(source).weightsManifest, source.path).flatMap(({ paths }) => paths),
    // As TensorFlow.js, its converter and this product name them.
    isPart: (name) => /^(?:.*\.)?(?:group\d+-shard\d+of\d+|weights)\.bin$/i.test(name),
  },
};

/** Its convolutions read the setting `groups` and ignore it. */
const RULES: FormatRules = { ...COMMON_RULES, groups: false };

function tfjsWriter(origin: Origin<LayersDocument>): CheckpointWriter {
  return {
    write: (content, sink) => writeTfjsLayers(content, origin, sink),
    check: writtenFaults,
  };
}

/** Looks at the configuration, at the manifest, and at how long the files are that it names. */
function writtenFaults(written: ByteSource): string[] {
  const document = readDocument(written);
  const groups = parseManifest(document.weightsManifest, written.path);
  const topology = isObject(document.modelTopology) ? document.modelTopology : {};
  const weights = new Map<string, Map<string, Shape>>();
  for (const { name, shape } of groups.flatMap((group) => group.weights)) {
    const [layer, part] = [name.slice(0, name.lastIndexOf('/')), name.slice(name.lastIndexOf('/') + 1)];
    const known = weights.get(layer) ?? new Map<string, Shape>();
    weights.set(layer, known.set(part, shape));
  }
  const faults = layersFaults(topology.model_config ?? topology, (layer) => weights.get(layer));
  for (const { paths, bytes } of groups) {
    const sources = paths.flatMap((path) => written.sibling?.(path) ?? []);
    const found = sources.reduce((sum, { size }) => sum + size, 0);
    for (const source of sources) source.close();
    if (found !== bytes) faults.push(`${paths[0]}: ${found} bytes of weights, expected ${bytes}`);
  }
  return faults;
}

function head(source: ByteSource): string {
  return new TextDecoder('latin1').decode(source.read(0, Math.min(HEAD_BYTES, source.size)));
}

async function openTfjsLayers(source: ByteSource): Promise<Checkpoint> {
  const document = readDocument(source);
  const groups = parseManifest(document.weightsManifest, source.path);
  const shards = Shards.open(source, groups);
  try {
    return await Promise.resolve(assemble(source, document, groups, shards));
  } catch (error) {
    shards.close();
    throw error;
  }
}

function readDocument(source: ByteSource): JsonObject {
  const { path } = source;
  if (source.size > MAX_JSON) {
    throw new CheckpointError('this JSON is too large for a model', {
      path,
      found: `${source.size} bytes`,
      expected: `at most ${MAX_JSON} bytes`,
    });
  }
  const text = new TextDecoder().decode(source.read(0, source.size));
  const json = parseJson(text, { path });
  if (isObject(json) && isGraphModel(json)) {
    throw new CheckpointError('this is a TensorFlow.js graph model, which has operators and no layers', {
      path,
      found: 'graph-model',
      expected:
        'layers-model, as from model.save() or tensorflowjs_converter --output_format=tfjs_layers_model',
    });
  }
  if (!isObject(json) || json.weightsManifest === undefined) {
    throw new CheckpointError('this JSON is not a TensorFlow.js model', {
      path,
      expected: 'an object with modelTopology and weightsManifest',
    });
  }
  if (json.format !== undefined && json.format !== 'layers-model') {
    throw new CheckpointError('this is a TensorFlow.js model of an unknown kind', {
      path,
      found: JSON.stringify(json.format).slice(0, 80),
      expected: 'layers-model',
    });
  }
  return json;
}

/** By its name, or where that is absent by its list of operators. */
function isGraphModel({ format, modelTopology: topology }: JsonObject): boolean {
  return format === 'graph-model' || (isObject(topology) && isArray(topology.node));
}

function assemble(
  source: ByteSource,
  document: JsonObject,
  groups: readonly ManifestGroup[],
  shards: Shards,
): Checkpoint {
  const { path } = source;
  const topology = document.modelTopology;
  const weights = groups.flatMap((group) => group.weights);
  const optimiser = weights.some((weight) => weight.optimiser);
  const common = { format: 'tfjs-layers', source, file: shards, metadata: describe(document), optimiser };
  const model =
    topology === undefined || topology === null ? undefined : parseModel(modelOf(topology), { path }, true);
  if (!model) {
    const reason = topology ? 'the network is code, not a configuration' : 'it has no modelTopology';
    return withSize(weightsCheckpoint({ ...common, reason }), shards);
  }
  const named = namedWeights(model, shards.datasets);
  const container: LayersDocument = { kind: 'tfjs-layers', document };
  const mark = document[SEQUENTIAL_MARK];
  const checkpoint = modelCheckpoint({
    ...common,
    model,
    rules: RULES,
    writer: (scope) => tfjsWriter({ scope, container }),
    weights: named.source,
    sequential: isObject(mark) ? mark : undefined,
  });
  checkRoles(checkpoint.graph?.nodes ?? [], named.source, path);
  const warnings = [...checkpoint.warnings, ...quantised(weights), ...unowned(named.orphans)];
  return withSize({ ...checkpoint, warnings }, shards);
}

/** Beside what Keras's converter says of itself, or bare as TensorFlow.js writes it. */
function modelOf(topology: Json): Json {
  return isObject(topology) && isObject(topology.model_config) ? topology.model_config : topology;
}

function withSize(checkpoint: Checkpoint, { size }: Shards): Checkpoint {
  return { ...checkpoint, size: checkpoint.size + size };
}

function quantised(weights: ManifestGroup['weights']): string[] {
  const types = weights.flatMap(({ quantisation }) => quantisation?.dtype ?? []);
  if (types.length === 0) return [];
  const kinds = [...new Set(types)].join(', ');
  return [`${types.length} weights are quantised (${kinds}): they are read, and written again, as float32`];
}

function unowned(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const first = names.slice(0, 3).join(', ');
  return [`${names.length} weights belong to no layer and are not kept when it is written again: ${first}`];
}

function describe(document: JsonObject): Metadata {
  const topology = isObject(document.modelTopology) ? document.modelTopology : {};
  const text = (value: Json | undefined): string | undefined =>
    typeof value === 'string' ? value : undefined;
  const made = text(document.generatedBy) ?? text(topology.keras_version);
  const converted = text(document.convertedBy);
  return {
    framework: made ?? 'TensorFlow.js',
    facts: converted === undefined ? [] : [{ label: 'Converted by', value: converted }],
  };
}
