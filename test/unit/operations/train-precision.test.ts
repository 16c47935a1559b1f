import { expect, it } from 'vitest';
import { precisionWarning } from '../../../src/operations/train/precision';
import { FakeBackend } from '../../support/fake-backend';
import { nativeBackend } from '../../support/native';

const costing = (cost: number) => Object.assign(new FakeBackend(() => 1), { cost: () => cost });

it('a precision that takes longer than float32 is told of', () => {
  expect(precisionWarning(costing(9.96), 'bfloat16')).toBe(
    'convolutions in bfloat16 take 10.0 times as long as in float32 on this processor',
  );
  expect(precisionWarning(costing(0.6), 'bfloat16')).toBeUndefined();
  expect(precisionWarning(new FakeBackend(() => 1), 'bfloat16')).toBeUndefined();
});

it('TensorFlow times a convolution', async () => {
  const backend = await nativeBackend();
  expect(backend.cost?.('float32')).toBe(1);
  const cost = backend.cost?.('bfloat16') ?? NaN;
  expect(cost).toBeGreaterThan(0.05);
  expect(cost).toBeLessThan(1000);
});
