import { RuleTester } from 'eslint';
import { it } from 'vitest';
import tseslint from 'typescript-eslint';
import { docstrings } from '../../scripts/eslint/docstrings.mjs';

it('exports have a docstring, a schema and its type one for both', () => {
  const tester = new RuleTester({ languageOptions: { parser: tseslint.parser } });
  tester.run('docstrings', docstrings, {
    valid: [
      '/** Bytes. */ export const size = 1;',
      'const size = 1;',
      'export const schema = make(); /** A thing. */ export interface Thing extends Of<typeof schema> {}',
      '/** A thing. */ export const schema = make(); export type Thing = Of<typeof schema>;',
      "/** All. */ export const ALL = ['a'] as const; export type One = (typeof ALL)[number];",
    ],
    invalid: [
      { code: 'export const size = 1;', errors: 1 },
      { code: '// Bytes.\nexport const size = 1;', errors: 1 },
      { code: 'export const schema = make(); export type Thing = Of<typeof schema>;', errors: 2 },
      {
        code: 'export const schema = make(); /** A thing. */ export type Thing = Of<typeof other>;',
        errors: 1,
      },
      {
        code: '/** A part. */ export const part = make(); export interface Thing { readonly part: typeof part }',
        errors: 1,
      },
    ],
  });
});
