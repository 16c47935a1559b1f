import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact, type KnownFolder } from '../../../src/host/diagnose/redact';

const folders: KnownFolder[] = [
  { path: '/home/Ada Lovelace', label: '~', ours: false },
  { path: '/home/Ada Lovelace/.vscode/extensions/acnet', label: '<extension>', ours: true },
  { path: '/srv/secret project', label: '<workspace>', ours: false },
];
const names = ['ada'];
const clean = (text: string): string => redact(text, folders, names);

describe('a report without private paths', () => {
  it.each([
    ['in (/home/Ada Lovelace/clients/acme/venv/tensorflow)', 'in (~/…/tensorflow)'],
    ['in (/home/Ada Lovelace)', 'in (~)'],
    [
      '/home/Ada Lovelace/.vscode/extensions/acnet/dist/trainer.cjs: broken',
      '<extension>/dist/trainer.cjs: broken',
    ],
    ['(/srv/secret project/nets/a.keras)', '(<workspace>/…/a.keras)'],
    ['/data/acme/tf/libtensorflow_cc.so.2, and more', '…/…/libtensorflow_cc.so.2, and more'],
    ['(/data/acme corp/tf)', '(…/…/tf)'],
    ['Python (/usr/bin/python3)', 'Python (/usr/bin/python3)'],
    ['(C:\\Users\\grace\\tf)', '(…/…/tf)'],
    ['signed ADA, not Adana', 'signed <user>, not Adana'],
    ['TensorFlow 2.21.0, 2/2 threads', 'TensorFlow 2.21.0, 2/2 threads'],
  ])('%s', (text, expected) => {
    expect(clean(text)).toBe(expected);
  });

  it('tells no folder between a known one and the last name, whatever it is called', () => {
    const part = fc.stringMatching(/^[a-z][a-z0-9 ]{6,12}[a-z]$/);
    fc.assert(
      fc.property(
        part,
        part,
        fc.constantFrom(...folders.map(({ path }) => path), '/data', ''),
        (secret, last, root) => {
          fc.pre(!last.includes(secret) && root !== folders[1]?.path);
          expect(clean(`looked at (${root}/${secret}/${last}): nothing`)).not.toContain(secret);
        },
      ),
    );
  });
});
