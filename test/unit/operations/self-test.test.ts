import { describe, expect, it } from 'vitest';
import { CancelledError, UserError } from '../../../src/core/errors';
import type { Backend } from '../../../src/engine/backend';
import { chooseBackend } from '../../../src/operations/backend/choose';
import { selfTest } from '../../../src/operations/backend/self-test';

const context = (backend: () => Promise<Backend>, signal = new AbortController().signal) => ({
  ...{ backend, signal, onProgress: () => undefined },
});

/** A backend whose every step has the next of these losses. */
function losing(losses: readonly number[]): { backend: () => Promise<Backend>; disposed: () => boolean } {
  let step = 0;
  let disposed = false;
  const session = { step: () => losses[step++], dispose: () => (disposed = true) };
  const backend = { description: 'a stand-in', training: () => session } as unknown as Backend;
  return { backend: () => Promise.resolve(backend), disposed: () => disposed };
}

describe('the self-test', () => {
  it.each(['tensorflow', 'portable'] as const)('shows that %s learns', async (name) => {
    const result = await selfTest(context(() => chooseBackend(name)));
    expect(result.steps).toBe(10);
    expect(result.lastLoss).toBeLessThan(result.firstLoss);
  });

  it.each([
    ['does not learn', [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]],
    ['computes no number', [1, 1, 1, 1, 1, 1, 1, 1, 1, NaN]],
  ])('refuses one that %s', async (_, losses) => {
    const { backend, disposed } = losing(losses);
    await expect(selfTest(context(backend))).rejects.toThrow(UserError);
    expect(disposed()).toBe(true);
  });

  it('can be stopped', async () => {
    const { backend, disposed } = losing([3, 2, 1]);
    await expect(selfTest(context(backend, AbortSignal.abort()))).rejects.toThrow(CancelledError);
    expect(disposed()).toBe(true);
  });
});
