import { AsyncLocalStorage } from 'node:async_hooks';
import type { Checkpoint } from '../core/checkpoint';
import { architectureOf, assumedOfBlocks, assumedToBe } from '../core/formats/state-dict/payload';

/** A file of whose network something other than the file says what it is: names and shapes, a model beside it, or nothing. */
export interface AssumedNetwork {
  readonly path: string;
  /** What it is taken to be and why, in one line without the path. */
  readonly network: string;
}

interface Listening {
  readonly found: Map<string, AssumedNetwork>;
  readonly onAssumed: (assumed: AssumedNetwork) => void;
}

const listening = new AsyncLocalStorage<Listening>();

/**
 * Runs some work and tells each assumption about a network that is opened meanwhile, once. Whoever starts operations
 * (command line, workers) starts them through this, so that none of them can keep an assumption to itself.
 * @param onAssumed called when the file is opened, before anything is done with it
 */
export async function tellingAssumed<T>(
  work: () => Promise<T> | T,
  onAssumed: (assumed: AssumedNetwork) => void,
): Promise<{ readonly value: T; readonly assumed: readonly AssumedNetwork[] }> {
  const found = new Map<string, AssumedNetwork>();
  const value = await listening.run({ found, onAssumed }, async () => work());
  return { value, assumed: [...found.values()] };
}

/** Takes note of a checkpoint that was opened. @param isFound true where a model beside the file was taken unasked */
export function noteAssumed(checkpoint: Checkpoint, isFound: boolean): void {
  const listener = listening.getStore();
  if (!listener) return;
  for (const network of [networkOf(checkpoint, isFound), assumedOfBlocks(checkpoint)]) {
    const key = `${checkpoint.path}\n${network ?? ''}`;
    if (network === undefined || listener.found.has(key)) continue;
    const assumed = { path: checkpoint.path, network };
    listener.found.set(key, assumed);
    listener.onAssumed(assumed);
  }
}

function networkOf(checkpoint: Checkpoint, isFound: boolean): string | undefined {
  const known = architectureOf(checkpoint);
  if (!known || known.state === 'unknown' || (known.state === 'attached' && !isFound)) return undefined;
  return known.state === 'assumed' ? assumedToBe(known) : `taken to be the ${known.label}: ${known.reason}`;
}
