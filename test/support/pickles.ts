/** Letters stand for the bytes of their numbers. */
type Codes = string | readonly number[] | Uint8Array;

/** Writes pickles opcode by opcode, for tests of what reads them. */
export function pickle(...parts: readonly Codes[]): Uint8Array {
  const bytes = parts.map((part) =>
    typeof part === 'string' ? Buffer.from(part, 'latin1') : Uint8Array.from(part),
  );
  return new Uint8Array(Buffer.concat(bytes));
}

/** The same opcodes again and again. */
export function repeated(count: number, ...parts: readonly Codes[]): Uint8Array {
  const once = pickle(...parts);
  return new Uint8Array(Buffer.alloc(count * once.length, once));
}

/** BINUNICODE. */
export function text(value: string): Uint8Array {
  const bytes = new TextEncoder().encode(value);
  return pickle('X', littleEndian(bytes.length, 4), bytes);
}

export function littleEndian(value: number, width: number): number[] {
  return Array.from({ length: width }, (_, i) => Math.floor(value / 256 ** i) % 256);
}

/** A tensor's recipe as PyTorch pickles it, on storage `key`. */
export function tensorPickle(
  key: string,
  { shape, strides, offset = 0, count, type = 'FloatStorage' }: TensorPickle,
): Uint8Array {
  const sizes = strides ?? shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const integer = (value: number): Uint8Array => pickle('J', littleEndian(value >>> 0, 4));
  const tuple = (values: readonly number[]): Uint8Array => pickle('(', ...values.map(integer), 't');
  return pickle(
    'ctorch._utils\n_rebuild_tensor_v2\n(',
    ...['(', text('storage'), `ctorch\n${type}\n`, text(key), text('cpu'), integer(count), 'tQ'],
    ...[integer(offset), tuple(shape), tuple(sizes), '\x89', 'ccollections\nOrderedDict\n)R', 'tR'],
  );
}

interface TensorPickle {
  readonly shape: readonly number[];
  readonly strides?: readonly number[];
  readonly offset?: number;
  /** Elements of the storage. */
  readonly count: number;
  readonly type?: string;
}

/** A dict with text keys. */
export function dictPickle(entries: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const items = Object.entries(entries).flatMap(([key, value]) => [text(key), value]);
  return pickle('}(', ...items, 'u');
}
