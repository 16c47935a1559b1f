import type { Random } from '../../../src/core/random';
import { concat, mutateBytes } from './bytes';
import { pick, type Mutation } from './mutation';

/** A field of a message; `value` holds its bytes behind the tag, without the length where it has one. */
interface Field {
  key: bigint;
  value: Uint8Array;
  /** Of a message within the message. */
  children?: Field[];
}

/** Nested deeper than any parser descends. */
const DEEP = 5000;
const MOST_FIELDS = 5000;

/** Changes fields of a message and of those within it; lengths are written anew, so that the change is reached. */
export const mutateProtobuf: Mutation = (bytes, random) => {
  const fields = random.below(4) === 0 ? undefined : parse(bytes, 0);
  if (!fields) return mutateBytes(bytes, random);
  for (let times = 1 + random.below(3); times > 0; times -= 1) change(fields, random);
  return write(fields);
};

function change(fields: Field[], random: Random): void {
  const all = listsOf(fields);
  const list = pick(all, random);
  const at = random.below(list.length);
  const field = list[at];
  const choice = random.below(8);
  if (choice === 0) list.splice(at, 1);
  else if (choice === 1) list.push(whole(pick(pick(all, random), random)));
  else if (choice === 2) field.key = (BigInt(random.below(40)) << 3n) | (field.key & 7n);
  else if (choice === 3) field.key = (field.key & ~7n) | BigInt(random.below(8));
  else if (choice === 4 && random.below(20) === 0) list.splice(at, 1, nested(field));
  else if ((field.key & 7n) === 0n)
    field.value = varint(pick([0n, 1n, 1n << 31n, 1n << 32n, (1n << 64n) - 1n], random));
  else {
    field.value = mutateBytes(field.children ? write(field.children) : field.value, random);
    field.children = undefined;
  }
}

/** A copy that shares nothing: a message that holds itself has no end. */
function whole({ key, value, children }: Field): Field {
  return { key, value: children ? write(children) : value };
}

/** The field within itself, many times. */
function nested({ key }: Field): Field {
  let inner: Field = { key: (key & ~7n) | 2n, value: new Uint8Array(0) };
  for (let depth = 0; depth < DEEP; depth += 1)
    inner = { ...inner, children: undefined, value: write([inner]) };
  return inner;
}

function listsOf(fields: Field[]): Field[][] {
  const inner = fields.flatMap(({ children }) => (children && children.length > 0 ? listsOf(children) : []));
  return fields.length > 0 ? [fields, ...inner] : inner;
}

/** The fields of a message; `undefined` for other bytes. */
function parse(bytes: Uint8Array, depth: number): Field[] | undefined {
  const fields: Field[] = [];
  let at = 0;
  while (at < bytes.length) {
    const key = readVarint(bytes, at);
    const field = key && readField(bytes, key.next, key.value, depth);
    if (!field || fields.length > MOST_FIELDS) return undefined;
    fields.push(field.field);
    at = field.next;
  }
  return fields;
}

function readField(bytes: Uint8Array, at: number, key: bigint, depth: number) {
  const wire = Number(key & 7n);
  if (key >> 3n === 0n) return undefined;
  const fixed: Readonly<Record<number, number>> = { 1: 8, 5: 4 };
  if (wire === 2) {
    const length = readVarint(bytes, at);
    if (!length || length.value > BigInt(bytes.length - length.next)) return undefined;
    const next = length.next + Number(length.value);
    const value = bytes.slice(length.next, next);
    // Texts and numbers may look like messages; changing them as such does no harm.
    const children = depth < 8 && value.length > 0 ? parse(value, depth + 1) : undefined;
    return { field: { key, value, children }, next };
  }
  const length = wire === 0 ? (readVarint(bytes, at)?.next ?? Infinity) - at : (fixed[wire] ?? Infinity);
  const next = at + length;
  return next <= bytes.length ? { field: { key, value: bytes.slice(at, next) }, next } : undefined;
}

function readVarint(bytes: Uint8Array, start: number): { value: bigint; next: number } | undefined {
  let value = 0n;
  for (let i = 0; i < 10 && start + i < bytes.length; i += 1) {
    value |= BigInt(bytes[start + i] & 0x7f) << BigInt(7 * i);
    if (bytes[start + i] < 0x80) return { value, next: start + i + 1 };
  }
  return undefined;
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; bytes.length === 0 || rest > 0n; rest >>= 7n) {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
  }
  return Uint8Array.from(bytes);
}

function write(fields: readonly Field[]): Uint8Array {
  return concat(
    fields.flatMap(({ key, value, children }) => {
      const content = children ? write(children) : value;
      return (key & 7n) === 2n
        ? [varint(key), varint(BigInt(content.length)), content]
        : [varint(key), content];
    }),
  );
}
