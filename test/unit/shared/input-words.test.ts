import { expect, it } from 'vitest';
import { inputValuesWords } from '../../../src/shared/input-words';

it.each([
  [{ highest: 255, by: 'rescaling', isCertain: true }, '0–255, because the network rescales by itself (a)'],
  [
    { highest: 255, by: 'normalization', isCertain: false },
    '0–255, because the network probably normalises by itself (a)',
  ],
  [{ highest: 1, by: 'normalization', isCertain: true }, '0–1, as its first layer expects (a)'],
  [
    { highest: 255, by: 'batchNorm', isCertain: true },
    '0–255, as the statistics of its first batch norm show (a)',
  ],
] as const)('says which values a network takes and why: %j', (evidence, words) => {
  expect(inputValuesWords({ ...evidence, layer: 'a' })).toBe(words);
});
