import { CancelledError } from '../core/errors';
import type { Backend } from '../engine/backend';
import type { Progress } from './results';

/** What an operation is given by whoever runs it (command line or worker). */
export interface OperationContext {
  /** Finds and loads the backend on first use. @throws UnsupportedError when there is none. */
  backend(): Promise<Backend>;
  /** Set when the user has asked to stop; operations look at it between steps. */
  readonly signal: AbortSignal;
  onProgress(progress: Progress): void;
}

/**
 * Lets timers and messages in, then ends the operation if it was cancelled. Backend calls are synchronous,
 * so every loop over batches awaits this once a round.
 */
export async function breathe(context: Pick<OperationContext, 'signal'>): Promise<void> {
  // Two rounds: the first may come before the event loop has looked for messages at all.
  for (let round = 0; round < 2; round++) await new Promise((resolve) => setImmediate(resolve));
  if (context.signal.aborted) throw new CancelledError();
}
