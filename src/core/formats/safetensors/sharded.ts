import type { ByteSource } from '../../bytes';
import { CheckpointError } from '../../errors';
import { isObject, MAX_JSON, parseJson } from '../../encodings/json';
import type { StoredTensor } from '../state-dict/stored';
import { readSafetensors, type SafetensorsFile } from './header';

const MAX_FILES = 10_000;

/** Several safetensors files as one, with their sizes together. */
export interface ShardedFile extends SafetensorsFile {
  readonly files: readonly ByteSource[];
}

/**
 * Reads `*.safetensors.index.json` and the files it names, which must lie beside it.
 * @throws CheckpointError if one is missing, lies elsewhere, or lacks a tensor the index promises.
 */
export function readSharded(source: ByteSource): ShardedFile {
  const { path } = source;
  if (source.size > MAX_JSON) {
    throw new CheckpointError('the index is too large', { path, expected: `at most ${MAX_JSON} bytes` });
  }
  const index = parseJson(new TextDecoder().decode(source.read(0, source.size)), { path });
  const map = isObject(index) ? index.weight_map : undefined;
  if (!isObject(map)) throw new CheckpointError('the index has no weight_map', { path });
  const places = Object.entries(map).flatMap(([tensor, file]) =>
    typeof file === 'string' ? [[tensor, file] as const] : [],
  );
  const names = [...new Set(places.map(([, file]) => file))];
  if (names.length > MAX_FILES || places.length < Object.keys(map).length) {
    throw new CheckpointError('the index names no files', { path, expected: `1 to ${MAX_FILES} names` });
  }
  const files: ByteSource[] = [];
  try {
    const shards = new Map<string, SafetensorsFile>();
    for (const name of names) {
      const file = openBeside(source, name);
      files.push(file);
      shards.set(name, readSafetensors(file));
    }
    const tensors = new Map<string, StoredTensor>();
    for (const [tensor, file] of places) {
      const shard = shards.get(file);
      const stored = shard?.tensors.get(tensor);
      if (stored) tensors.set(tensor, stored);
      else if (!shard?.unread.some(({ name }) => name === tensor)) {
        throw new CheckpointError('a file lacks a tensor that the index says it has', {
          path,
          where: file.slice(0, 200),
          found: `no ${tensor.slice(0, 200)}`,
        });
      }
    }
    const all = [...shards.values()];
    const metadata = new Map(all.flatMap((shard) => [...shard.metadata]));
    return { tensors, metadata, unread: all.flatMap(({ unread }) => unread), files };
  } catch (error) {
    for (const file of files) file.close();
    throw error;
  }
}

function openBeside(source: ByteSource, name: string): ByteSource {
  if (!source.sibling) {
    throw new CheckpointError('the files that the index names cannot be reached', { path: source.path });
  }
  return source.sibling(name);
}
