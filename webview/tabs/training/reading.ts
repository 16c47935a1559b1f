/** The sentences of the Training tab: computed, and with what they do not show. */
import type { TrainResult } from '../../../src/contract/results';
import type { TrainingState } from '../../../src/contract/operations/train';
import type { Format } from '../../../src/shared/format';
import { differenceContains } from '../../../src/shared/difference-words';
import { scientific } from '../../../src/shared/numbers';
import { trainedDifferenceWords, verdictWords } from '../../../src/shared/trained-difference';
import type { Comparison } from './model';

/** What the result says. */
export function resultReading(result: TrainResult, format: Format): string[] {
  const { baseline, acnet, fused, difference } = result;
  const points = acnet.top1 - baseline.top1;
  const sentences = [
    baseline.trained
      ? `After the same recipe ACNet reaches ${format.fixed(acnet.top1, 2)} % and the baseline ${format.fixed(baseline.top1, 2)} %: ${format.signed(points, 2)} points.`
      : `ACNet reaches ${format.fixed(acnet.top1, 2)} %. The baseline was not trained by the same recipe, so the gain of the blocks is not known.`,
  ];
  sentences.push(`The difference contains ${differenceContains(result)}.`);
  if (difference) sentences.push(trainedDifferenceWords(difference, format));
  if (baseline.trained) sentences.push(verdictWords(result.seeds, format));
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
