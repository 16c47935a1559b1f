import { AsyncLocalStorage } from 'node:async_hooks';
import type { Checkpoint, Reading } from '../core/checkpoint';

/** A file of whose network something other than the file says what it is: names and shapes, a model beside it, or nothing. */
export interface AssumedNetwork {
  readonly path: string;
  /** What it is taken to be and why, in one line without the path. */
  readonly network: string;
  /** What a person can say otherwise, if there is such a thing. */
  readonly choice?: keyof Reading;
  /** The file of which a person can state that choice. */
  readonly unclear?: string;
}

/** What a person says of a file. */
export type ReadingOf = (file: string) => Reading;

interface Listening {
  readonly found: Map<string, AssumedNetwork>;
  readonly onAssumed: (assumed: AssumedNetwork) => void;
  readonly readingOf: ReadingOf;
}

const listening = new AsyncLocalStorage<Listening>();

/**
 * Runs some work and tells each assumption about a network that is opened meanwhile, once. Whoever starts operations
 * (command line, workers) starts them through this, so that none of them can keep an assumption to itself.
 * @param onAssumed called when the file is opened, before anything is done with it
 * @param readingOf what a person says of the files that are opened meanwhile
 */
export async function tellingAssumed<T>(
  work: () => Promise<T> | T,
  onAssumed: (assumed: AssumedNetwork) => void,
  readingOf: ReadingOf = () => ({}),
): Promise<{ readonly value: T; readonly assumed: readonly AssumedNetwork[] }> {
  const found = new Map<string, AssumedNetwork>();
  const value = await listening.run({ found, onAssumed, readingOf }, async () => work());
  return { value, assumed: [...found.values()] };
}

/** What the person who started the work says of a file. */
export function presentReading(file: string): Reading {
  return listening.getStore()?.readingOf(file) ?? {};
}

/** Takes note of a checkpoint that was opened. @param isFound true where a model beside the file was taken unasked */
export function noteAssumed(checkpoint: Checkpoint, isFound: boolean): void {
  const known = checkpoint.weights?.architecture;
  if (known?.state === 'attached' && isFound)
    tell(checkpoint, `taken to be the ${known.label}: ${known.reason}`);
  noteAssumptions(checkpoint, checkpoint.path);
}

/**
 * What the reader of a file assumed.
 * @param file the file that was opened: this one, or weights whose network it gives
 */
export function noteAssumptions(checkpoint: Checkpoint, file: string): void {
  for (const { text, choice } of checkpoint.assumptions ?? [])
    tell(checkpoint, text, { choice, ...(choice !== undefined && { unclear: file }) });
}

function tell(
  { path }: Checkpoint,
  network: string,
  { choice, unclear }: Pick<AssumedNetwork, 'choice' | 'unclear'> = {},
): void {
  const listener = listening.getStore();
  const key = `${path}\n${network}`;
  if (!listener || listener.found.has(key)) return;
  const assumed = {
    ...{ path, network },
    ...(choice !== undefined && { choice }),
    ...(unclear !== undefined && { unclear }),
  };
  listener.found.set(key, assumed);
  listener.onAssumed(assumed);
}
