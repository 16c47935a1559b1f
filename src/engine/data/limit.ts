import { streamSeed } from '../../core/random';
import { selectSamples, type Samples } from './dataset';
import { shuffled } from './shuffle';

/**
 * At most `limit` images, drawn over the whole set so that every class keeps its share on average; in file order.
 * The same seed draws the same ones.
 */
export function limitSamples(samples: Samples, limit: number | undefined, seed = 0): Samples {
  if (limit === undefined || limit >= samples.count) return samples;
  const drawn = shuffled(samples.count, streamSeed(seed, 'limit')).slice(0, limit).sort();
  return selectSamples(samples, drawn);
}

/** Splits samples by a seeded share: `share` of them (at least one) for evaluation, the others for training. */
export function splitSamples(
  samples: Samples,
  share: number,
  seed: number,
): { readonly training: Samples; readonly evaluation: Samples } {
  const order = shuffled(samples.count, streamSeed(seed, 'validation'));
  const count = Math.min(Math.max(Math.round(samples.count * share), 1), samples.count - 1);
  return {
    evaluation: selectSamples(samples, order.slice(0, count).sort()),
    training: selectSamples(samples, order.slice(count).sort()),
  };
}
