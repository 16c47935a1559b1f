import type { DType } from '../../tensor/dtype';
import type { Elements } from './writer';

/** Little-endian elements of any numeric type as float32. */
export function toFloat32(bytes: Uint8Array, dtype: DType): Float32Array {
  const elements = elementsOf(bytes, dtype);
  if (elements instanceof Float32Array) return elements;
  if (elements instanceof BigInt64Array || elements instanceof BigUint64Array) {
    return Float32Array.from(elements as ArrayLike<bigint>, Number);
  }
  return Float32Array.from(elements);
}

/** Little-endian elements as a typed array; half precisions are widened to float32. */
export function elementsOf(bytes: Uint8Array, dtype: DType): Elements {
  const { buffer } = aligned(bytes);
  switch (dtype) {
    case 'float16':
      return Float32Array.from(new Uint16Array(buffer), half);
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

function bfloat(halves: Uint16Array): Float32Array {
  const words = Uint32Array.from(halves, (bits) => bits << 16);
  return new Float32Array(words.buffer);
}

function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
