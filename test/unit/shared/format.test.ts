import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFormat } from '../../../src/shared/format';
import * as numbers from '../../../src/shared/numbers';

const en = createFormat('en');

describe('numbers', () => {
  it('are grouped and fixed', () => {
    expect(en.count(4816330)).toBe('4,816,330');
    expect(en.fixed(0.9559, 3)).toBe('0.956');
    expect(en.ratio(1.0349)).toBe('1.03×');
  });

  it('stand before their noun, one alone without its s', () => {
    const words = [0, 1, 2, 1234].map((value) => en.counted(value, 'image'));
    expect(words).toEqual(['0 images', '1 image', '2 images', '1,234 images']);
  });

  it('carry a sign and the real minus; zero has neither', () => {
    expect(en.signed(-0.1, 3)).toBe('−0.100');
    expect(en.signed(0.02, 3)).toBe('+0.020');
    expect(en.signed(0.0004, 3)).toBe('0.000');
    expect(en.signed(-0.0004, 3)).toBe('0.000');
  });

  it('leave out the leading zero where room is short, and only that', () => {
    expect(en.signed(-0.1, 3, true)).toBe('−.100');
    expect(en.signed(1.25, 2, true)).toBe('+1.25');
  });

  it('show what is missing as a dash, never as 0', () => {
    for (const missing of [null, NaN, Infinity]) {
      const all = [en.count(missing), en.fixed(missing, 2), en.signed(missing, 2), en.ratio(missing)];
      expect([...all, en.macs(missing), en.millions(missing)]).toEqual(Array(6).fill('–'));
    }
  });

  it('give MACs in k, M, G or T with three digits', () => {
    expect(en.macs(1.21e9)).toBe('1.21 G');
    expect(en.macs(2_360_000)).toBe('2.36 M');
    expect(en.macs(115_605_504)).toBe('116 M');
    expect(en.macs(999_600_000)).toBe('1.00 G');
    expect(en.macs(900)).toBe('900');
    expect(en.macs(999.7)).toBe('1,000');
    expect(en.macs(26_130)).toBe('26.1 k');
    expect(en.macs(999_600)).toBe('1.00 M');
    expect(en.macs(1.2e13)).toBe('12.0 T');
    expect(en.millions(59_006_976)).toBe('59.0');
    expect(en.millions(4_000)).toBe('0.004');
  });

  it('give bytes in binary units', () => {
    expect(en.bytes(0)).toBe('0 B');
    expect(en.bytes(1023)).toBe('1,023 B');
    expect(en.bytes(1024)).toBe('1.0 KiB');
    expect(en.bytes(18.4 * 2 ** 20)).toBe('18.4 MiB');
    expect(en.bytes(4.8e9)).toBe('4.5 GiB');
    expect(en.bytes(2 ** 20 - 1)).toBe('1.0 MiB');
    expect(en.bytes(2 ** 52)).toBe('4,096.0 TiB');
  });

  it('that are tiny have two digits and a real minus; zero is 0', () => {
    const tiny = [3.2e-7, 0, NaN, 0.02, -1e-5, 3e12].map((value) => en.scientific(value));
    expect(tiny).toEqual(['3.2e−7', '0', '–', '2.0e−2', '−1.0e−5', '3.0e12']);
    expect(en.scientific(1e-5, 0)).toBe('1e−5');
  });

  it('are the same in the terminal, the report and an English editor', () => {
    for (const value of [0, 900, 26_130, 1_048_575, 999_600_000, 1.2e13]) {
      expect(numbers.macs(value)).toBe(en.macs(value));
      expect(numbers.bytes(value)).toBe(en.bytes(value));
      expect(numbers.count(value)).toBe(en.count(value));
    }
    for (const value of [-0.25, 0, 2.1e-7]) {
      expect(numbers.scientific(value)).toBe(en.scientific(value));
      expect(numbers.signed(value, 2)).toBe(en.signed(value, 2));
    }
  });

  it('give times that people say', () => {
    expect(en.duration(2.2)).toBe('2 s');
    expect(en.duration(240)).toBe('4 min');
    expect(en.duration(3900)).toBe('1 h 5 min');
    expect(en.duration(-1)).toBe('0 s');
  });

  it('follow the language, and fall back to English for a malformed tag', () => {
    expect(createFormat('de').fixed(1234.5, 1)).toBe('1.234,5');
    expect(createFormat('de').signed(-0.1, 3, true)).toBe('−,100');
    expect(createFormat('not a tag').count(1234)).toBe('1,234');
  });

  it('never hold a hyphen for a minus', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), (value) => {
        expect(en.signed(value, 3)).not.toContain('-');
        expect(en.fixed(value, 3)).not.toContain('-');
      }),
    );
  });
});
