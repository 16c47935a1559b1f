import { describe, expect, it } from 'vitest';
import { counted, scientific } from '../../../src/shared/numbers';

describe('numbers in sentences', () => {
  it('stand before their noun, one alone without its s', () => {
    expect([0, 1, 2].map((value) => counted(value, 'epoch'))).toEqual(['0 epochs', '1 epoch', '2 epochs']);
  });

  it('that are tiny have two digits and a real minus; zero is 0', () => {
    expect([0, 2.14e-7, 1e-5, 3e12].map((value) => scientific(value))).toEqual([
      '0',
      '2.1e−7',
      '1.0e−5',
      '3.0e12',
    ]);
    expect(scientific(1e-5, 0)).toBe('1e−5');
  });
});
