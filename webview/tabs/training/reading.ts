/** The sentences of the Training tab: computed, and with what they do not show. */
import type { TrainResult } from '../../../src/contract/results';
import type { TrainingState } from '../../../src/contract/operations/train';
import type { Format } from '../../../src/shared/format';
import { differenceContains } from '../../../src/shared/difference-words';
import { scientific } from '../../../src/shared/numbers';
import type { Comparison } from './model';

/** Differences up to here are of the size in which one seed differs from another. Points of top-1. */
const SMALL = 1;

/** What a difference between the networks is worth: there is one seed. */
export function differenceNote(points: number): string {
  return Math.abs(points) <= SMALL
    ? 'One seed. A difference this small can be chance: repeat with at least three seeds before reading it.'
    : 'One seed. Repeat with at least three seeds before crediting the blocks with the difference.';
}

/** What the result says. */
export function resultReading(result: TrainResult, format: Format): string[] {
  const { baseline, acnet, fused } = result;
  const difference = acnet.top1 - baseline.top1;
  const sentences = [
    baseline.trained
      ? `After the same recipe ACNet reaches ${format.fixed(acnet.top1, 2)} % and the baseline ${format.fixed(baseline.top1, 2)} %: ${format.signed(difference, 2)} points.`
      : `ACNet reaches ${format.fixed(acnet.top1, 2)} %. The baseline was not trained by the same recipe, so the gain of the blocks is not known.`,
  ];
  sentences.push(`The difference contains ${differenceContains(result)}.`);
  if (baseline.trained) sentences.push(differenceNote(difference));
  sentences.push(fusedReading(fused));
  return sentences;
}

function fusedReading({ passed, maxRel, blocks, noise }: TrainResult['fused']): string {
  const whole = `${scientific(maxRel)} of the largest output`;
  if (!blocks) {
    return passed
      ? `Fused into plain convolutions it gives the same outputs: the largest difference is ${whole}.`
      : `The fused network differs by ${whole}, more than the 1e-5 that is allowed: do not use it before this is understood.`;
  }
  const block = `${scientific(blocks.maxRel)} of a block’s largest output`;
  if (!passed) {
    return `The fused network is another one: at ${blocks.worst ?? 'a block'} it differs by ${block}, more than the 1e-5 that is allowed. Do not use it before this is understood.`;
  }
  const rounding = noise === undefined ? '' : `; rounding by itself moves it by ${scientific(noise)}`;
  return `Fused into plain convolutions it is the same network: on the same input the largest difference is ${block}. The output differs by ${whole}${rounding}.`;
}

/** What a chart shows, in one sentence. */
export function chartSentence(
  state: TrainingState,
  comparison: Comparison | undefined,
  format: Format,
): string {
  if (comparison) {
    return `After epoch ${format.count(comparison.epoch)} ACNet has ${format.fixed(comparison.acnet, 2)} %, the baseline ${format.fixed(comparison.baseline, 2)} %.`;
  }
  return state.arms.acnet || state.arms.baseline
    ? 'One network has been measured so far.'
    : 'Nothing measured yet.';
}
