import { createRandom, streamSeed, type Random } from '../../core/random';

/** Input and targets of a batch, image by image. */
export interface MixedBatch {
  readonly input: Float32Array;
  readonly targets: Float32Array;
}

/** How much of a batch's own images stays: drawn from Beta(α, α), the same for the same seed and step. */
export function mixingShare(alpha: number, seed: number, step: number): number {
  const random = createRandom(streamSeed(seed, `mixup of step ${step}`));
  const [a, b] = [gamma(alpha, random), gamma(alpha, random)];
  return a / (a + b);
}

/**
 * Each image and its target mixed with those of the image before it, the first with the last: as `torchvision.transforms.v2.MixUp`.
 * A batch is in random order already.
 */
export function mixed({ input, targets }: MixedBatch, batch: number, share: number): MixedBatch {
  const mix = (values: Float32Array): Float32Array => {
    const each = values.length / batch;
    return values.map((value, i) => {
      const before = values[i < each ? i + values.length - each : i - each] ?? 0;
      return share * value + (1 - share) * before;
    });
  };
  return { input: mix(input), targets: mix(targets) };
}

/** A variate of the gamma distribution (Marsaglia and Tsang, 2000). */
function gamma(shape: number, random: Random): number {
  // Below 1 through the next shape; 1 − u is never 0.
  if (shape < 1) return gamma(shape + 1, random) * (1 - random.uniform()) ** (1 / shape);
  const d = shape - 1 / 3;
  for (;;) {
    const x = random.normal();
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    const u = 1 - random.uniform();
    if (v > 0 && Math.log(u) < (x * x) / 2 + d - d * v + d * Math.log(v)) return d * v;
  }
}
