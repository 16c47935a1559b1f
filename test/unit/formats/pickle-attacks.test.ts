import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BoundedExaminer, ONE_LINE, OPENED_OR_REFUSED } from '../../support/bounded';
import { ATTACKS, CARRY_OUT } from '../../support/pickle-attacks';
import { dictPickle, pickle, tensorPickle } from '../../support/pickles';
import { torchLegacy, torchZip } from '../../support/torch-files';

const folder = mkdtempSync(join(tmpdir(), 'acnet-attacks-'));
const examiner = new BoundedExaminer();
afterAll(() => {
  examiner.close();
  rmSync(folder, { recursive: true });
});

const numbers = Float32Array.from({ length: 18 }, (_, i) => i / 8);
const weight = tensorPickle('0', { shape: [2, 1, 3, 3], count: 18 });
const storages = { 0: numbers };
const FORMS = [torchZip, torchLegacy];

describe('a pickle that would run a command', () => {
  const canary = (name: string): string => join(folder, `${name.replace(/\W/g, '-')}.ran`);

  beforeAll(() => {
    const files = ATTACKS.map(({ name, value }) => {
      const file = join(folder, `${name.replace(/\W/g, '-')}.pkl`);
      writeFileSync(file, pickle(value(`touch ${canary(name)}.by-python`), '.'));
      return file;
    });
    execFileSync('python3', ['-c', CARRY_OUT, ...files]);
  });

  it.each(ATTACKS.filter(({ live }) => live !== false))('by $name does so in Python', ({ name }) => {
    expect(existsSync(`${canary(name)}.by-python`)).toBe(true);
  });

  it.each(ATTACKS)('by $name is an inert value or an error, wherever it stands', async ({ name, value }) => {
    const attack = value(`touch ${canary(name)}`);
    const inTensor = pickle(
      'ctorch._utils\n_rebuild_parameter\n(',
      attack,
      '\x89ccollections\nOrderedDict\n)RtR',
    );
    const places = [attack, dictPickle({ weight, other: attack }), dictPickle({ weight, other: inTensor })];
    for (const write of FORMS) {
      const [alone, ...others] = places.map((place) => write(place, storages));
      expect(await examiner.examine(alone)).toMatchObject({ outcome: 'refused', message: ONE_LINE });
      for (const file of others) expect(await examiner.examine(file)).toMatchObject(OPENED_OR_REFUSED);
      expect(existsSync(canary(name))).toBe(false);
    }
  });
});
