import type { Random } from '../../../src/core/random';
import { pick, putNumber, type Mutation } from './mutation';

// Headers lie at the start and, in archives, at the end: half of all changes are made there.
const EDGE = 4096;

function place(length: number, random: Random): number {
  const edge = Math.min(EDGE, length);
  const where = random.below(4);
  if (where === 0) return random.below(edge);
  if (where === 1) return length - 1 - random.below(edge);
  return random.below(length);
}

const flipBit: Mutation = (bytes, random) => {
  const copy = bytes.slice();
  copy[place(copy.length, random)] ^= 1 << random.below(8);
  return copy;
};

const overwrite: Mutation = (bytes, random) => {
  const copy = bytes.slice();
  putNumber(copy, place(copy.length, random), random);
  return copy;
};

const noise: Mutation = (bytes, random) => {
  const copy = bytes.slice();
  const start = place(copy.length, random);
  const end = Math.min(copy.length, start + 1 + random.below(64));
  for (let i = start; i < end; i += 1) copy[i] = random.below(256);
  return copy;
};

const truncate: Mutation = (bytes, random) => bytes.slice(0, place(bytes.length, random));

const remove: Mutation = (bytes, random) => {
  const start = place(bytes.length, random);
  const end = Math.min(bytes.length, start + 1 + random.below(256));
  return concat([bytes.subarray(0, start), bytes.subarray(end)]);
};

const repeat: Mutation = (bytes, random) => {
  const start = place(bytes.length, random);
  const end = Math.min(bytes.length, start + 1 + random.below(1024));
  const times = 1 + random.below(4);
  const chunk = bytes.subarray(start, end);
  return concat([bytes.subarray(0, end), ...Array.from({ length: times }, () => chunk), bytes.subarray(end)]);
};

const move: Mutation = (bytes, random) => {
  const copy = bytes.slice();
  const from = place(bytes.length, random);
  copy.copyWithin(place(bytes.length, random), from, from + 1 + random.below(512));
  return copy;
};

const extend: Mutation = (bytes, random) =>
  concat([bytes, Uint8Array.from({ length: 1 + random.below(512) }, () => random.below(256))]);

const MUTATIONS = [
  flipBit,
  flipBit,
  overwrite,
  overwrite,
  overwrite,
  noise,
  truncate,
  remove,
  repeat,
  move,
  extend,
];

/** Changes bytes without regard to what they mean. */
export const mutateBytes: Mutation = (bytes, random) =>
  bytes.length === 0 ? extend(bytes, random) : pick(MUTATIONS, random)(bytes, random);

/** Joins parts. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
