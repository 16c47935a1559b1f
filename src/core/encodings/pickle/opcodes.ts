import { readBytes, readFloat, readInteger, readLong, readText } from './numbers';
import type { Machine } from './machine';
import { PyDict, PyGlobal, PyList, PyObject, PyReference, PySet, PyTuple, type PyValue } from './values';

/** What each opcode does but STOP; all of pickle's protocols 0 to 5, as `pickletools` describes them. */
export const OPCODES: Readonly<Record<string, (m: Machine) => void>> = {
  // Numbers and constants.
  N: (m) => m.push(null),
  '\x88': (m) => m.push(true),
  '\x89': (m) => m.push(false),
  I: (m) => m.push(readInteger(m.cursor)),
  L: (m) => m.push(readInteger(m.cursor)),
  J: (m) => m.push(BigInt(m.cursor.view(4).getInt32(0, true))),
  K: (m) => m.push(BigInt(m.cursor.byte())),
  M: (m) => m.push(BigInt(m.cursor.view(2).getUint16(0, true))),
  '\x8a': (m) => m.push(readLong(m.cursor, m.cursor.byte())),
  '\x8b': (m) => m.push(readLong(m.cursor, m.cursor.view(4).getUint32(0, true))),
  F: (m) => m.push(readFloat(m.cursor)),
  G: (m) => m.push(m.cursor.view(8).getFloat64(0, false)),
  // Text and bytes.
  S: (m) => m.push(unquoted(m.cursor.line())),
  V: (m) => m.push(unescaped(m.cursor.line('latin1'))),
  T: (m) => m.push(readText(m.cursor, m.cursor.view(4).getUint32(0, true))),
  U: (m) => m.push(readText(m.cursor, m.cursor.byte())),
  X: (m) => m.push(readText(m.cursor, m.cursor.view(4).getUint32(0, true))),
  '\x8c': (m) => m.push(readText(m.cursor, m.cursor.byte())),
  '\x8d': (m) => m.push(readText(m.cursor, longLength(m))),
  B: (m) => m.push(readBytes(m.cursor, m.cursor.view(4).getUint32(0, true))),
  C: (m) => m.push(readBytes(m.cursor, m.cursor.byte())),
  '\x8e': (m) => m.push(readBytes(m.cursor, longLength(m))),
  '\x96': (m) => m.push(new PyObject(BYTEARRAY, [readBytes(m.cursor, longLength(m))])),
  // Containers.
  ')': (m) => m.push(new PyTuple([])),
  '\x85': (m) => m.push(new PyTuple(m.popMany(1))),
  '\x86': (m) => m.push(new PyTuple(m.popMany(2))),
  '\x87': (m) => m.push(new PyTuple(m.popMany(3))),
  t: (m) => m.push(new PyTuple(m.popMark())),
  ']': (m) => m.push(new PyList()),
  l: (m) => filled(m, new PyList(), (items) => m.append(items)),
  '}': (m) => m.push(new PyDict()),
  d: (m) => filled(m, new PyDict(), (items) => m.setItems(items)),
  '\x8f': (m) => m.push(new PySet([], false)),
  '\x91': (m) => m.push(new PySet(m.popMark(), true)),
  a: (m) => m.append(m.popMany(1)),
  e: (m) => m.append(m.popMark()),
  '\x90': (m) => m.append(m.popMark()),
  s: (m) => m.setItems(m.popMany(2)),
  u: (m) => m.setItems(m.popMark()),
  // Stack and memo.
  '(': (m) => m.mark(),
  '0': (m) => m.drop(),
  '1': (m) => void m.popMark(),
  '2': (m) => m.push(m.top()),
  p: (m) => m.remember(index(m)),
  q: (m) => m.remember(m.cursor.byte()),
  r: (m) => m.remember(m.cursor.view(4).getUint32(0, true)),
  '\x94': (m) => m.memoise(),
  g: (m) => m.recall(index(m)),
  h: (m) => m.recall(m.cursor.byte()),
  j: (m) => m.recall(m.cursor.view(4).getUint32(0, true)),
  // Classes and objects: names and recipes.
  c: (m) => m.push(new PyGlobal(m.cursor.line(), m.cursor.line())),
  '\x93': (m) => stackGlobal(m),
  '\x82': (m) => m.push(extension(m.cursor.byte())),
  '\x83': (m) => m.push(extension(m.cursor.view(2).getUint16(0, true))),
  '\x84': (m) => m.push(extension(m.cursor.view(4).getUint32(0, true))),
  R: (m) => reduce(m),
  '\x81': (m) => reduce(m),
  '\x92': (m) => reduceNamed(m),
  b: (m) => m.build(),
  i: (m) => {
    const callee = new PyGlobal(m.cursor.line(), m.cursor.line());
    m.push(new PyObject(callee, m.popMark()));
  },
  o: (m) => {
    const [callee, ...args] = m.popMark();
    m.push(new PyObject(callee ?? null, args));
  },
  // Around them.
  P: (m) => m.push(new PyReference(m.cursor.line())),
  Q: (m) => m.push(new PyReference(m.pop())),
  '\x80': (m) => protocol(m),
  '\x95': (m) => void m.cursor.bytes(8),
};

const BYTEARRAY = new PyGlobal('builtins', 'bytearray');
const HIGHEST_PROTOCOL = 5;

function filled(m: Machine, container: PyList | PyDict, fill: (items: PyValue[]) => void): void {
  const items = m.popMark();
  m.push(container);
  fill(items);
}

function reduce(m: Machine): void {
  const args = m.pop();
  m.make(m.pop(), args);
}

/** NEWOBJ_EX: named arguments come last, as one dict. */
function reduceNamed(m: Machine): void {
  const named = m.pop();
  const args = m.pop();
  m.make(m.pop(), args, [named]);
}

function stackGlobal(m: Machine): void {
  const name = m.pop();
  const module = m.pop();
  if (typeof name !== 'string' || typeof module !== 'string') {
    throw m.cursor.error('the pickle names a class by something that is not text');
  }
  m.push(new PyGlobal(module, name));
}

function extension(code: number): PyGlobal {
  return new PyGlobal('copyreg', `extension ${code}`);
}

function protocol(m: Machine): void {
  const version = m.cursor.byte();
  if (version > HIGHEST_PROTOCOL) {
    throw m.cursor.error('the pickle has an unknown protocol', String(version), `0 to ${HIGHEST_PROTOCOL}`);
  }
}

function index(m: Machine): number {
  const line = m.cursor.line();
  if (!/^\d{1,9}$/.test(line))
    throw m.cursor.error('the pickle counts by something that is not a number', line);
  return Number(line);
}

function longLength(m: Machine): number {
  return Number(m.cursor.view(8).getBigUint64(0, true));
}

/** Python's raw-unicode-escape: what is not Latin-1 stands as its number. */
function unescaped(line: string): string {
  return line.replace(/\\u([0-9a-f]{4})|\\U00([0-9a-f]{6})/gi, (whole, short?: string, long?: string) => {
    const code = parseInt(short ?? long ?? '', 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

function unquoted(line: string): string {
  return /^(['"]).*\1$/.test(line) ? line.slice(1, -1) : line;
}
