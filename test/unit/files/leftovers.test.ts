import { spawnSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAtomically } from '../../../src/files/atomic';
import { removeLeftovers } from '../../../src/files/leftovers';
import { identityToName, thisProcess } from '../../../src/files/process-identity';
import { countChanges, withFault } from '../../support/crash-points';

let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'acnet-leftovers-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string): string => path.join(folder, name);
const own = thisProcess();
/** A pid that no process has. */
const gone = spawnSync(process.execPath, ['-e', '']).pid;

function nameOf(writer: Partial<typeof own>, kind = 'tmp', of = 'model.keras'): string {
  return `.${of}.${identityToName({ ...own, ...writer })}.0123abcd.${kind}`;
}

/** Writes `main` and, beside it, `one` and `two`. */
function writeThree(content: string, overwrite = true): Promise<void> {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  return writeAtomically(
    at('main'),
    (sink) => {
      for (const name of ['one', 'two']) sink.sibling?.(name, true).write(bytes(`${content} ${name}`));
      sink.write(bytes(content));
      return Promise.resolve();
    },
    { overwrite },
  );
}

const contents = (): Record<string, string> =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(at(name), 'utf8')]));
const whole = (content: string) => ({ main: content, one: `${content} one`, two: `${content} two` });

describe('what a killed writer leaves', () => {
  it('is removed by the next one that writes into the folder, and nothing else', async () => {
    const left = [nameOf({ pid: gone }), nameOf({ started: 'a1x5' }), `.a.keras.${gone}.0123abcd.tmp`];
    const others = [
      // Of living processes, and of another host.
      ...[nameOf({}), nameOf({ host: 'other_00000000', pid: gone }), `.a.keras.${own.pid}.0123abcd.tmp`],
      // An old copy of which no journal speaks.
      nameOf({ pid: gone }, 'old'),
      // No names of ours.
      ...['model.tmp', '.model.tmp', nameOf({ pid: gone }).slice(1), `${nameOf({ pid: gone })}.keras`],
      ...[nameOf({ pid: gone }, 'bak'), `.a.${gone}.0123abcg.tmp`, `.a.${gone}.0123abcd`, `..${gone}.tmp`],
    ];
    for (const name of [...left, ...others]) writeFileSync(at(name), '');
    await writeAtomically(at('new'), (sink) => Promise.resolve(sink.write(Uint8Array.of(1))));
    expect(readdirSync(folder).sort()).toEqual([...others, 'new'].sort());
    expect(removeLeftovers(folder)).toBe(0);
    expect(removeLeftovers(at('gone'))).toBe(0);
  });

  it('is a regular file: links and folders of such names stay, and what they lead to', () => {
    const [link, hard, directory] = ['a', 'b', 'c'].map((of) => nameOf({ pid: gone }, 'tmp', of));
    const journal = nameOf({ pid: gone }, 'journal');
    writeFileSync(at('precious'), 'of somebody');
    symlinkSync('precious', at(link));
    symlinkSync('precious', at(journal));
    linkSync(at('precious'), at(hard));
    mkdirSync(at(directory));
    expect(removeLeftovers(folder)).toBe(1);
    expect(lstatSync(at(link)).isSymbolicLink()).toBe(true);
    expect(readdirSync(folder).sort()).toEqual([link, journal, directory, 'precious'].sort());
    expect(readFileSync(at('precious'), 'utf8')).toBe('of somebody');
  });

  it('while it replaced several files is taken back or completed as a whole, at any change of the disk', async () => {
    await writeThree('old');
    const changes = await countChanges('killed', () => writeThree('new'));
    expect(changes).toBeGreaterThan(15);
    const states = new Set<string>();
    for (const fault of ['killed', 'killed half-way'] as const) {
      for (let point = 0; point < changes; point++) {
        rmSync(folder, { recursive: true });
        mkdirSync(folder);
        await writeThree('old');
        await withFault(fault, point, () => writeThree('new'));
        const main = readFileSync(at('main'), 'utf8');
        removeLeftovers(folder, () => true);
        expect(contents(), `point ${point}`).toEqual(whole(main));
        states.add(main);
      }
    }
    expect([...states]).toEqual(['old', 'new']);
  });

  it('while it wrote several new files is taken back or completed as a whole', async () => {
    const changes = await countChanges('killed', () => writeThree('new', false));
    const states = new Set<number>();
    for (let point = 0; point < changes; point++) {
      rmSync(folder, { recursive: true });
      mkdirSync(folder);
      await withFault('killed', point, () => writeThree('new', false));
      removeLeftovers(folder, () => true);
      const names = readdirSync(folder);
      states.add(names.length);
      expect(contents(), `point ${point}`).toEqual(names.length === 0 ? {} : whole('new'));
    }
    expect([...states]).toEqual([0, 3]);
  });

  it('is not taken back from what was put in place by somebody else since', async () => {
    await writeThree('old');
    const changes = await countChanges('killed', () => writeThree('x'));
    const kept = new Set<string>();
    for (let point = 0; point < changes; point++) {
      rmSync(folder, { recursive: true });
      mkdirSync(folder);
      await writeThree('old');
      await withFault('killed', point, () => writeThree('new'));
      for (const name of ['main', 'one']) {
        rmSync(at(name));
        writeFileSync(at(name), `${name} of somebody`);
      }
      removeLeftovers(folder, () => true);
      const { main, one, two, ...rest } = contents();
      expect({ main, one, rest }, `point ${point}`).toEqual({
        main: 'main of somebody',
        one: 'one of somebody',
        rest: {},
      });
      kept.add(two);
    }
    expect([...kept]).toEqual(['old two', 'new two']);
  });

  it('stays complete when the checkpoint got another name before anybody looked', async () => {
    await writeThree('old');
    const changes = await countChanges('killed', () => writeThree('x'));
    let moved = 0;
    for (let point = 0; point < changes; point++) {
      rmSync(folder, { recursive: true });
      mkdirSync(folder);
      await writeThree('old');
      await withFault('killed', point, () => writeThree('new'));
      if (readFileSync(at('main'), 'utf8') !== 'new') continue;
      renameSync(at('main'), at('best'));
      removeLeftovers(folder, () => true);
      expect(contents()).toEqual({ best: 'new', one: 'new one', two: 'new two' });
      moved += 1;
    }
    expect(moved).toBeGreaterThan(2);
  });

  it.runIf(process.getuid?.() === 0)('is not what another user says it is', async () => {
    await writeThree('old');
    for (let point = 0; contents().one !== 'new one'; point++) {
      removeLeftovers(folder, () => true);
      await withFault('killed', point, () => writeThree('new'));
    }
    expect(contents()).toMatchObject({ main: 'old', one: 'new one' });
    const journal = at(readdirSync(folder).find((name) => name.endsWith('.journal')) ?? '');
    chownSync(journal, 12345, 12345);
    removeLeftovers(folder, () => true);
    expect(contents()).toMatchObject({ main: 'old', one: 'new one' });
    expect(existsSync(journal)).toBe(true);
    chownSync(journal, 0, 0);
    removeLeftovers(folder, () => true);
    expect(contents()).toEqual(whole('old'));
  });

  it.each([
    ['half of one', '{"main": {"temp'],
    ['one that leads out of the folder', '../victim'],
    ['one that speaks of a file that is no temporary one', 'victim'],
  ])('is a journal, and %s touches nothing', (_what, named) => {
    const outer = at('victim');
    const inner = at('inside');
    mkdirSync(inner);
    writeFileSync(outer, 'of somebody');
    writeFileSync(path.join(inner, 'victim'), 'of somebody');
    const { ino, size } = lstatSync(outer, { bigint: true });
    const mark = {
      inode: `${ino}`,
      size: `${size}`,
      modified: `${lstatSync(outer, { bigint: true }).mtimeNs}`,
    };
    const step = { temporary: nameOf({ pid: gone }), target: 'new', mark };
    const text = named.startsWith('{')
      ? named
      : JSON.stringify({
          main: step,
          others: [{ ...step, target: named, temporary: named }],
          superseded: [],
        });
    const journal = path.join(inner, nameOf({ pid: gone }, 'journal'));
    writeFileSync(journal, text);
    expect(removeLeftovers(inner)).toBe(1);
    expect(readFileSync(outer, 'utf8')).toBe('of somebody');
    expect(readdirSync(inner)).toEqual(['victim']);
    expect(existsSync(journal)).toBe(false);
  });
});
