/** Rate and time left of a job in words. Pure. */
import type { Progress } from '../../src/contract/results';
import type { Format } from '../../src/shared/format';

/**
 * As in `342 images/s`, `about 16 min left`; what is unknown is left out.
 * @param part of what the time left is, as in `of this arm`, where that is not all
 */
export function progressDetails(
  progress: Progress | undefined,
  unit: string,
  format: Format,
  part?: string,
): string[] {
  const { perSecond, secondsLeft } = progress ?? {};
  const words: string[] = [];
  if (perSecond !== undefined && perSecond > 0) {
    words.push(`${format.fixed(perSecond, perSecond < 10 ? 1 : 0)} ${unit}/s`);
  }
  if (secondsLeft !== undefined) {
    words.push(`about ${format.duration(secondsLeft)} left${part === undefined ? '' : ` ${part}`}`);
  }
  return words;
}
