import type { Random } from '../../../src/core/random';
import { mutateBytes } from './bytes';
import { pick, putNumber, type Mutation } from './mutation';

/** Signatures of the structures a file is made of. Source: HDF5 File Format Specification 3.0. */
const SIGNATURES = [
  ...[
    '\x89HDF',
    'TREE',
    'SNOD',
    'HEAP',
    'GCOL',
    'OHDR',
    'OCHK',
    'FRHP',
    'FHDB',
    'FHIB',
    'BTHD',
    'BTLF',
    'BTIN',
  ],
  ...['FSHD', 'FSSE', 'FADB', 'FAHD', 'EAHD', 'EADB', 'EAIB', 'SMTB', 'SMLI'],
].map((signature) => Uint8Array.from(signature, (character) => character.charCodeAt(0)));

/** How far behind a signature its fields lie. */
const REACH = 160;

/** Version 1 object headers bear no signature: version 1, a zero byte, message count, reference count 1. */
const OLD_HEADER = /\x01\x00[\s\S]{2}\x01\x00\x00\x00/g;

/** Changes numbers within the structures of an HDF5 file, where a byte at random would mostly hit weights. */
export const mutateHdf5: Mutation = (bytes, random) => {
  if (random.below(4) === 0) return mutateBytes(bytes, random);
  const places = structuresOf(bytes);
  if (places.length === 0) return mutateBytes(bytes, random);
  const copy = bytes.slice();
  for (let times = 1 + random.below(3); times > 0; times -= 1) {
    const at = pick(places, random) + random.below(REACH);
    if (at < copy.length) change(copy, at, places, random);
  }
  return copy;
};

function change(copy: Uint8Array, at: number, places: readonly number[], random: Random): void {
  const choice = random.below(6);
  if (choice === 0) copy[at] ^= 1 << random.below(8);
  // An address of another structure makes loops and confuses types.
  else if (choice === 1 && at + 8 <= copy.length) {
    new DataView(copy.buffer, copy.byteOffset).setBigUint64(
      at - (at % 8),
      BigInt(pick(places, random)),
      true,
    );
  } else putNumber(copy, at, random);
}

const known = new WeakMap<Uint8Array, number[]>();

function structuresOf(bytes: Uint8Array): number[] {
  let places = known.get(bytes);
  if (places) return places;
  places = SIGNATURES.flatMap((signature) => occurrences(bytes, signature));
  const text = new TextDecoder('latin1').decode(bytes);
  for (const { index } of text.matchAll(OLD_HEADER)) places.push(index);
  known.set(bytes, places);
  return places;
}

function occurrences(bytes: Uint8Array, wanted: Uint8Array): number[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const places: number[] = [];
  for (let at = buffer.indexOf(wanted); at >= 0; at = buffer.indexOf(wanted, at + 1)) places.push(at);
  return places;
}
