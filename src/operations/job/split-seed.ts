import type { Job } from './job';

/** The seed by which images are split and drawn. */
export function splitSeed({
  seed,
  data,
}: {
  readonly seed: number;
  readonly data: Pick<Job['data'], 'splitSeed'>;
}): number {
  return data.splitSeed ?? seed;
}
