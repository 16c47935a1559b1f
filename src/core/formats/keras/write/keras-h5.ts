import type { ByteSink } from '../../../bytes';
import type { Content } from '../../../checkpoint';
import { writeJson } from '../../../encodings/json';
import type { Attributes } from '../../../encodings/hdf5/attributes';
import { buildHdf5, type Hdf5Writer } from '../../../encodings/hdf5/writer';
import { arraysInside } from './arrays-inside';
import { arraysOf, type WrittenArray } from './arrays';
import { emitModel, type EmittedLayer, type EmittedModel } from './emit';
import { splitNames } from '../read/legacy-names';
import { SEQUENTIAL_MARK, type LegacyFile, type Origin, type ReadScope } from '../source';

const WEIGHTS = 'model_weights';
const TOP_LEVEL = 'top_level_model_weights';

/** Writes a legacy HDF5 model: what Keras 2 and 3 read with no custom code. */
export async function writeKerasH5(
  content: Content,
  origin: Origin<LegacyFile>,
  sink: ByteSink,
): Promise<void> {
  const emitted = emitModel(content, origin, 'keras-h5');
  sink.write(await buildHdf5(sink.path, (writer) => writeFile(writer, content, origin, emitted)));
}

function writeFile(
  writer: Hdf5Writer,
  content: Content,
  { scope, container }: Origin<LegacyFile>,
  emitted: EmittedModel,
): void {
  copyTexts(writer, '', versioned(container?.root ?? NEW_FILE), ['model_config', SEQUENTIAL_MARK]);
  writer.text('', 'model_config', writeJson(emitted.model));
  if (emitted.sequential) writer.text('', SEQUENTIAL_MARK, writeJson(emitted.sequential));
  copyTexts(writer, WEIGHTS, versioned(container?.weights ?? NEW_FILE), []);
  writeNames(
    writer,
    WEIGHTS,
    'layer_names',
    emitted.layers.map(({ name }) => name),
  );
  const suffix = usesSuffix(scope) ? ':0' : '';
  // Sorted, as Keras does, so that a name that is the start of another one comes first.
  for (const layer of [...emitted.layers].sort(byName)) {
    const arrays = layer.inside
      ? arraysInside(layer, layer.inside, content, emitted.weights)
      : arraysOf(layer, content, emitted.weights).values;
    writeLayer(writer, layer.name, arrays, suffix);
  }
  writeNames(writer, `${WEIGHTS}/${TOP_LEVEL}`, 'weight_names', []);
}

const NEW_FILE: Attributes = { keras_version: '3.0.0', backend: 'tensorflow' };

/** Files of Keras 1 are written in the words of Keras 2. */
function versioned(attributes: Attributes): Attributes {
  const { keras_version: version } = attributes;
  return typeof version === 'string' && version.startsWith('1.')
    ? { ...attributes, keras_version: '2.0.0' }
    : attributes;
}

/** Keeps what else a file says of itself: version, back end, training configuration. */
function copyTexts(
  writer: Hdf5Writer,
  group: string,
  attributes: Attributes,
  except: readonly string[],
): void {
  writer.group(group);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'string' && !except.includes(name)) writer.text(group, name, value);
  }
}

function byName(a: EmittedLayer, b: EmittedLayer): number {
  if (a.name === b.name) return 0;
  return a.name < b.name ? -1 : 1;
}

/** Keras 2 ends the names of weights in `:0`. */
function usesSuffix(scope: ReadScope | undefined): boolean {
  const layers = scope?.model.layers ?? [];
  return layers.some(({ name }) =>
    scope?.weights.of(name).values.some((weight) => weight.name.endsWith(':0')),
  );
}

function writeLayer(
  writer: Hdf5Writer,
  layer: string,
  values: readonly WrittenArray[],
  suffix: string,
): void {
  const group = `${WEIGHTS}/${layer}`;
  const arrays = values.map((array) => ({
    ...array,
    name: array.name.includes('/') ? array.name : `${layer}/${array.name}${suffix}`,
  }));
  writeNames(
    writer,
    group,
    'weight_names',
    arrays.map(({ name }) => name),
  );
  for (const { name, shape, elements } of arrays) writer.dataset(`${group}/${name}`, shape, elements());
}

function writeNames(writer: Hdf5Writer, group: string, name: string, names: readonly string[]): void {
  for (const [key, part] of splitNames(name, names)) writer.texts(group, key, part);
}
