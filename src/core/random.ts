/** Seeded random numbers: the same seed gives the same numbers on every machine. */
export interface Random {
  /** Integer in [0, 2³²). */
  uint32(): number;
  /** Number in [0, 1), a multiple of 2⁻³². */
  uniform(): number;
  /** Integer in [0, bound); bound ≤ 2³². */
  below(bound: number): number;
  /** Standard normal variate (Box–Muller). */
  normal(): number;
}

const rotate = (x: number, bits: number): number => (x << bits) | (x >>> (32 - bits));

/** One step of splitmix32: spreads a counter over all 32 bits. */
function mix(value: number): number {
  let z = value | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return z ^ (z >>> 15);
}

/**
 * The generator xoshiro128** (Blackman and Vigna, 2018), its state filled from the seed by splitmix32.
 * @param seed any number; its lower 32 bits count.
 */
export function createRandom(seed: number): Random {
  const word = (i: number): number => mix(seed + Math.imul(i, 0x9e3779b9));
  let [a, b, c, d] = [word(1), word(2), word(3), word(4)];
  if (!(a || b || c || d)) a = 1;
  let spare: number | undefined;

  const uint32 = (): number => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result >>> 0;
  };
  const uniform = (): number => uint32() / 2 ** 32;
  const normal = (): number => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    // 1 − u lies in (0, 1], so the logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  return { uint32, uniform, below: (bound) => Math.floor(uniform() * bound), normal };
}

/**
 * A seed for one named stream of a run (a layer's kernels, an epoch's order), so that what one stream draws
 * does not depend on which others exist. FNV-1a of the name, mixed with the run's seed.
 */
export function streamSeed(seed: number, name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return mix(mix(seed) ^ hash) >>> 0;
}
