import type { ByteSource } from '../../../bytes';
import { CheckpointError } from '../../../errors';
import { siblingParts } from '../../../sibling-name';
import { BYTES, type DType } from '../../../tensor/dtype';
import { sizeOf } from '../../../tensor/tensor';
import { toFloat32 } from '../../../tensor/decode';
import type { WireReader } from '../../../encodings/protobuf/wire';
import { TYPED_FIELDS, typedField, type TensorProto } from './tensor';

/** Characters of a file's name in a sentence. */
const MAX_NAME = 200;

/** Reads the values of tensors: from the model itself, or from files of its folder. */
export class TensorData {
  private readonly files = new Map<string, ByteSource>();

  constructor(readonly wire: WireReader) {}

  /**
   * Opens the file in which a tensor lies and checks that it does.
   * @throws CheckpointError if the file is missing, outside of the model's folder, or too short.
   */
  check(tensor: TensorProto): void {
    if (tensor.external) this.placeOf(tensor, tensor.external);
  }

  /** Bytes of the files beside the model. */
  get externalSize(): number {
    return [...this.files.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Where raw bytes lie; undefined for elements that are stored one by one. */
  place(
    tensor: TensorProto,
  ): { readonly source: ByteSource; readonly from: number; readonly end: number } | undefined {
    if (tensor.external) return this.placeOf(tensor, tensor.external);
    return tensor.raw && { source: this.wire.source, ...tensor.raw };
  }

  /** The values as float32, row-major. */
  float32(tensor: TensorProto): Float32Array {
    const { dtype } = tensor;
    if (!dtype || dtype === 'string') throw this.bad(tensor, 'a tensor of this type has no numbers');
    const place = this.place(tensor);
    if (place) return toFloat32(place.source.read(place.from, place.end - place.from), dtype);
    const field = typedField(dtype);
    if (field === TYPED_FIELDS.float) return toFloat32(this.joined(tensor, field), 'float32');
    if (field === TYPED_FIELDS.double) return toFloat32(this.joined(tensor, field), 'float64');
    const numbers = this.integers(tensor);
    if (dtype !== 'float16' && dtype !== 'bfloat16') return Float32Array.from(numbers);
    return toFloat32(new Uint8Array(Uint16Array.from(numbers).buffer), dtype);
  }

  /** Whole numbers as they are; elements of half precision as their bits. */
  integers(tensor: TensorProto): number[] {
    const { dtype } = tensor;
    const place = this.place(tensor);
    if (place && dtype) return wholeNumbers(place.source.read(place.from, place.end - place.from), dtype);
    const field = dtype && typedField(dtype);
    const numbers: number[] = [];
    const count = sizeOf(tensor.dims);
    for (const part of this.wire.fields(tensor.from, tensor.end)) {
      if (part.number !== field) continue;
      for (const value of this.wire.integers(part)) {
        if (numbers.length >= count) throw this.bad(tensor, 'a tensor has more values than its shape');
        numbers.push(value);
      }
    }
    if (numbers.length < count) throw this.bad(tensor, 'a tensor has fewer values than its shape');
    return numbers;
  }

  close(): void {
    for (const file of this.files.values()) file.close();
  }

  private joined(tensor: TensorProto, number: number): Uint8Array {
    const parts: Uint8Array[] = [];
    for (const part of this.wire.fields(tensor.from, tensor.end)) {
      if (part.number === number) parts.push(this.wire.bytes(part.from, part.end).slice());
    }
    const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  private placeOf(
    tensor: TensorProto,
    { location, offset, length: declared }: NonNullable<TensorProto['external']>,
  ) {
    const file = this.file(location, tensor);
    const { dtype, dims } = tensor;
    const length = dtype ? sizeOf(dims) * BYTES[dtype] : (declared ?? Math.max(0, file.size - offset));
    if (offset + length > file.size) {
      throw new CheckpointError('tensor data extends past the end of the file', {
        path: this.wire.source.path,
        where: tensor.name,
        found: `${length} bytes at ${offset} of ${location}`,
        expected: `at most ${file.size} bytes`,
      });
    }
    return { source: file, from: offset, end: offset + length };
  }

  private file(location: string, tensor: TensorProto): ByteSource {
    // Models spell one file in two ways.
    const name = siblingParts(location)?.join('/') ?? location;
    const known = this.files.get(name);
    if (known) return known;
    const { source } = this.wire;
    if (!source.sibling) {
      throw new CheckpointError('the weights lie in files beside the model, which cannot be reached here', {
        path: source.path,
        where: tensor.name,
        found: location,
      });
    }
    try {
      const file = source.sibling(location);
      this.files.set(name, file);
      return file;
    } catch (error) {
      if (!(error instanceof CheckpointError) || error.detail.path === source.path) throw error;
      throw new CheckpointError(
        `the model names ${location.slice(0, MAX_NAME)} as the file of its weights, which cannot be opened: ${error.summary}`,
        { path: source.path, expected: 'that file beside the model, not renamed' },
      );
    }
  }

  private bad({ name }: TensorProto, summary: string): CheckpointError {
    return new CheckpointError(summary, { path: this.wire.source.path, where: name });
  }
}

function wholeNumbers(bytes: Uint8Array, dtype: DType): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = READERS[dtype];
  if (!read) return [...toFloat32(bytes, dtype)];
  return Array.from({ length: bytes.length / BYTES[dtype] }, (_, i) => read(view, i * BYTES[dtype]));
}

const READERS: Readonly<Partial<Record<DType, (view: DataView, at: number) => number>>> = {
  int64: (view, at) => Number(view.getBigInt64(at, true)),
  uint64: (view, at) => Number(view.getBigUint64(at, true)),
  int32: (view, at) => view.getInt32(at, true),
  float16: (view, at) => view.getUint16(at, true),
  bfloat16: (view, at) => view.getUint16(at, true),
};
