import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileStates } from '../../../src/host/facts/states';
import { Measurements } from '../../../src/host/facts/measurements';

const folder = mkdtempSync(path.join(tmpdir(), 'acnet-measured-'));
const [own, other] = ['a.keras', 'b.keras'].map((name) => path.join(folder, name));
const write = (file: string, text: string): void => writeFileSync(file, text);

describe('what was measured on a file', () => {
  beforeEach(() => void mkdirSync(folder, { recursive: true }));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const measured = async () => {
    const states = new FileStates();
    const measurements = new Measurements(states);
    const begin = async (): Promise<void> => {
      states.update('a', { verify: { other, phase: 'running' } });
      await measurements.begin({ key: 'a', path: own }, 'verify');
      states.update('a', { verify: { other, phase: 'done' } });
    };
    await begin();
    const isOutdated = async (): Promise<boolean> => {
      await measurements.look('a');
      return states.get('a').verify?.outdated ?? false;
    };
    return { begin, isOutdated };
  };

  it('holds until one of its files changes, and again when it is measured anew', async () => {
    write(own, 'one');
    write(other, 'two');
    const { begin, isOutdated } = await measured();
    expect(await isOutdated()).toBe(false);
    write(other, 'three');
    expect(await isOutdated()).toBe(true);
    await begin();
    expect(await isOutdated()).toBe(false);
    rmSync(own);
    expect(await isOutdated()).toBe(true);
  });

  it('is looked at when it has ended, not while it runs', async () => {
    let stamp = 'before';
    const states = new FileStates();
    const measurements = new Measurements(states, () => Promise.resolve(stamp));
    const run = { options: { groups: [], seeds: 1 }, curves: {} };
    await measurements.begin({ key: 'a', path: own }, 'pruning');
    states.update('a', { pruning: { ...run, phase: 'running' } });
    stamp = 'after';
    await measurements.look('a');
    expect(states.get('a').pruning?.outdated).toBeUndefined();
    states.update('a', { pruning: { ...run, phase: 'done' } });
    await measurements.look('a');
    expect(states.get('a').pruning).toEqual({ ...run, phase: 'done', outdated: true });
    await measurements.look('b');
    expect(states.get('b')).toEqual({});
  });
});
