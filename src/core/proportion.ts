/** How much packed bytes may become. */
export interface Proportion {
  /** Bytes in memory whatever the packed size. */
  readonly free: number;
  /** Beyond that, so many times the packed size. */
  readonly times: number;
}

/** Weights and labels that are worth it are packed to a tenth; what is packed to a hundredth was made to fill memory. */
export const DEFLATED: Proportion = { free: 128 * 1024 * 1024, times: 100 };

/** The most bytes that so many packed ones may become in memory. */
export function mostUnpacked(packed: number, { free, times }: Proportion = DEFLATED): number {
  return Math.max(free, packed * times);
}
