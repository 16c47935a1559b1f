import { AsyncLocalStorage } from 'node:async_hooks';
import type { Checkpoint, Reading } from '../core/checkpoint';
import { OnnxPayload } from '../core/formats/onnx/read/payload';
import { equalWeightsAssumed } from '../core/formats/onnx/read/separate';
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
  readonly reading: Reading;
}

const listening = new AsyncLocalStorage<Listening>();

/**
 * Runs some work and tells each assumption about a network that is opened meanwhile, once. Whoever starts operations
 * (command line, workers) starts them through this, so that none of them can keep an assumption to itself.
 * @param onAssumed called when the file is opened, before anything is done with it
 * @param reading what a person says of every file that is opened meanwhile
 */
export async function tellingAssumed<T>(
  work: () => Promise<T> | T,
  onAssumed: (assumed: AssumedNetwork) => void,
  reading: Reading = {},
): Promise<{ readonly value: T; readonly assumed: readonly AssumedNetwork[] }> {
  const found = new Map<string, AssumedNetwork>();
  const value = await listening.run({ found, onAssumed, reading }, async () => work());
  return { value, assumed: [...found.values()] };
}

/** What the person who started the work says of files. */
export function presentReading(): Reading {
  return listening.getStore()?.reading ?? {};
}

/** Takes note of a checkpoint that was opened. @param isFound true where a model beside the file was taken unasked */
export function noteAssumed(checkpoint: Checkpoint, isFound: boolean): void {
  const known = architectureOf(checkpoint);
  if (known?.state === 'assumed') tell(checkpoint, assumedToBe(known));
  if (known?.state === 'attached' && isFound)
    tell(checkpoint, `taken to be the ${known.label}: ${known.reason}`);
  const blocks = assumedOfBlocks(checkpoint);
  if (blocks !== undefined) tell(checkpoint, blocks);
  noteEqualWeights(checkpoint);
}

/** The same of an ONNX model whose equal weights may be one or several. */
export function noteEqualWeights(checkpoint: Checkpoint): void {
  const separate = OnnxPayload.of(checkpoint)?.notes.separate;
  const assumed = separate && equalWeightsAssumed(separate);
  if (assumed !== undefined) tell(checkpoint, assumed);
}

function tell({ path }: Checkpoint, network: string): void {
  const listener = listening.getStore();
  const key = `${path}\n${network}`;
  if (!listener || listener.found.has(key)) return;
  const assumed = { path, network };
  listener.found.set(key, assumed);
  listener.onAssumed(assumed);
}
