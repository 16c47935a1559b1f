import type { ByteSource } from '../../bytes';
import { Cursor } from './cursor';
import { Machine } from './machine';
import { OPCODES } from './opcodes';
import type { PyValue } from './values';

/** Bytes of one pickle. What PyTorch pickles is names and shapes; the numbers lie outside. */
export const MAX_PICKLE = 128 * 1024 * 1024;
const STOP = 0x2e;

/**
 * Interprets one pickle. Nothing is imported, called or executed: classes become names and objects the recipe by
 * which Python would have made them. Time and memory are bounded by the pickle's length.
 * @param start where in the file it begins
 * @param where what errors call it
 * @param limit bytes of it
 * @returns its value, and where the next byte after it is
 * @throws CheckpointError if it is malformed, cut short or beyond the limits.
 */
export function readPickle(
  source: ByteSource,
  start: number,
  where: string,
  limit = MAX_PICKLE,
): { value: PyValue; end: number } {
  const cursor = new Cursor(source, start, Math.min(source.size, start + limit), where);
  const machine = new Machine(cursor);
  for (let code = cursor.byte(); code !== STOP; code = cursor.byte()) {
    machine.tick();
    const letter = String.fromCharCode(code);
    const operation = Object.hasOwn(OPCODES, letter) ? OPCODES[letter] : undefined;
    if (!operation) throw cursor.error('this is not a pickle', `opcode 0x${code.toString(16)}`);
    operation(machine);
  }
  return { value: machine.pop(), end: cursor.at };
}
