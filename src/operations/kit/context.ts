import { CancelledError } from '../../core/errors';
import type { Backend } from '../../engine/backend';
import type { Pause } from './pause';
import type { Progress } from '../../contract/results';

/** What an operation is given by whoever runs it (command line or worker). */
export interface OperationContext {
  /** Finds and loads the backend on first use. @throws UnsupportedError when there is none. */
  backend(): Promise<Backend>;
  /** Set when the user has asked to stop; operations look at it between steps. */
  readonly signal: AbortSignal;
  /** Set while the user wants the work to rest; operations look at it between steps. */
  readonly pause?: Pause;
  onProgress(progress: Progress): void;
}

/** Whoever must do something when the work rests. */
export interface Resting {
  /** Awaited before the work rests. */
  onPause?(): Promise<void>;
  /** Told how long it rested. */
  onResume?(milliseconds: number): void;
}

/**
 * Lets timers and messages in, rests while the operation is paused, and ends it if it was cancelled. Backend calls are
 * synchronous, so every loop over batches awaits this once a round.
 */
export async function breathe(
  { signal, pause }: Pick<OperationContext, 'signal' | 'pause'>,
  resting: Resting = {},
): Promise<void> {
  // Two rounds: the first may come before the event loop has looked for messages at all.
  for (let round = 0; round < 2; round++) await new Promise((resolve) => setImmediate(resolve));
  while (pause?.paused && !signal.aborted) {
    await resting.onPause?.();
    const start = performance.now();
    await untilAborted(signal, pause.wait());
    resting.onResume?.(performance.now() - start);
  }
  if (signal.aborted) throw new CancelledError();
}

async function untilAborted(signal: AbortSignal, work: Promise<void>): Promise<void> {
  let stop = (): void => undefined;
  const aborted = new Promise<void>((resolve) => (stop = resolve));
  signal.addEventListener('abort', stop);
  try {
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
