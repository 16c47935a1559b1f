import { onTestFinished, vi } from 'vitest';

/** A clock of this process that only the test moves. */
export interface Clock {
  /** Time passes: `performance.now` tells it, and intervals whose time has come are called. */
  pass(milliseconds: number): void;
}

/** Puts such a clock in the place of the real one until the test ends; what waits for a real `setTimeout` still does. */
export function ownClock(): Clock {
  vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  return { pass: (milliseconds) => void vi.advanceTimersByTime(milliseconds) };
}
