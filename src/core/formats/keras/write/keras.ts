import type { ByteSink } from '../../../bytes';
import type { Checkpoint } from '../../../checkpoint';
import { isObject, writeJson, type JsonObject } from '../../../encodings/json';
import { buildHdf5, type Hdf5Writer } from '../../../encodings/hdf5/writer';
import { readEntry, LIMITS } from '../../../encodings/zip/entry';
import { ZipWriter } from '../../../encodings/zip/writer';
import { arraysOf } from './arrays';
import { emitModel, type EmittedModel } from './emit';
import { KerasPayload, SEQUENTIAL_MARK } from '../payload';
import { countedNames } from '../snake-case';

/** Writes a `.keras` archive: what Keras's own loader reads with no custom code. */
export async function writeKeras(checkpoint: Checkpoint, sink: ByteSink): Promise<void> {
  const emitted = emitModel(checkpoint, 'keras');
  const payload = KerasPayload.of(checkpoint);
  const weights = await buildHdf5(sink.path, (writer) => writeWeights(writer, checkpoint, emitted));
  const zip = new ZipWriter(sink);
  zip.add('metadata.json', json(metadataOf(payload, emitted)));
  zip.add('config.json', json(emitted.model));
  zip.add('model.weights.h5', weights);
  if (payload?.container.kind === 'keras') {
    const { source, others } = payload.container;
    for (const entry of others) zip.add(entry.name, readEntry(source, entry, LIMITS.inflated));
  }
  zip.finish();
}

function json(value: JsonObject): Uint8Array {
  return new TextEncoder().encode(writeJson(value));
}

function metadataOf(payload: KerasPayload | undefined, { sequential }: EmittedModel): JsonObject {
  const before =
    payload?.container.kind === 'keras' ? payload.container.metadata : { keras_version: '3.0.0' };
  const { [SEQUENTIAL_MARK]: _mark, ...metadata } = before;
  return sequential ? { ...metadata, [SEQUENTIAL_MARK]: sequential } : metadata;
}

function writeWeights(writer: Hdf5Writer, checkpoint: Checkpoint, emitted: EmittedModel): void {
  const { config } = emitted.model;
  const name = isObject(config) ? config.name : undefined;
  writer.text('vars', 'name', typeof name === 'string' ? name : 'model');
  writeLayers(writer, checkpoint, emitted, 'layers');
}

/** The layers of a model below a group of their own; those of a model inside it below that one's. */
function writeLayers(
  writer: Hdf5Writer,
  checkpoint: Checkpoint,
  { layers, weights }: EmittedModel,
  root: string,
): void {
  const paths = countedNames(layers.map(({ className }) => className));
  layers.forEach((layer, i) => {
    const path = `${root}/${paths[i]}`;
    writer.text(`${path}/vars`, 'name', layer.name);
    if (layer.inside) {
      writeLayers(writer, checkpoint, layer.inside, `${path}/layers`);
      return;
    }
    const { values, rest } = arraysOf(layer, checkpoint, weights);
    values.forEach(({ shape, elements }, n) => writer.dataset(`${path}/vars/${n}`, shape, elements()));
    for (const array of rest) writer.dataset(`${path}/${array.name}`, array.shape, array.elements());
  });
}
