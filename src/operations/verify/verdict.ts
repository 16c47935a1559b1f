import { count, counted, scientific } from '../../shared/numbers';
import type { VerifyResult } from '../../contract/results';

/** What a comparison found, in words: what decided, and how far that is from what is allowed. */
export function findingOf({ blocks, maxRel, tolerance, problem }: VerifyResult): string {
  if (problem !== undefined) return problem;
  const allowed = `allowed ${tolerance}`;
  if (!blocks) return `largest relative difference ${scientific(maxRel)}, ${allowed}`;
  const pieces = `each of ${count(blocks.count)} blocks and convolutions on the same input`;
  if (blocks.worst === undefined) return `${pieces}: no difference, ${allowed}`;
  const other = blocks.worstOther === undefined ? '' : ` (${blocks.worstOther} in the other network)`;
  return `${pieces}: largest difference ${scientific(blocks.maxRel)} of a channel's output at ${blocks.worst}${other}, ${allowed}`;
}

/** What does not decide, for the reader: the whole network's difference, and what rounding by itself does to it. */
export function besideOf({ blocks, maxRel, unpaired, noise, problem }: VerifyResult): string[] {
  if (problem !== undefined) return [];
  const whole = blocks ? [`whole network: largest relative difference ${scientific(maxRel)}`] : [];
  const rounding =
    noise === undefined ? [] : [`32-bit rounding by itself moves its outputs by about ${scientific(noise)}`];
  const why = unpaired === undefined ? [] : [`compared by outputs only, since ${unpaired}`];
  return [[...whole, ...rounding, ...why].join('; ')].filter((line) => line !== '');
}

/** Why a fused network cannot take the trained one's place; undefined where it can. */
export function failureOf(result: VerifyResult): string | undefined {
  if (result.passed) return undefined;
  const images = counted(result.samples, 'image');
  return `the fused network does not give the outputs of the trained one on ${images}: ${findingOf(result)}`;
}
