import { CheckpointError } from '../../errors';
import { BYTES, type DType } from '../../tensor/dtype';
import {
  PyGlobal,
  PyObject,
  PyReference,
  PyTuple,
  toCount,
  toCounts,
  type PyValue,
} from '../../encodings/pickle/values';
import { TorchTensor, type Storage } from './storage';

/** A PyTorch file once it is open: one pickled value, and the storages it points to. */
export interface TorchArchive {
  readonly path: string;
  readonly root: PyValue;
  /** How the file is made, for people. */
  readonly kind: string;
  /** What a conversion noted in it. */
  readonly notes?: string;
  /** What it noted of the layers of the whole module that it read. */
  readonly moduleNotes?: string;
  /**
   * The storage of a key.
   * @param size bytes that the pickle says it has
   * @throws CheckpointError if it is missing or has fewer.
   */
  storage(key: string, size: number): Storage;
}

/** Storage classes and the element type of each; `Untyped` has none of its own. */
const STORAGES: Readonly<Record<string, DType>> = {
  DoubleStorage: 'float64',
  FloatStorage: 'float32',
  HalfStorage: 'float16',
  BFloat16Storage: 'bfloat16',
  LongStorage: 'int64',
  IntStorage: 'int32',
  ShortStorage: 'int16',
  CharStorage: 'int8',
  ByteStorage: 'uint8',
  BoolStorage: 'bool',
};

const DTYPES: Readonly<Record<string, DType>> = {
  ...{ float64: 'float64', double: 'float64', float32: 'float32', float: 'float32' },
  ...{ float16: 'float16', half: 'float16', bfloat16: 'bfloat16', int64: 'int64', long: 'int64' },
  ...{ int32: 'int32', int: 'int32', int16: 'int16', short: 'int16', int8: 'int8', uint8: 'uint8' },
  ...{ uint16: 'uint16', uint32: 'uint32', uint64: 'uint64', bool: 'bool' },
};

const PARAMETERS: ReadonlySet<string> = new Set([
  'torch._utils._rebuild_parameter',
  'torch._utils._rebuild_parameter_with_state',
  'torch.nn.parameter.Parameter',
  'torch.nn.parameter.Buffer',
]);
const TENSORS: ReadonlySet<string> = new Set([
  'torch._utils._rebuild_tensor',
  'torch._utils._rebuild_tensor_v2',
  'torch._utils._rebuild_tensor_v3',
]);
/** Parameters in parameters: a subclass's recipe around the plain one. */
const MAX_NESTING = 8;

/** The recipe of the plain tensor within a value, parameters unwrapped; undefined if it is no such tensor. */
export function tensorRecipe(value: PyValue | undefined): PyObject | undefined {
  let inner = value;
  for (let depth = 0; depth < MAX_NESTING && inner instanceof PyObject; depth++) {
    if (TENSORS.has(inner.type)) return inner;
    if (inner.type === 'torch._tensor._rebuild_from_type_v2') {
      const [callee, , args] = inner.args;
      inner = callee !== undefined && args instanceof PyTuple ? new PyObject(callee, args.items) : undefined;
    } else if (PARAMETERS.has(inner.type)) inner = inner.args[0];
    else return undefined;
  }
  return undefined;
}

/**
 * The tensor of a value.
 * @returns undefined if the value is not a tensor, or one of a kind that is not read (sparse, quantised, complex)
 * @throws CheckpointError if it is one and does not fit its storage.
 */
export function readTensor(
  name: string,
  value: PyValue | undefined,
  archive: TorchArchive,
): TorchTensor | undefined {
  const recipe = tensorRecipe(value);
  if (!recipe) return undefined;
  const [reference, offset, size, stride] = recipe.args;
  const stored = storageOf(reference);
  const own = recipe.type === 'torch._utils._rebuild_tensor_v3' ? dtypeOf(recipe.args[6]) : stored?.dtype;
  if (!stored || !own) return undefined;
  const shape = toCounts(size);
  const strides = toCounts(stride);
  const start = toCount(offset);
  if (!shape || !strides || start === undefined) {
    throw new CheckpointError('a tensor has impossible sizes', {
      path: archive.path,
      where: name,
      expected: 'whole numbers from 0',
    });
  }
  const storage = archive.storage(stored.key, stored.count * stored.width);
  const layout = { dtype: own, offset: stored.start + start, shape, strides };
  return new TorchTensor(name, storage, layout, archive.path);
}

/** What a reference to a storage says. */
export interface StorageReference {
  readonly key: string;
  /** Absent for bytes without type, and for types that are not read. */
  readonly dtype?: DType;
  readonly width: number;
  /** Elements of the whole storage. */
  readonly count: number;
  /** Where the view of it begins that is meant (legacy files). */
  readonly start: number;
}

/** Takes apart `('storage', class, key, location, count[, view])`. */
export function storageOf(value: PyValue | undefined): StorageReference | undefined {
  if (!(value instanceof PyReference) || !(value.id instanceof PyTuple)) return undefined;
  const [kind, type, key, , count, view] = value.id.items;
  const elements = toCount(count);
  if (kind !== 'storage' || !(type instanceof PyGlobal) || typeof key !== 'string') return undefined;
  if (elements === undefined) return undefined;
  const dtype = Object.hasOwn(STORAGES, type.name) ? STORAGES[type.name] : undefined;
  const start = view instanceof PyTuple ? (toCount(view.items[1]) ?? 0) : 0;
  return { key, dtype, width: dtype ? BYTES[dtype] : 1, count: elements, start };
}

function dtypeOf(value: PyValue | undefined): DType | undefined {
  if (!(value instanceof PyGlobal) || value.module !== 'torch') return undefined;
  return Object.hasOwn(DTYPES, value.name) ? DTYPES[value.name] : undefined;
}
