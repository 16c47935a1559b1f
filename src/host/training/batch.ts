/** What a job file takes when it says nothing. */
const USUAL = 128;
/** Steps in which an epoch still averages out what one batch happens to hold. */
const LEAST_STEPS = 8;
/** Below it the statistics of a batch say little. */
const LEAST_BATCH = 8;

/**
 * The batch for so many training images: the largest power of two up to 128 that leaves eight steps an epoch, but no less
 * than eight images while there are as many.
 */
export function batchFor(images: number): number {
  const wanted = Math.max(images / LEAST_STEPS, Math.min(images, LEAST_BATCH), 1);
  return Math.min(2 ** Math.floor(Math.log2(wanted)), USUAL);
}
