import type { ByteSource } from '../../bytes';
import { CheckpointError } from '../../errors';
import { readPickle } from '../../encodings/pickle/read';
import {
  PyDict,
  PyList,
  PyObject,
  PyReference,
  PySet,
  PyTuple,
  textEntries,
  type PyValue,
} from '../../encodings/pickle/values';
import { region } from '../../encodings/region';
import { storageOf, type StorageReference, type TorchArchive } from './tensors';

const MAGIC = 0x1950a86a20f9469cfc6cn;
const VERSION = 1001n;
/** Each storage begins with its number of elements. */
const COUNT_BYTES = 8;

/** The first bytes of every legacy file: protocol 2, LONG1 of ten bytes, the magic number. */
export const LEGACY_HEAD = '128,2,138,10,108,252,156,70,249,32,106,168,80,25';

/**
 * Opens what `torch.save` wrote before PyTorch 1.6: five pickles (magic number, version, system, the value, keys of
 * the storages), then the storages, each behind its number of elements.
 */
export function openLegacyArchive(source: ByteSource): TorchArchive {
  const { path } = source;
  let at = 0;
  const next = (where: string): PyValue => {
    const { value, end } = readPickle(source, at, where);
    at = end;
    return value;
  };
  if (next('magic number') !== MAGIC) {
    throw new CheckpointError('this pickle is not a PyTorch file', {
      path,
      expected: 'what torch.save writes',
    });
  }
  const version = next('version');
  if (version !== VERSION) {
    throw new CheckpointError('this is a PyTorch file of an unknown version', {
      path,
      found: typeof version === 'bigint' ? version.toString().slice(0, 20) : 'no number',
      expected: String(VERSION),
    });
  }
  if (textEntries(next('system'))?.get('little_endian') === false) {
    throw new CheckpointError('the numbers in this file have their bytes in an order that is not read', {
      path,
      found: 'big',
      expected: 'little',
    });
  }
  const root = next('value');
  const keys = next('keys of storages');
  if (!(keys instanceof PyList)) throw new CheckpointError('the list of storages is not a list', { path });
  const places = placesOf(source, at, keys.items, root);
  return {
    path,
    root,
    kind: 'legacy format (before PyTorch 1.6)',
    storage(key, size) {
      const place = places.get(key);
      if (!place || place.size < size) {
        throw new CheckpointError('the file lacks values of a tensor', {
          path,
          where: `storage ${key.slice(0, 80)}`,
          found: place ? `${place.size} bytes` : 'no such storage',
          expected: `${size} bytes`,
        });
      }
      return { key, size, open: () => region(source, place.start, place.size) };
    },
  };
}

/** Where each storage lies: its width is what the value's references to it say. */
function placesOf(
  source: ByteSource,
  start: number,
  keys: readonly PyValue[],
  root: PyValue,
): Map<string, { start: number; size: number }> {
  const references = referencesIn(root);
  const places = new Map<string, { start: number; size: number }>();
  let at = start;
  for (const key of keys) {
    const reference = typeof key === 'string' ? references.get(key) : undefined;
    // Nothing refers to it, or its type is unknown: what follows cannot be found, and nobody may need it.
    if (typeof key !== 'string' || !reference?.dtype) break;
    const head = region(source, at, COUNT_BYTES).read(0, COUNT_BYTES);
    const count = new DataView(head.buffer, head.byteOffset, COUNT_BYTES).getBigInt64(0, true);
    const size = reference.count * reference.width;
    if (count !== BigInt(reference.count) || at + COUNT_BYTES + size > source.size) {
      throw new CheckpointError('the file is cut short, or contradicts itself about a storage', {
        path: source.path,
        where: `storage ${key.slice(0, 80)} at byte ${at}`,
        found: `${count} elements`,
        expected: `${reference.count} elements within ${source.size} bytes`,
      });
    }
    places.set(key, { start: at + COUNT_BYTES, size });
    at += COUNT_BYTES + size;
  }
  return places;
}

/** Every reference to a storage within a value; each object is visited once, however often it is held. */
function referencesIn(root: PyValue): Map<string, StorageReference> {
  const found = new Map<string, StorageReference>();
  const seen = new Set<object>();
  const queue: PyValue[] = [root];
  for (let value = queue.pop(); value !== undefined; value = queue.pop()) {
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    if (value instanceof PyReference) {
      const reference = storageOf(value);
      if (reference) found.set(reference.key, reference);
    } else for (const part of partsOf(value)) queue.push(part);
  }
  return found;
}

function partsOf(value: object): readonly PyValue[] {
  if (value instanceof PyTuple || value instanceof PyList || value instanceof PySet) return value.items;
  if (value instanceof PyDict) return value.entries.flat();
  // Bytes and whatever else has no parts; a typed array has `entries` too, and they are not parts of a pickle.
  if (!(value instanceof PyObject)) return [];
  return [...value.entries.flat(), ...value.items, ...value.args, value.state ?? null];
}
