import { BYTES, type DType } from './dtype';

/** float32 values as little-endian elements of a floating type, rounded to nearest even. */
export function encodeFloats(values: Float32Array, dtype: DType): Uint8Array {
  const bytes = new Uint8Array(values.length * BYTES[dtype]);
  const view = new DataView(bytes.buffer);
  switch (dtype) {
    case 'float64':
      values.forEach((value, i) => view.setFloat64(i * 8, value, true));
      break;
    case 'float16':
      values.forEach((value, i) => view.setUint16(i * 2, half(value), true));
      break;
    case 'bfloat16':
      values.forEach((value, i) => view.setUint16(i * 2, bfloat(value), true));
      break;
    default:
      values.forEach((value, i) => view.setFloat32(i * 4, value, true));
  }
  return bytes;
}

const scratch = new DataView(new ArrayBuffer(4));

function bits(value: number): number {
  scratch.setFloat32(0, value);
  return scratch.getUint32(0);
}

function bfloat(value: number): number {
  const word = bits(value);
  if (Number.isNaN(value)) return (word >>> 16) | 0x40;
  // Half of what is cut off, less one unless what stays is odd: ties go to even.
  return ((word + 0x7fff + ((word >>> 16) & 1)) >>> 16) & 0xffff;
}

function half(value: number): number {
  const sign = bits(value) >>> 31 ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  // 65,520 lies halfway between the largest half and what would be the next one.
  if (size >= 65520) return sign | 0x7c00;
  if (size < 2 ** -14) return sign | nearestEven(size * 2 ** 24);
  const exponent = Math.floor(Math.log2(size));
  const power = 2 ** exponent > size ? exponent - 1 : exponent;
  // A fraction that rounds up to 1024 carries into the exponent by itself.
  return sign | (((power + 15) << 10) + nearestEven((size / 2 ** power - 1) * 1024));
}

function nearestEven(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down;
}
