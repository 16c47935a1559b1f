import { beforeEach, describe, expect, it } from 'vitest';
import { allowedPlaces } from '../../../src/host/training/outside';
import { answers, given } from '../../support/vscode';

const FILE = '/repo/a.acnet.json';
const ELSEWHERE = { outside: { folders: ['/home/ada/.config'], existing: ['/home/ada/.config/net.keras'] } };
const WITHIN = { outside: { folders: [], existing: [] } };

beforeEach(() => {
  given.length = 0;
  answers.next = () => undefined;
});

describe('a job that writes outside of the workspace', () => {
  it('is asked about, with all paths; it runs only if the user agrees', async () => {
    expect(await allowedPlaces(FILE, ELSEWHERE, 'ask')).toBeUndefined();
    expect(given).toContainEqual(['warning', 'a.acnet.json writes outside of its folder and the workspace.']);
    expect(given).toContainEqual([
      'warning.detail',
      'It writes into /home/ada/.config. Already there, and replaced if the run overwrites: /home/ada/.config/net.keras.',
    ]);
    answers.next = ([first]) => first;
    expect(await allowedPlaces(FILE, ELSEWHERE, 'ask')).toEqual(['/home/ada/.config']);
  });

  it('is not asked about where it writes inside', async () => {
    expect(await allowedPlaces(FILE, WITHIN, 'ask')).toEqual([]);
    expect(await allowedPlaces(FILE, WITHIN, 'refuse')).toEqual([]);
    expect(given).toEqual([]);
  });

  it('is refused or let to callers by name, without a question', async () => {
    await expect(allowedPlaces(FILE, ELSEWHERE, 'refuse')).rejects.toThrow(/"allowOutside" allows it/);
    expect(await allowedPlaces(FILE, ELSEWHERE, 'allow')).toEqual(['/home/ada/.config']);
    expect(given).toEqual([]);
  });
});
