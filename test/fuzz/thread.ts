/** The thread that examines files, one after the other; whoever started it watches where it is. */
import { parentPort, workerData } from 'node:worker_threads';
import { hdf5IsBroken } from '../../src/core/encodings/hdf5/library';
import { peakBytes } from '../../src/files/process-memory';
import { buildCorpus } from './corpus';
import { dataCorpus } from './data-corpus';
import { examineSeed } from './examine';
import { mutated } from './mutate';
import { STATE, type Finding, type ThreadMessage, type Work } from './work';

const MEBIBYTE = 1024 * 1024;
/** Rewriting costs several times what reading does. */
const REWRITE_EVERY = 4;

const { first, end, step, only, state, memoryLimit } = workerData as Work;
const post = (message: ThreadMessage): void => parentPort?.postMessage(message);

async function run(): Promise<void> {
  const all = [...(await buildCorpus()), ...dataCorpus()];
  const seeds = all.filter(({ name }) => only === undefined || name.startsWith(only));
  if (seeds.length === 0)
    throw new Error(`no seed begins with ${only}: ${all.map(({ name }) => name).join(', ')}`);
  await examineSeeds(seeds);
  for (let number = first; number < end; number += step) {
    const seed = seeds[number % seeds.length];
    Atomics.store(state, STATE.number, number);
    Atomics.add(state, STATE.begun, 1);
    const before = peakBytes();
    try {
      const outcome = await examineSeed(mutated(seed, number), number % REWRITE_EVERY === 0);
      Atomics.add(state, STATE[outcome], 1);
    } catch (error) {
      post({ type: 'finding', finding: finding(number, seed.name, 'error', text(error)) });
    }
    const after = peakBytes();
    if (after > before && after > memoryLimit) {
      const grown = `${Math.round(before / MEBIBYTE)} → ${Math.round(after / MEBIBYTE)} MiB`;
      post({ type: 'finding', finding: finding(number, seed.name, 'memory', grown) });
    }
    if (hdf5IsBroken()) {
      // It refuses everything from here on; the next thread has a new one.
      post({ type: 'end', next: number + step });
      return;
    }
  }
  post({ type: 'end', next: end });
}

/** What readers refuse unchanged would make every refusal of a mutation worthless. */
async function examineSeeds(seeds: Awaited<ReturnType<typeof buildCorpus>>): Promise<void> {
  for (const seed of seeds) {
    if ((await examineSeed(seed, false)) !== 'opened')
      throw new Error(`the unchanged ${seed.name} is refused`);
  }
}

function finding(number: number, seed: string, kind: Finding['kind'], what: string): Finding {
  return { number, seed, kind, text: what };
}

function text(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

void run();
