import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  chooseBackend,
  chosenByEnvironment,
  roughly,
  TimeEstimate,
  usable,
} from '../../../src/operations/backend/choose';
import { temporaryFolder } from '../../support/folders';

describe('the choice of a backend', () => {
  it('is the portable one, with a word, where TensorFlow is not found; one asked for by name is refused', async () => {
    vi.stubEnv('ACNET_CACHE', temporaryFolder());
    vi.stubEnv('ACNET_NATIVE', '');
    onTestFinished(() => void vi.unstubAllEnvs());
    const said: string[] = [];
    const say = (text: string): void => void said.push(text);
    await expect(chooseBackend('tensorflow', say)).rejects.toThrow(
      /^TensorFlow was not found; `npm run setup` installs it, and the portable backend does without \(found nothing in cache folder/,
    );
    expect(said).toEqual([]);
    const stood = await chooseBackend(undefined, say);
    expect(stood.portable).toBe(true);
    expect(said).toEqual([expect.stringContaining('about six times slower') as string]);
    expect(await chooseBackend('portable', say)).toBe(stood);
    expect(said).toHaveLength(1);
  });

  it('a place that was named is final', () => {
    expect(usable({ ACNET_NATIVE: '/nowhere' })).toBe('tensorflow');
    expect(usable({ ACNET_CACHE: path.resolve('/nowhere') })).toBe('portable');
  });

  it('comes from ACNET_BACKEND, which must name one', () => {
    expect(() => chosenByEnvironment({ ACNET_BACKEND: 'webgl' })).toThrow(
      'ACNET_BACKEND names no backend (expected tensorflow or portable; found webgl)',
    );
    expect(chosenByEnvironment({ ACNET_BACKEND: 'portable' })).toBe('portable');
    expect(chosenByEnvironment({})).toBeUndefined();
  });
});

describe('the time', () => {
  it('is told once, from the third report on', () => {
    const told: string[] = [];
    const estimate = new TimeEstimate((text) => told.push(text));
    const report = (done: number, perSecond: number): void =>
      estimate.update({ phase: 'Evaluating', done, total: 1000, secondsLeft: 1, perSecond });
    estimate.update({ phase: 'Evaluating', done: 0, total: 1000 });
    report(10, 1);
    report(20, 2);
    expect(told).toEqual([]);
    report(30, 4);
    report(40, 8);
    expect(told).toEqual(['Evaluating: 4 a second, about 5 min for 1000']);
  });

  it.each([
    [0.2, '1 s'],
    [99, '99 s'],
    [101, '2 min'],
    [9000, '2.5 h'],
  ])('%f seconds are %s', (seconds, text) => {
    expect(roughly(seconds)).toBe(text);
  });
});
