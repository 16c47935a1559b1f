import type { Random } from '../../../src/core/random';

/** Changes bytes; the argument stays as it is. */
export type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array;

/** One of several. */
export function pick<T>(items: readonly T[], random: Random): T {
  return items[random.below(items.length)];
}

/** Whole numbers at which readers go wrong: limits of every width, and just beside them. */
const LIMITS: readonly bigint[] = [
  0n,
  1n,
  2n,
  0x7fn,
  0x80n,
  0xffn,
  0x100n,
  0x7fffn,
  0xffffn,
  0x10000n,
  0x7fffffffn,
  0x80000000n,
  0xfffffffen,
  0xffffffffn,
  1n << 32n,
  (1n << 53n) - 1n,
  1n << 53n,
  (1n << 63n) - 1n,
  1n << 63n,
  (1n << 64n) - 1n,
];

/** Writes a number of a limit, or near what was there, at an offset; 1, 2, 4 or 8 bytes, either order. */
export function putNumber(bytes: Uint8Array, at: number, random: Random): void {
  const width = Math.min(pick([1, 2, 4, 8], random), bytes.length - at);
  const little = random.below(8) > 0;
  let old = 0n;
  for (let i = 0; i < width; i += 1) old |= BigInt(bytes[at + i]) << BigInt(8 * i);
  const value = random.below(4) === 0 ? old + BigInt(random.below(33) - 16) : pick(LIMITS, random);
  for (let i = 0; i < width; i += 1) {
    const place = little ? i : width - 1 - i;
    bytes[at + place] = Number(BigInt.asUintN(64, value >> BigInt(8 * i)) & 0xffn);
  }
}
