import { unzipSync, zipSync, type Zippable } from 'fflate';
import type { Random } from '../../../src/core/random';
import { mutateBytes } from './bytes';
import { mutateHdf5 } from './hdf5';
import { mutateJson } from './json';
import { mutatePickle } from './pickle';
import { pick, putNumber, type Mutation } from './mutation';
import { mutateNpy } from './npy';

/** Local header, directory entry, end of directory, and their forms for large files. */
const RECORDS = [0x04034b50, 0x02014b50, 0x06054b50, 0x06064b50, 0x07064b50, 0x08074b50];
const RECORD_BYTES = 56;

/** Changes an archive: an entry's content (packed anew, so that its checksum holds), its directory, or bytes. */
export const mutateZip: Mutation = (bytes, random) => {
  const choice = random.below(8);
  if (choice === 0) return mutateBytes(bytes, random);
  if (choice <= 2) return mutateRecords(bytes, random);
  return mutateEntry(bytes, random);
};

function mutateRecords(bytes: Uint8Array, random: Random): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const places: number[] = [];
  for (let at = 0; at + 4 <= bytes.length; at += 1) {
    if (bytes[at] === 0x50 && RECORDS.includes(view.getUint32(at, true))) places.push(at);
  }
  const copy = bytes.slice();
  const at = pick(places, random) + random.below(RECORD_BYTES);
  if (at < copy.length) putNumber(copy, at, random);
  return copy;
}

const unpacked = new WeakMap<Uint8Array, Record<string, Uint8Array>>();

function mutateEntry(bytes: Uint8Array, random: Random): Uint8Array {
  let entries = unpacked.get(bytes);
  if (!entries) {
    try {
      entries = unzipSync(bytes);
    } catch {
      return mutateBytes(bytes, random);
    }
    unpacked.set(bytes, entries);
  }
  const name = pick(Object.keys(entries), random);
  const changed: Zippable = { ...entries };
  const choice = random.below(20);
  if (choice === 0) Reflect.deleteProperty(changed, name);
  else if (choice === 1)
    changed[pick(['../x', '/x', 'a\\..\\b', `${name}/`, `${name}x`, '__proto__'], random)] = entries[name];
  else if (choice === 2) changed[name] = entries[pick(Object.keys(entries), random)];
  else changed[name] = mutationFor(name, entries[name])(entries[name], random);
  return zipSync(changed, { level: random.below(4) === 0 ? 6 : 0 });
}

function mutationFor(name: string, bytes: Uint8Array): Mutation {
  if (name.endsWith('.json')) return mutateJson;
  if (name.endsWith('.pkl')) return mutatePickle;
  if (name.endsWith('.npy')) return mutateNpy;
  if (bytes[0] === 0x89 && bytes[1] === 0x48) return mutateHdf5;
  return mutateBytes;
}
