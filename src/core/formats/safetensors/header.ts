import type { ByteSource } from '../../bytes';
import { CheckpointError } from '../../errors';
import { isArray, isObject, MAX_JSON, parseJson, type Json, type JsonObject } from '../../encodings/json';
import { BYTES, type DType } from '../../tensor/dtype';
import { sizeOf } from '../../tensor/tensor';
import type { StoredTensor } from '../state-dict/stored';

/** The header's length, 8 bytes, comes first. */
export const LENGTH_BYTES = 8;
const MAX_AXES = 32;

const DTYPES: Readonly<Record<string, DType>> = {
  ...{ F64: 'float64', F32: 'float32', F16: 'float16', BF16: 'bfloat16', BOOL: 'bool' },
  ...{ I64: 'int64', I32: 'int32', I16: 'int16', I8: 'int8' },
  ...{ U64: 'uint64', U32: 'uint32', U16: 'uint16', U8: 'uint8' },
};

/** The name of each element type in a header. */
export const DTYPE_NAMES: Readonly<Partial<Record<DType, string>>> = Object.fromEntries(
  Object.entries(DTYPES).map(([name, dtype]) => [dtype, name]),
);

/** What a safetensors file holds. */
export interface SafetensorsFile {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Its `__metadata__`: text by name. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Tensors of element types that are not read, with the type. */
  readonly unread: ReadonlyArray<{ readonly name: string; readonly dtype: string }>;
}

/**
 * Reads the header of a safetensors file; the tensors are read by range later.
 * @throws CheckpointError for a header that is too long, malformed, or leaves holes or overlaps between tensors.
 */
export function readSafetensors(source: ByteSource): SafetensorsFile {
  const { path } = source;
  const length = source.size >= LENGTH_BYTES ? headerLength(source) : 0;
  if (length < 2 || length > MAX_JSON || LENGTH_BYTES + length > source.size) {
    throw new CheckpointError('this is not a safetensors file, or it is cut short', {
      path,
      where: 'length of the header',
      found: `${length} bytes in a file of ${source.size}`,
      expected: `2 to ${MAX_JSON} bytes, within the file`,
    });
  }
  const text = new TextDecoder().decode(source.read(LENGTH_BYTES, length));
  const header = parseJson(text, { path, where: 'header' });
  if (!isObject(header)) throw new CheckpointError('the header is not a JSON object', { path });
  const data = LENGTH_BYTES + length;
  const entries = Object.entries(header).filter(([name]) => name !== '__metadata__');
  const spans = entries.map(([name, entry]) => spanOf(name, entry, path));
  requireNoHoles(spans, source.size - data, path);
  const tensors = new Map<string, StoredTensor>();
  const unread: { name: string; dtype: string }[] = [];
  for (const { name, type, shape, start, end } of spans) {
    const dtype = Object.hasOwn(DTYPES, type) ? DTYPES[type] : undefined;
    if (!dtype) {
      unread.push({ name, dtype: type });
      continue;
    }
    requireSize(name, shape, end - start, dtype, path);
    const readBytes = (): Uint8Array => source.read(data + start, end - start);
    tensors.set(name, { name, dtype, shape, readBytes });
  }
  return { tensors, metadata: metadataOf(header), unread };
}

function headerLength(source: ByteSource): number {
  const head = source.read(0, LENGTH_BYTES);
  return Number(new DataView(head.buffer, head.byteOffset, LENGTH_BYTES).getBigUint64(0, true));
}

interface Span {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
  /** Within the bytes behind the header. */
  readonly start: number;
  readonly end: number;
}

function spanOf(name: string, entry: Json | undefined, path: string): Span {
  const { dtype, shape, data_offsets: offsets } = isObject(entry) ? entry : {};
  const sizes = countsOf(shape);
  const [start, end, ...more] = countsOf(offsets) ?? [];
  if (
    typeof dtype !== 'string' ||
    !sizes ||
    sizes.length > MAX_AXES ||
    start === undefined ||
    end === undefined ||
    more.length > 0 ||
    end < start
  ) {
    throw new CheckpointError('an entry of the header is malformed', {
      path,
      where: name.slice(0, 200),
      expected: 'dtype, shape and data_offsets',
    });
  }
  return { name, type: dtype, shape: sizes, start, end };
}

function countsOf(value: Json | undefined): number[] | undefined {
  if (!isArray(value)) return undefined;
  const counts = value.filter((item): item is number => typeof item === 'number' && item >= 0);
  return counts.length === value.length && counts.every(Number.isSafeInteger) ? counts : undefined;
}

function requireSize(
  name: string,
  shape: readonly number[],
  bytes: number,
  dtype: DType,
  path: string,
): void {
  const wanted = sizeOf(shape) * BYTES[dtype];
  if (wanted === bytes) return;
  throw new CheckpointError('a tensor does not fit its bytes', {
    path,
    where: name.slice(0, 200),
    found: `${bytes} bytes`,
    expected: `${wanted} bytes for ${dtype} [${shape.join(', ')}]`,
  });
}

/** Tensors lie one behind the other and fill the file: nothing is read twice, nothing hides between them. */
function requireNoHoles(spans: readonly Span[], size: number, path: string): void {
  let at = 0;
  for (const { name, start, end } of [...spans].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start !== at) {
      throw new CheckpointError(start < at ? 'two tensors overlap' : 'there is a hole between tensors', {
        path,
        where: name.slice(0, 200),
        found: `byte ${start}`,
        expected: `byte ${at}`,
      });
    }
    at = end;
  }
  if (at === size) return;
  throw new CheckpointError('the header and the file disagree about its length', {
    path,
    found: `${size} bytes of tensors`,
    expected: `${at} bytes`,
  });
}

function metadataOf({ __metadata__: metadata }: JsonObject): Map<string, string> {
  if (!isObject(metadata)) return new Map();
  return new Map(
    Object.entries(metadata).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value] as const] : [],
    ),
  );
}
