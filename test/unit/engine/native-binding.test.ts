import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { bindingSources, changed } from '../../../scripts/setup/binding.mjs';

const BINDING = 'node_modules/@tensorflow/tfjs-node/binding';

it("tfjs-node's addon is compiled with a third argument of loadSavedModel, and is otherwise as it comes", () => {
  const sources = bindingSources();
  const differing = [...sources].filter(
    ([name, text]) => readFileSync(path.join(BINDING, name), 'utf8') !== text,
  );
  expect(differing.map(([name]) => name).sort()).toEqual([
    'tfjs_backend.cc',
    'tfjs_backend.h',
    'tfjs_binding.cc',
  ]);
  expect(sources.get('tfjs_binding.cc')).toContain('LoadSavedModel(env, args[0], args[1], args[2])');
  expect(sources.get('tfjs_binding.cc')).toContain('"sessionOptions"');
  expect(sources.get('tfjs_backend.cc')).toContain('SetSessionConfig(env, config_value, session_options)');
});

it('another source than the one that is changed ends the set-up, with its name', () => {
  expect(changed('a.cc', 'one two', [['two', '$& three']])).toBe('one $& three');
  expect(() => changed('a.cc', 'one', [['two', 'three']])).toThrow(
    /tfjs-node's a\.cc is not .* 0 times: two/,
  );
  expect(() => changed('a.cc', 'two two', [['two', 'three']])).toThrow(/found 2 times/);
});
