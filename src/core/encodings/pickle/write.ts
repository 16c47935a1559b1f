import { UnsupportedError } from '../../errors';
import { PyDict, PyGlobal, PyList, PyObject, PyReference, PySet, PyTuple, type PyValue } from './values';

/** Values in values. */
const MAX_DEPTH = 200;
const SET = new PyGlobal('builtins', 'set');
const ENCODE = new PyGlobal('_codecs', 'encode');

/** Writes a value as a pickle of protocol 2, in the opcodes that PyTorch's restricted unpickler knows. */
export function writePickle(value: PyValue): Uint8Array {
  const writer = new PickleWriter();
  writer.opcode('\x80', [2]);
  writer.value(value, 0);
  writer.opcode('.');
  return writer.bytes();
}

class PickleWriter {
  private buffer = new Uint8Array(1 << 16);
  private length = 0;
  private readonly memo = new Map<object | string, number>();

  bytes(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }

  opcode(code: string, operands: ArrayLike<number> = []): void {
    this.reserve(1 + operands.length);
    this.buffer[this.length] = code.charCodeAt(0);
    this.buffer.set(operands, this.length + 1);
    this.length += 1 + operands.length;
  }

  /** @throws UnsupportedError for values that are nested too deeply. */
  value(value: PyValue, depth: number): void {
    if (depth > MAX_DEPTH)
      throw new UnsupportedError('values in the file are nested too deeply to be written');
    if (value === null) this.opcode('N');
    else if (typeof value === 'boolean') this.opcode(value ? '\x88' : '\x89');
    else if (typeof value === 'bigint') this.integer(value);
    else if (typeof value === 'number') this.opcode('G', float(value));
    else if (typeof value === 'string') this.remembered(value, () => this.text(value));
    else if (value instanceof Uint8Array) this.value(new PyObject(ENCODE, [latin(value), 'latin1']), depth);
    else if (value instanceof PyReference) this.reference(value, depth);
    else
      this.remembered(
        value,
        () => this.container(value, depth + 1),
        value instanceof PyDict || value instanceof PyList,
      );
  }

  /** What is held twice is written once. @param early whether it remembers itself, so that it may hold itself */
  private remembered(key: object | string, write: () => void, early = false): void {
    const known = this.memo.get(key);
    if (known !== undefined) {
      this.opcode('j', word(known));
      return;
    }
    write();
    if (!early) this.keep(key);
  }

  private keep(key: object | string): void {
    const index = this.memo.size;
    this.memo.set(key, index);
    this.opcode('r', word(index));
  }

  private container(value: PyTuple | PyList | PyDict | PySet | PyGlobal | PyObject, depth: number): void {
    if (value instanceof PyTuple) this.tuple(value.items, depth);
    else if (value instanceof PyList) {
      this.opcode(']');
      this.keep(value);
      this.items(value.items, depth);
    } else if (value instanceof PyDict) {
      this.opcode('}');
      this.keep(value);
      this.entries(value.entries, depth);
    } else if (value instanceof PySet) this.set(value, depth);
    else if (value instanceof PyGlobal) this.opcode('c', ascii(`${value.module}\n${value.name}\n`));
    else this.object(value, depth);
  }

  private object({ callee, args, items, entries, state }: PyObject, depth: number): void {
    this.value(callee, depth);
    this.tuple(args, depth);
    this.opcode('R');
    this.items(items, depth);
    this.entries(entries, depth);
    if (state === undefined) return;
    this.value(state, depth);
    this.opcode('b');
  }

  private set({ items }: PySet, depth: number): void {
    const list = new PyList();
    list.items.push(...items);
    this.value(SET, depth);
    this.tuple([list], depth);
    this.opcode('R');
  }

  private tuple(items: readonly PyValue[], depth: number): void {
    const codes = [')', '\x85', '\x86', '\x87'];
    if (items.length > 3) this.opcode('(');
    for (const item of items) this.value(item, depth);
    this.opcode(codes[items.length] ?? 't');
  }

  private items(items: readonly PyValue[], depth: number): void {
    if (items.length === 0) return;
    this.opcode('(');
    for (const item of items) this.value(item, depth);
    this.opcode('e');
  }

  private entries(entries: ReadonlyArray<readonly [PyValue, PyValue]>, depth: number): void {
    if (entries.length === 0) return;
    this.opcode('(');
    for (const [key, item] of entries) {
      this.value(key, depth);
      this.value(item, depth);
    }
    this.opcode('u');
  }

  private reference({ id }: PyReference, depth: number): void {
    this.value(id, depth + 1);
    this.opcode('Q');
  }

  private text(value: string): void {
    const bytes = new TextEncoder().encode(value);
    this.opcode('X', word(bytes.length));
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  private integer(value: bigint): void {
    if (value >= 0n && value < 256n) this.opcode('K', [Number(value)]);
    else if (BigInt.asIntN(32, value) === value) this.opcode('J', word(Number(value)));
    else {
      const bytes: number[] = [];
      for (let rest = value; ; rest >>= 8n) {
        bytes.push(Number(rest & 0xffn));
        if (BigInt.asIntN(8, rest) === rest) break;
      }
      if (bytes.length > 255) throw new UnsupportedError('an integer in the file is too large to be written');
      this.opcode('\x8a', [bytes.length, ...bytes]);
    }
  }

  private reserve(more: number): void {
    if (this.length + more <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(this.buffer.length * 2, this.length + more));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
  }
}

function word(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value, true);
  return bytes;
}

function float(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, false);
  return bytes;
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Each byte as the character of that number. */
function latin(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}
