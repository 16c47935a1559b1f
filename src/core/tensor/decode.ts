import type { DType } from './dtype';

/** What a data set may be made of; wider and narrower types are converted by the caller. */
export type Elements =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** Little-endian elements of any numeric type as float32. */
export function toFloat32(bytes: Uint8Array, dtype: DType): Float32Array {
  const elements = elementsOf(bytes, dtype);
  if (elements instanceof Float32Array) return elements;
  if (elements instanceof BigInt64Array || elements instanceof BigUint64Array) {
    const values = new Float32Array(elements.length);
    for (let i = 0; i < values.length; i++) values[i] = Number(elements[i]);
    return values;
  }
  return new Float32Array(elements);
}

/** Little-endian elements as a typed array; half precisions are widened to float32. */
export function elementsOf(bytes: Uint8Array, dtype: DType): Elements {
  const { buffer } = aligned(bytes);
  switch (dtype) {
    case 'float16':
      return halves(new Uint16Array(buffer));
    case 'bfloat16':
      return bfloat(new Uint16Array(buffer));
    default:
      return new (ARRAYS[dtype] ?? Uint8Array)(buffer);
  }
}

const ARRAYS: Readonly<Partial<Record<DType, new (buffer: ArrayBuffer) => Elements>>> = {
  float32: Float32Array,
  float64: Float64Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int8: Int8Array,
};

/** A copy that owns its buffer from offset 0, or the bytes themselves where they do. */
function aligned(bytes: Uint8Array): { buffer: ArrayBuffer } {
  const { buffer } = bytes;
  if (buffer instanceof ArrayBuffer && bytes.byteOffset === 0 && buffer.byteLength === bytes.length) {
    return { buffer };
  }
  return { buffer: new Uint8Array(bytes).buffer };
}

// Loops, since `from` with a function is twenty times slower, and takes several times the memory.
function bfloat(stored: Uint16Array): Float32Array {
  const words = new Uint32Array(stored.length);
  for (let i = 0; i < words.length; i++) words[i] = (stored[i] ?? 0) << 16;
  return new Float32Array(words.buffer);
}

/** Looked up: there are no more than 65,536 of them. */
function halves(stored: Uint16Array): Float32Array {
  table ??= Float32Array.from({ length: 0x10000 }, (_, bits) => half(bits));
  const values = new Float32Array(stored.length);
  for (let i = 0; i < values.length; i++) values[i] = table[stored[i] ?? 0] ?? 0;
  return values;
}

let table: Float32Array | undefined;

function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
