import type { ByteSink, ByteSource } from '../../../bytes';
import type { CheckpointWriter, Content } from '../../../checkpoint';
import { isObject, writeJson, type JsonObject } from '../../../encodings/json';
import { buildHdf5, type Hdf5Writer } from '../../../encodings/hdf5/writer';
import { Hdf5File } from '../../../encodings/hdf5/file';
import { readDirectory } from '../../../encodings/zip/directory';
import { LIMITS, openEntry, readEntry } from '../../../encodings/zip/entry';
import { ZipWriter } from '../../../encodings/zip/writer';
import { layersFaults, shapesIn } from '../check';
import { CONFIG, METADATA, readArchiveJson, WEIGHTS } from '../read/archive';
import { archiveWeights } from '../read/archive-weights';
import { GroupPaths } from '../read/group-paths';
import { parseModel } from '../read/model-config';
import { arraysOf } from './arrays';
import { emitModel, type EmittedModel } from './emit';
import { SEQUENTIAL_MARK, type Archive, type Origin } from '../source';
import { countedNames } from '../snake-case';

/** Writes a `.keras` archive and looks at its configuration afterwards. */
export function kerasWriter(origin: Origin<Archive>): CheckpointWriter {
  return {
    write: (content, sink) => writeKeras(content, origin, sink),
    check: writtenFaults,
  };
}

async function writtenFaults(written: ByteSource): Promise<string[]> {
  const entries = readDirectory(written);
  const config = readArchiveJson(written, entries, CONFIG);
  const model = parseModel(config, { path: written.path, where: CONFIG }, false);
  const weights = entries.get(WEIGHTS);
  if (!model || !weights) return [`the archive has no ${model ? WEIGHTS : 'network'}`];
  const file = await Hdf5File.open(openEntry(written, weights));
  try {
    return layersFaults(config, shapesIn(archiveWeights(new GroupPaths(file), model)));
  } finally {
    file.close();
  }
}

/** Writes a `.keras` archive: what Keras's own loader reads with no custom code. */
async function writeKeras(content: Content, origin: Origin<Archive>, sink: ByteSink): Promise<void> {
  const emitted = emitModel(content, origin, 'keras');
  const weights = await buildHdf5(sink.path, (writer) => writeWeights(writer, content, emitted));
  const zip = new ZipWriter(sink);
  zip.add(METADATA, json(metadataOf(origin, emitted)));
  zip.add(CONFIG, json(emitted.model));
  zip.add(WEIGHTS, weights);
  if (origin.container) {
    const { source, others } = origin.container;
    for (const entry of others) zip.add(entry.name, readEntry(source, entry, LIMITS.inflated));
  }
  zip.finish();
}

function json(value: JsonObject): Uint8Array {
  return new TextEncoder().encode(writeJson(value));
}

function metadataOf({ container }: Origin<Archive>, { sequential }: EmittedModel): JsonObject {
  const before = container?.metadata ?? { keras_version: '3.0.0' };
  const { [SEQUENTIAL_MARK]: _mark, ...metadata } = before;
  return sequential ? { ...metadata, [SEQUENTIAL_MARK]: sequential } : metadata;
}

function writeWeights(writer: Hdf5Writer, content: Content, emitted: EmittedModel): void {
  const { config } = emitted.model;
  const name = isObject(config) ? config.name : undefined;
  writer.text('vars', 'name', typeof name === 'string' ? name : 'model');
  writeLayers(writer, content, emitted, 'layers');
}

/** The layers of a model below a group of their own; those of a model inside it below that one's. */
function writeLayers(
  writer: Hdf5Writer,
  content: Content,
  { layers, weights }: EmittedModel,
  root: string,
): void {
  const paths = countedNames(layers.map(({ className }) => className));
  layers.forEach((layer, i) => {
    const path = `${root}/${paths[i]}`;
    writer.text(`${path}/vars`, 'name', layer.name);
    if (layer.inside) {
      writeLayers(writer, content, layer.inside, `${path}/layers`);
      return;
    }
    const { values, rest } = arraysOf(layer, content, weights);
    values.forEach(({ shape, elements }, n) => writer.dataset(`${path}/vars/${n}`, shape, elements()));
    for (const array of rest) writer.dataset(`${path}/${array.name}`, array.shape, array.elements());
  });
}
