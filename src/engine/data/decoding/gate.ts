/** Images that take more while they are decoded are decoded one at a time, whatever the number of threads. */
const LARGE = 16 * 1024 * 1024;

const FREE = 0;

/** One place for all threads, which holds the number of the one that decodes a large image. */
export type Gate = Int32Array<SharedArrayBuffer>;

/** A gate that nobody holds. */
export function makeGate(): Gate {
  return new Int32Array(new SharedArrayBuffer(4));
}

/**
 * Runs `decode`, as the only thread where it takes much memory. Not for a thread that others wait for.
 * @param owner number of this thread, from 1
 */
export async function through<T>(
  gate: Gate,
  owner: number,
  memory: number,
  decode: () => Promise<T>,
): Promise<T> {
  if (memory <= LARGE) return decode();
  for (;;) {
    const before = Atomics.compareExchange(gate, 0, FREE, owner);
    if (before === FREE) break;
    Atomics.wait(gate, 0, before);
  }
  try {
    return await decode();
  } finally {
    leave(gate, owner);
  }
}

/** Opens the gate if that thread has passed it: one that has died does not open it itself. */
export function leave(gate: Gate, owner: number): void {
  if (Atomics.compareExchange(gate, 0, owner, FREE) === owner) Atomics.notify(gate, 0);
}
