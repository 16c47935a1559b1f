import { beforeEach, describe, expect, it, vi } from 'vitest';
import { announce } from '../../../src/host/kit/announce';
import { showReport } from '../../../src/host/report/show';
import { openLog } from '../../../src/host/ui/window';
import { answers, given } from '../../support/vscode';
import { LIMIT } from '../../support/limit';

describe('a button of a notification', () => {
  beforeEach(() => {
    given.length = 0;
    answers.next = (offered) => offered[0];
  });

  it('does what it says', async () => {
    const run = vi.fn();
    announce({ log: openLog('ACNet') }, 'done', [{ label: 'Open', run }]);
    await vi.waitFor(() => expect(run).toHaveBeenCalledTimes(1), LIMIT);
    expect(given.map(([where]) => where)).toEqual(['information', 'information button']);
  });

  it.each([
    ['at once', () => showReport('/nowhere/report.html'), /report\.html/],
    ['later', () => Promise.reject(new Error('refused')), /refused/],
  ])('says what went wrong, %s, as a command does', async (_, run, words) => {
    const before = answers.next;
    announce({ log: openLog('ACNet') }, 'done', [{ label: 'Open Report', run }]);
    answers.next = (offered) => (offered.includes('Show Log') ? undefined : before(offered));
    await vi.waitFor(() => expect(given.some(([where]) => where === 'error')).toBe(true), LIMIT);
    expect(given.find(([where]) => where === 'error')?.[1]).toMatch(words);
    expect(given.find(([where]) => where === 'log.error')?.[1]).toMatch(/^Open Report: /);
  });
});
