import { CheckpointError } from '../../../errors';
import { BYTES, type DType } from '../../../tensor/dtype';
import { sizeOf, type Shape } from '../../../tensor/tensor';
import type { Field, WireReader } from '../../../encodings/protobuf/wire';
import { LIMITS } from './limits';

/** A range of the file. */
export interface Range {
  readonly from: number;
  readonly end: number;
}

/** Where a tensor's bytes lie in another file. */
export interface ExternalData {
  readonly location: string;
  readonly offset: number;
  readonly length?: number;
}

/** A TensorProto, its values left in the file. */
export interface TensorProto extends Range {
  readonly name: string;
  readonly dims: Shape;
  /** As the file numbers it. */
  readonly dataType: number;
  /** Undefined for types that no weights have (complex, eight-bit floats, four-bit numbers). */
  readonly dtype: DType | undefined;
  readonly raw?: Range;
  readonly external?: ExternalData;
}

/** TensorProto.DataType. */
const DTYPES: ReadonlyMap<number, DType> = new Map([
  [1, 'float32'],
  [2, 'uint8'],
  [3, 'int8'],
  [4, 'uint16'],
  [5, 'int16'],
  [6, 'int32'],
  [7, 'int64'],
  [8, 'string'],
  [9, 'bool'],
  [10, 'float16'],
  [11, 'float64'],
  [12, 'uint32'],
  [13, 'uint64'],
  [16, 'bfloat16'],
]);

const NUMBERS: ReadonlyMap<DType, number> = new Map([...DTYPES].map(([number, dtype]) => [dtype, number]));

/** The number under which the format knows a type. */
export function dataTypeOf(dtype: DType): number {
  return NUMBERS.get(dtype) ?? 0;
}

/** The type of a number of the format; undefined for one that is not read. */
export function dtypeOf(dataType: number): DType | undefined {
  return DTYPES.get(dataType);
}

/** Fields that hold elements one by one, by the types that use each. Source: onnx.proto, TensorProto. */
export const TYPED_FIELDS = { float: 4, int32: 5, string: 6, int64: 7, double: 10, uint64: 11 } as const;

/** The field in which a type's elements lie where they are not raw bytes. */
export function typedField(dtype: DType): number {
  switch (dtype) {
    case 'float32':
      return TYPED_FIELDS.float;
    case 'float64':
      return TYPED_FIELDS.double;
    case 'int64':
      return TYPED_FIELDS.int64;
    case 'uint32':
    case 'uint64':
      return TYPED_FIELDS.uint64;
    case 'string':
      return TYPED_FIELDS.string;
    default:
      return TYPED_FIELDS.int32;
  }
}

/** What is collected while a tensor's fields are walked. */
interface Draft {
  name: string;
  dims: number[];
  dataType: number;
  raw?: Range;
  /** Bytes of each typed field. */
  readonly typed: Map<number, number>;
  readonly entries: Map<string, string>;
  isExternal: boolean;
}

/**
 * Reads a tensor's header and checks that its bytes are as many as its shape and type call for.
 * @throws CheckpointError naming the tensor.
 */
export function readTensor(wire: WireReader, range: Range): TensorProto {
  const draft: Draft = {
    name: '',
    dims: [],
    dataType: 0,
    typed: new Map(),
    entries: new Map(),
    isExternal: false,
  };
  for (const field of wire.fields(range.from, range.end)) addField(draft, field, wire);
  const { name, dims, dataType, raw, isExternal } = draft;
  const dtype = DTYPES.get(dataType);
  const { path } = wire.source;
  if (dims.some((dim) => dim < 0) || !Number.isSafeInteger(sizeOf(dims) * 16)) {
    throw new CheckpointError('a tensor has an impossible shape', {
      path,
      where: name,
      found: dims.join(' × '),
    });
  }
  const external = isExternal ? externalData(draft, path) : undefined;
  const tensor = { name, dims, dataType, dtype, raw, external, from: range.from, end: range.end };
  if (dtype && dtype !== 'string') checkSize(tensor, dtype, draft, path);
  return tensor;
}

