import type { ByteSource } from '../../../bytes';
import { parseJson, type Json } from '../../../encodings/json';
import type { ZipEntry } from '../../../encodings/zip/directory';
import { LIMITS, readEntry } from '../../../encodings/zip/entry';
import { CheckpointError } from '../../../errors';

/** What a `.keras` archive holds. */
export const CONFIG = 'config.json';
/** Entry of the archive: version and date. */
export const METADATA = 'metadata.json';
/** Entry of the archive: an HDF5 file of the weights. */
export const WEIGHTS = 'model.weights.h5';

/** An entry of an archive as JSON. @throws CheckpointError if it is missing, too large or malformed */
export function readArchiveJson(
  source: ByteSource,
  entries: ReadonlyMap<string, ZipEntry>,
  name: string,
): Json {
  const entry = entries.get(name);
  if (!entry) throw new CheckpointError(`the archive has no ${name}`, { path: source.path });
  const text = new TextDecoder().decode(readEntry(source, entry, LIMITS.text));
  return parseJson(text, { path: source.path, where: name });
}
