import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { restoreChoices as Restore } from '../../../webview/host-state';

let restoreChoices: typeof Restore;

beforeAll(async () => {
  vi.stubGlobal('acquireVsCodeApi', () => ({ getState: () => undefined }));
  ({ restoreChoices } = await import('../../../webview/host-state'));
});

describe('what a page remembers of an earlier one', () => {
  it('is taken back where it is well formed', () => {
    const saved = {
      tab: 'pruning',
      pruneGroups: 'all',
      pruneSeeds: '3',
      overlay: 'border',
      filterOrder: 'index',
    };
    expect(restoreChoices(saved)).toMatchObject(saved);
    expect(restoreChoices({ tab: 'training' }).tab).toBe('training');
  });

  it('is left where it is not, or of another version', () => {
    const initial = restoreChoices(undefined);
    expect(initial).toMatchObject({ tab: 'overview', pruneStep: '5', overlay: 'acnet', filterOrder: 'norm' });
    const odd = {
      tab: 'nowhere',
      pruneSeeds: 5,
      pruneStep: '3',
      overlay: null,
      pruneImages: 'some',
      other: 1,
    };
    expect(restoreChoices(odd)).toEqual(initial);
    expect(restoreChoices('text')).toEqual(initial);
  });
});