function addField(draft: Draft, field: Field, wire: WireReader): void {
  switch (field.number) {
    case 1:
      for (const dim of wire.integers(field)) draft.dims.push(dim);
      if (draft.dims.length > LIMITS.rank) {
        throw new CheckpointError('a tensor has too many axes', {
          path: wire.source.path,
          where: draft.name || `byte ${field.start}`,
          expected: `at most ${LIMITS.rank}`,
        });
      }
      return;
    case 2:
      draft.dataType = field.value;
      return;
    case 8:
      draft.name = shortText(wire, field);
      return;
    case 9:
      draft.raw = { from: field.from, end: field.end };
      return;
    case 13:
      addEntry(draft, field, wire);
      return;
    case 14:
      draft.isExternal = field.value === 1;
      return;
    default:
      draft.typed.set(field.number, (draft.typed.get(field.number) ?? 0) + field.end - field.from);
  }
}

/** A text that is looked at. @throws CheckpointError if it is longer than any that makes sense. */
export function shortText(wire: WireReader, field: Range): string {
  if (field.end - field.from > LIMITS.text) {
    throw new CheckpointError('a name is too long', {
      path: wire.source.path,
      where: `byte ${field.from}`,
      found: `${field.end - field.from} bytes`,
      expected: `at most ${LIMITS.text}`,
    });
  }
  return wire.text(field);
}

function addEntry({ entries }: Draft, { from, end }: Field, wire: WireReader): void {
  let key = '';
  let value = '';
  for (const field of wire.fields(from, end)) {
    if (field.number === 1) key = shortText(wire, field);
    if (field.number === 2) value = shortText(wire, field);
  }
  if (entries.size < 16) entries.set(key, value);
}

function externalData({ name, entries }: Draft, path: string): ExternalData {
  const location = entries.get('location');
  const number = (key: string): number | undefined => {
    const text = entries.get(key);
    if (text === undefined) return undefined;
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (Number.isSafeInteger(value)) return value;
    throw new CheckpointError('a tensor in another file has no usable place there', {
      path,
      where: name,
      found: `${key} "${text.slice(0, 40)}"`,
    });
  };
  if (location === undefined) {
    throw new CheckpointError('a tensor lies in another file that is not named', { path, where: name });
  }
  return { location, offset: number('offset') ?? 0, length: number('length') };
}

function checkSize(
  { name, dims, raw, external }: Omit<TensorProto, 'from' | 'end'>,
  dtype: DType,
  { typed }: Draft,
  path: string,
): void {
  const expected = sizeOf(dims) * BYTES[dtype];
  const differs = (found: number | undefined, wanted: string): CheckpointError =>
    new CheckpointError('a tensor does not have the bytes that its shape and type call for', {
      path,
      where: name,
      expected: `${wanted} bytes`,
      found: `${found} bytes for ${dims.join(' × ') || 'a scalar'} of ${dtype}`,
    });
  if (external) {
    if (external.length !== undefined && external.length !== expected) {
      throw differs(external.length, `${expected}`);
    }
    return;
  }
  if (raw) {
    if (raw.end - raw.from !== expected) throw differs(raw.end - raw.from, `${expected}`);
    return;
  }
  const field = typedField(dtype);
  const found = typed.get(field) ?? 0;
  const count = sizeOf(dims);
  // Numbers of a fixed width say exactly how many they are; others take between one byte and ten.
  const width = field === TYPED_FIELDS.float ? 4 : field === TYPED_FIELDS.double ? 8 : undefined;
  if (width !== undefined ? found !== count * width : found < count || found > count * 10) {
    throw differs(found, width === undefined ? `${count} to ${count * 10}` : `${count * width}`);
  }
}
