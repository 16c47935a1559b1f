import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellsOf, cutTo } from '../../../src/cli/cells';
import { facts, table } from '../../../src/cli/render/table';
import { visible } from '../../../src/shared/sinks/visible';
import { HOSTILE, hostileText, UNSEEN } from '../../support/hostile';
import { SINKS } from './sinks';

const FOLDER = join(import.meta.dirname, '../../../src/shared/sinks');

describe('every way out of the product', () => {
  it('is in this test: each function of src/shared/sinks has its row', async () => {
    const functions: string[] = [];
    for (const file of readdirSync(FOLDER)) {
      const module = (await import(join(FOLDER, file))) as Record<string, unknown>;
      functions.push(...Object.keys(module).map((name) => `${file}: ${name}`));
    }
    expect(SINKS.map(({ file, name }) => `${file}: ${name}`).sort()).toEqual(functions.sort());
  });

  it.each(SINKS)('$name holds hostile text as text', ({ apply, holds, ours }) => {
    for (const text of [...HOSTILE, ours]) holds(apply(text), text);
    fc.assert(
      fc.property(hostileText, (text) => {
        holds(apply(text), text);
      }),
      { numRuns: 500, seed: 11 },
    );
  });

  it.each(SINKS)('$name leaves ordinary names as they are', ({ apply, ours, is }) => {
    expect(apply(ours)).toBe(is);
  });
});

describe('what nobody would see', () => {
  it('is shown by its number, once', () => {
    expect(visible('a\u001b[2J')).toBe('a\\u001b[2J');
    expect(visible('\u{e0001}\u202e\ud800')).toBe('\\u{e0001}\\u202e\\ud800');
    fc.assert(fc.property(hostileText, (text) => visible(visible(text)) === visible(text)));
  });

  it.each([
    'könig',
    'модель',
    '模型',
    '層_1',
    'मॉडल क्‍ष',
    'مدل می‌شود',
    '☃️',
    '🙂',
    'a/b:0',
    'C:\\net.keras',
  ])('is nothing in %s, as people write it', (name) => expect(visible(name)).toBe(name));

  it('joins no other letters', () => expect(visible('pay\u200dpal')).toBe('pay\\u200dpal'));
});

describe('columns of a table', () => {
  it.each(HOSTILE)('stay below each other beside %j', (text) => {
    const lines = table(
      [{ head: 'name' }, { head: 'n', align: 'right' }],
      [
        [text, '7'],
        ['plain', '12'],
      ],
    ).split('\n');
    expect(lines).toHaveLength(4);
    expect(new Set(lines.map(cellsOf)).size).toBe(1);
    expect(facts([[text, 'x']]).split('\n')).toHaveLength(1);
  });

  it('count what a terminal draws', () => {
    expect(['abc', '漢字', 'e\u0301', '🙂', 'ＡＢ', 'ü'].map(cellsOf)).toEqual([3, 4, 1, 2, 4, 1]);
    expect(cutTo('漢字x', 3)).toBe('漢');
    expect(cutTo('e\u0301e\u0301', 1)).toBe('e\u0301');
  });

  it('the test’s own eye finds what is unseen', () => {
    for (const character of ['\u001b', '\u009b', '\u202e', '\u2028', '\ud800', '\u200b', '\u007f'])
      expect(character).toMatch(UNSEEN);
    expect('aé漢🙂').not.toMatch(UNSEEN);
  });
});
