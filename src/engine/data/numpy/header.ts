import type { ByteSource } from '../../../core/bytes';
import { DataError } from '../../../core/errors';
import { shown } from '../file';

/** What stands at the head of a `.npy` file. */
export interface NpyHeader {
  /** `u` unsigned, `i` signed, `b` boolean, `f` float; others are not read. */
  readonly kind: string;
  /** Bytes of an element. */
  readonly width: number;
  readonly littleEndian: boolean;
  readonly shape: readonly number[];
  /** Where the elements begin; they reach to the end of the file, in C order. */
  readonly start: number;
}

/** NumPy itself believes no longer header. */
const MAX_HEADER = 10_000;
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** NumPy's own limit on axes. */
const MAX_AXES = 64;

/**
 * Reads the head of an array as `numpy.save` writes it, versions 1 to 3. The text of it is compared word by word and never
 * evaluated.
 * @param where name of the array, for errors
 * @throws DataError for object arrays (they are pickles), Fortran order, and a shape that does not fill the file.
 */
export function readNpyHeader(source: ByteSource, where: string): NpyHeader {
  const { text, start } = headerText(source, where);
  const fail = (summary: string, found?: string, expected?: string): DataError =>
    new DataError(summary, { path: source.path, where, found: found && shown(found), expected });
  const fields = parseHeader(text);
  if (!fields) throw fail('the header of the array is malformed', text.trim());
  const { descr, fortran, shape } = fields;
  if (descr === undefined) throw fail('the array has fields of several types', text.trim(), 'one type');
  const type = /^([<>|=])([a-zA-Z])(\d{1,6})$/.exec(descr);
  if (descr.endsWith('O') || type?.[2] === 'O') {
    throw fail('the array holds Python objects: they are a pickle, which is not read', descr, 'numbers');
  }
  if (!type) throw fail('the array has an unknown type', descr, 'numbers');
  if (fortran && shape.length > 1) {
    throw fail('the array is in Fortran order', undefined, 'C order, as numpy.ascontiguousarray makes it');
  }
  const [, order, kind, digits] = type;
  // Characters of text have four bytes.
  const width = Number(digits) * (kind === 'U' ? 4 : 1);
  const size = shape.reduce((product, length) => product * length, width);
  if (!Number.isSafeInteger(size)) throw fail('the array is larger than any file', `(${shape.join(', ')})`);
  if (size !== source.size - start) {
    throw fail(
      'the array does not have the size its header says',
      `${source.size - start} bytes`,
      `${size} bytes`,
    );
  }
  return { kind, width, littleEndian: order !== '>', shape, start };
}

function headerText(source: ByteSource, where: string): { readonly text: string; readonly start: number } {
  const { path, size } = source;
  const head = source.read(0, Math.min(size, 12));
  if (head.length < 12 || MAGIC.some((byte, i) => head[i] !== byte)) {
    throw new DataError('this is not a NumPy array', { path, where });
  }
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const wide = head[6] > 1;
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  const begin = wide ? 12 : 10;
  if (head[6] < 1 || head[6] > 3) {
    throw new DataError('the array has an unknown version', {
      path,
      where,
      found: `${head[6]}`,
      expected: '1 to 3',
    });
  }
  if (length > MAX_HEADER || begin + length > size) {
    throw new DataError('the header of the array is too long', {
      ...{ path, where, found: `${length} bytes` },
      expected: `at most ${Math.min(MAX_HEADER, size - begin)} bytes`,
    });
  }
  return { text: new TextDecoder().decode(source.read(begin, length)), start: begin + length };
}

interface Fields {
  /** Absent where it is a list of fields. */
  readonly descr: string | undefined;
  readonly fortran: boolean;
  readonly shape: readonly number[];
}

/** Text in quotes, a whole number (Python 2 put an L behind), a word, or a sign. */
const TOKEN = /\s*(?:'([^'\\]*)'|"([^"\\]*)"|(\d{1,16})L?|([A-Za-z]+)|([{}[\](),:]))/y;

type Token = { readonly text: string } | { readonly number: number } | { readonly sign: string };

/** A dict of exactly these three, as in `{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }`. */
function parseHeader(text: string): Fields | undefined {
  const tokens = tokensOf(text);
  if (!tokens) return undefined;
  let at = 0;
  const take = (sign: string): boolean => {
    const token = tokens[at];
    if (token === undefined || !('sign' in token) || token.sign !== sign) return false;
    at++;
    return true;
  };
  const values = new Map<string, readonly Token[]>();
  if (!take('{')) return undefined;
  while (!take('}')) {
    const key = tokens[at++];
    if (!key || !('text' in key) || values.has(key.text) || !take(':')) return undefined;
    const end = valueEnd(tokens, at);
    values.set(key.text, tokens.slice(at, end));
    at = end;
    if (!take(',') && !isSign(tokens[at], '}')) return undefined;
  }
  return at === tokens.length && values.size === 3 ? fieldsOf(values) : undefined;
}

function tokensOf(text: string): Token[] | undefined {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const match = TOKEN.exec(text);
    if (!match) return undefined;
    const [, single, double, digits, word, sign] = match;
    if (digits !== undefined) tokens.push({ number: Number(digits) });
    else if (single !== undefined || double !== undefined) tokens.push({ text: single ?? double });
    else tokens.push({ sign: word ?? sign });
  }
  return tokens;
}

/** Behind one value: a tuple or list is one with all that is in it. */
function valueEnd(tokens: readonly Token[], start: number): number {
  let depth = 0;
  for (let at = start; at < tokens.length; at++) {
    const token = tokens[at];
    if (isSign(token, '(') || isSign(token, '[')) depth++;
    if (isSign(token, ')') || isSign(token, ']')) depth--;
    if (depth === 0) return at + 1;
  }
  return tokens.length;
}

function isSign(token: Token | undefined, sign: string): boolean {
  return token !== undefined && 'sign' in token && token.sign === sign;
}

function fieldsOf(values: ReadonlyMap<string, readonly Token[]>): Fields | undefined {
  const [descr] = values.get('descr') ?? [];
  const order = values.get('fortran_order') ?? [];
  const shape = shapeOf(values.get('shape') ?? []);
  if (!descr || !shape || order.length !== 1) return undefined;
  const isFortran = isSign(order[0], 'True');
  if (!isFortran && !isSign(order[0], 'False')) return undefined;
  if ('text' in descr) return { descr: descr.text, fortran: isFortran, shape };
  return isSign(descr, '[') ? { descr: undefined, fortran: isFortran, shape } : undefined;
}

/** `()`, `(3,)`, `(3, 4)`. */
function shapeOf(tokens: readonly Token[]): number[] | undefined {
  if (!isSign(tokens[0], '(') || !isSign(tokens.at(-1), ')')) return undefined;
  const inside = tokens.slice(1, -1);
  if (inside.length > 2 * MAX_AXES) return undefined;
  const numbers = inside.flatMap((token) => ('number' in token ? [token.number] : []));
  const isList = inside.every((token, i) => (i % 2 === 0 ? 'number' in token : isSign(token, ',')));
  // One number in brackets is not a tuple.
  return isList && inside.length !== 1 ? numbers : undefined;
}
