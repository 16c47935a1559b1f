import { UnsupportedError } from '../core/errors';

/**
 * Makes the native backend repeatable to the bit: one thread inside operators, one between them. Must come before
 * the backend is first asked for.
 * @throws UnsupportedError when this process has loaded it with more threads already.
 */
export async function requireOneThread(): Promise<void> {
  const { loadedThreads, setThreads } = await import('../engine/native/load');
  const threads = loadedThreads();
  if (!threads) {
    setThreads({ intraOp: 1, interOp: 1 });
    return;
  }
  if (threads.intraOp === 1 && threads.interOp === 1) return;
  throw new UnsupportedError('a deterministic job needs one thread, and TensorFlow runs with more already', {
    found: `${threads.intraOp} threads in this process`,
    allowed: 'a process of its own, as the command line has',
  });
}
