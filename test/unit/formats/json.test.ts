import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isObject, parseJson, writeJson, type Json } from '../../../src/core/encodings/json';

describe('JSON of a file', () => {
  it('is read as JavaScript reads it, and written so that it reads the same', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const value = parseJson(text, {});
        expect(value).toEqual(JSON.parse(text));
        expect(JSON.parse(writeJson(value))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('keeps how numbers are spelled where nothing changed', () => {
    const text = '{"a": 0.0, "b": [1e-07, -0.0, NaN], "c": {"d": -Infinity, "e": 12345678901234567890}}';
    const value = parseJson(text, {});
    expect(writeJson(value)).toBe(text);
    expect(writeJson(isObject(value) ? { ...value, a: 1, b: [0] } : null)).toBe(
      '{"a": 1, "b": [0], "c": {"d": -Infinity, "e": 12345678901234567890}}',
    );
  });

  it('takes a key for a key', () => {
    const value = parseJson('{"__proto__": {"x": 1}, "y": 2}', {});
    expect(Object.keys(value as object)).toEqual(['__proto__', 'y']);
    expect(({} as Record<string, Json>).x).toBeUndefined();
  });

  it.each(['', '{', '[1,]', '{"a" 1}', '"a', '01', 'nul', '[1] 2', "{'a': 1}", '"\u0001"', '"\\x"'])(
    'refuses %j',
    (text) => {
      expect(() => parseJson(text, { path: 'config.json' })).toThrow(/^config\.json: malformed JSON/);
    },
  );

  it('may be nested, within reason', () => {
    expect(parseJson('['.repeat(150) + ']'.repeat(150), {})).toHaveLength(1);
    expect(() => parseJson('['.repeat(100_000), {})).toThrow('nested too deeply');
  });
});
