import { RuleTester } from 'eslint';
import { describe, expect, it } from 'vitest';
import { plainer, plainWords } from '../../scripts/eslint/plain-words.mjs';

describe('words that are hard to read', () => {
  it.each([
    ['They were held against the same', 'compared with'],
    ['that is no ONNX file', 'is not a'],
    ['a file of weights alone', 'only'],
    ['--resume goes on with the run', 'continues'],
    ['what stands behind it', 'follows'],
  ])('%s', (text, better) => {
    expect(plainer(text).join()).toContain(better);
  });

  it.each(['there is no network', 'it is no longer a number', 'lonely', 'Verify takes both files'])(
    'are not in: %s',
    (text) => {
      expect(plainer(text)).toEqual([]);
    },
  );

  it('are found in each kind of text, and not in a code of one word', () => {
    const tester = new RuleTester({
      languageOptions: { parserOptions: { ecmaFeatures: { jsx: true } } },
    });
    const rule = plainWords.rules?.texts;
    if (!rule) throw new Error('no rule');
    tester.run('texts', rule, {
      valid: ["kind = 'alone'", "import 'alone'"],
      invalid: ["say('by itself alone')", 'say(`${n} is no model`)', 'view = <p>compare alone</p>'].map(
        (code) => ({ code, errors: 1 }),
      ),
    });
  });
});
