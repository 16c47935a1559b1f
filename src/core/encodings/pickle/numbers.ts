import type { Cursor } from './cursor';
import type { PyValue } from './values';

/** Bytes of one integer; Python's hashes and counters have 16. A longer one costs time that grows with its square. */
const MAX_INTEGER = 1024;
const MAX_DIGITS = 2000;

/** INT and LONG of protocol 0: decimal text, `00` and `01` for booleans, perhaps an L behind. */
export function readInteger(cursor: Cursor): boolean | bigint {
  const line = cursor.line();
  if (line === '00' || line === '01') return line === '01';
  const digits = /^\s*([+-]?\d+)L?$/.exec(line)?.[1];
  if (digits === undefined || digits.length > MAX_DIGITS) {
    throw cursor.error('the pickle has a malformed integer', line);
  }
  return BigInt(digits.replace('+', ''));
}

/** LONG1 and LONG4: little-endian two's complement. */
export function readLong(cursor: Cursor, length: number): bigint {
  if (length > MAX_INTEGER) {
    throw cursor.error('the pickle has a huge integer', `${length} bytes`, `at most ${MAX_INTEGER} bytes`);
  }
  if (length === 0) return 0n;
  const hex = [...cursor.bytes(length)].reverse().map((byte) => byte.toString(16).padStart(2, '0'));
  return BigInt.asIntN(length * 8, BigInt(`0x${hex.join('')}`));
}

/** A float as text on a line (opcode FLOAT). @throws CheckpointError if it is malformed */
export function readFloat(cursor: Cursor): number {
  const line = cursor.line().trim();
  const words: Readonly<Record<string, number>> = { inf: Infinity, '-inf': -Infinity, nan: NaN };
  const value = words[line] ?? (/^[+-]?[\d.][\d.eE+-]*$/.test(line) ? Number(line) : undefined);
  if (value === undefined) throw cursor.error('the pickle has a malformed number', line);
  return value;
}

/** Text; bytes where it is not text (Python 2 had one type for both). */
export function readText(cursor: Cursor, length: number): PyValue {
  const bytes = readBytes(cursor, length);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return bytes;
  }
}

/** A copy: what the cursor reads from is its own. */
export function readBytes(cursor: Cursor, length: number): Uint8Array {
  return cursor.bytes(length).slice();
}
