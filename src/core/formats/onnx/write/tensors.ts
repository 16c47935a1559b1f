import { UnsupportedError } from '../../../errors';
import { BYTES, type DType } from '../../../tensor/dtype';
import { sizeOf, type Shape } from '../../../tensor/tensor';
import { ProtoWriter } from '../../../encodings/protobuf/writer';
import type { Piece } from './pieces';

/** A tensor to be written, its values made when they are. */
export interface NewTensor {
  readonly name: string;
  readonly dims: Shape;
  readonly dtype: DType;
  readonly values: () => ArrayLike<number>;
}

/** A tensor's bytes, little-endian and row-major. */
export function rawPiece({ name, dims, dtype, values }: NewTensor): Piece {
  return {
    length: sizeOf(dims) * BYTES[dtype],
    write: (sink) => sink.write(encoded(values(), dtype, name)),
  };
}

/** The fields of a TensorProto in front of its data. */
export function tensorHead(name: string, dims: Shape, dataType: number): Uint8Array {
  const writer = new ProtoWriter();
  for (const dim of dims) writer.int(1, dim);
  return writer.int(2, dataType).string(8, name).finish();
}

function encoded(values: ArrayLike<number>, dtype: DType, name: string): Uint8Array {
  switch (dtype) {
    case 'float32':
      return bytesOf(values instanceof Float32Array ? values : Float32Array.from(values));
    case 'float64':
      return bytesOf(Float64Array.from(values));
    case 'float16':
      return bytesOf(Uint16Array.from(values, half));
    case 'bfloat16':
      return bytesOf(Uint16Array.from(values, bfloat));
    case 'int64':
      return bytesOf(BigInt64Array.from(Array.from(values), (value) => BigInt(value)));
    default:
      throw new UnsupportedError('weights of this type cannot be written', { where: name, found: dtype });
  }
}

function bytesOf(array: { buffer: ArrayBufferLike; byteOffset: number; byteLength: number }): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

const WORD = new DataView(new ArrayBuffer(4));

/** The bits of a number in single precision. */
function singleBits(value: number): number {
  WORD.setFloat32(0, value);
  return WORD.getUint32(0);
}

/** float32 to half precision, rounded to the nearest, ties to even. */
function half(value: number): number {
  const sign = (singleBits(value) >>> 16) & 0x8000;
  const size = Math.abs(Math.fround(value));
  if (Number.isNaN(size)) return sign | 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  // A step of the result: of the smallest numbers 2⁻²⁴, else 2⁻¹⁰ of the power of two below.
  const exponent = size < 2 ** -14 ? -14 : Math.floor(Math.log2(size));
  const power = 2 ** exponent > size && exponent > -14 ? exponent - 1 : exponent;
  const steps = toEven(size / 2 ** (power - 10));
  // Carries run into the exponent, as they should.
  return sign | ((power + 14) * 1024 + steps);
}

function toEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest > 0.5 ? floor + 1 : floor;
  return floor % 2 === 0 ? floor : floor + 1;
}

function bfloat(value: number): number {
  if (Number.isNaN(value)) return 0x7fc0;
  const bits = singleBits(value);
  const [rest, kept] = [bits & 0xffff, bits >>> 16];
  return rest > 0x8000 || (rest === 0x8000 && kept % 2 === 1) ? kept + 1 : kept;
}
