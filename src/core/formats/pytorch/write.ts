import type { ByteSink } from '../../bytes';
import type { Content } from '../../checkpoint';
import { BYTES, type DType } from '../../tensor/dtype';
import { sizeOf } from '../../tensor/tensor';
import { writePickle } from '../../encodings/pickle/write';
import {
  isOrderedDict,
  PyDict,
  PyGlobal,
  PyObject,
  PyReference,
  PyTuple,
  type PyValue,
} from '../../encodings/pickle/values';
import { writtenDict, type WrittenDict } from '../state-dict/entries';
import { writeModuleNotes } from '../state-dict/module-notes';
import { writeNotes } from '../state-dict/notes';
import { writeModule } from '../state-dict/python/write-module';
import type { KnownDict } from '../state-dict/opened';
import type { StoredTensor } from '../state-dict/stored';
import { ZipWriter } from '../../encodings/zip/writer';
import { plainValue } from './plain';
import { TorchTensor } from './storage';
import { storageOf, type TorchArchive } from './tensors';
import type { FoundWeights } from './weights';
import { MODULE_NOTES, NOTES } from './zip-archive';

/** What a writer needs of the file that was read. */
export interface TorchContainer {
  readonly archive: TorchArchive;
  readonly found: FoundWeights;
}

/** Of a file that is new: a state dict that is the file's value, and no storage to copy. */
export function emptyContainer(path: string): TorchContainer {
  const root = new PyObject(ORDERED_DICT, []);
  const storage = (key: string): never => {
    throw new Error(`a new file has no storage ${key}`);
  };
  return {
    archive: { path, root, kind: 'new', storage },
    found: {
      tensors: new Map(),
      modules: new Map(),
      unread: [],
      others: [],
      way: [],
      value: root,
      isModule: false,
    },
  };
}

/** Folder of the entries in the archive, as PyTorch calls it where a file has no name. */
const ROOT = 'archive';

const STORAGE_NAMES: Readonly<Partial<Record<DType, string>>> = {
  ...{
    float64: 'DoubleStorage',
    float32: 'FloatStorage',
    float16: 'HalfStorage',
    bfloat16: 'BFloat16Storage',
  },
  ...{ int64: 'LongStorage', int32: 'IntStorage', int16: 'ShortStorage', int8: 'CharStorage' },
  ...{ uint8: 'ByteStorage', bool: 'BoolStorage' },
};

const ORDERED_DICT = new PyGlobal('collections', 'OrderedDict');
const REBUILD = new PyGlobal('torch._utils', '_rebuild_tensor_v2');
const REBUILD_TYPED = new PyGlobal('torch._utils', '_rebuild_tensor_v3');
const UNTYPED = new PyGlobal('torch.storage', 'UntypedStorage');

/**
 * Writes a PyTorch file that `torch.load(weights_only=True)` opens: a zip archive with the state dict where it was, and
 * beside it whatever else is plain data. Of a whole module only the state dict is left.
 */
export function writePytorch(
  content: Content,
  known: KnownDict,
  { archive, found }: TorchContainer,
  sink: ByteSink,
): Promise<void> {
  const written = writtenDict(content, known);
  const storages = new Storages(archive);
  const dict = stateDict(written, found.value, storages);
  const { value } = plainValue(archive.root, (old) => (old === found.value ? dict : storages.reference(old)));
  const zip = new ZipWriter(sink);
  zip.add(`${ROOT}/data.pkl`, writePickle(value));
  zip.add(`${ROOT}/byteorder`, new TextEncoder().encode('little'));
  for (const [key, read] of storages.all()) zip.add(`${ROOT}/data/${key}`, read());
  zip.add(`${ROOT}/version`, new TextEncoder().encode('3\n'));
  // Readers of PyTorch files pass over entries they do not know.
  const notes = writeNotes(written.notes);
  if (notes !== undefined) zip.add(`${ROOT}/${NOTES}`, new TextEncoder().encode(notes));
  if (written.modules.size > 0) {
    zip.add(`${ROOT}/${MODULE_NOTES}`, new TextEncoder().encode(writeModuleNotes(written.modules)));
  }
  zip.finish();
  writeModule(content, known, written, sink, found.way);
  return Promise.resolve();
}

/** What is left out when a file is written again, in words for people. */
export function losses({ root }: TorchArchive, { value, isModule, way }: FoundWeights): string[] {
  const { leftOut } = plainValue(root, (old) => (old === value || storageOf(old) ? null : undefined));
  const module = isModule
    ? [
        `the file holds a pickled module${way.length > 0 ? ` under ${way.join('.')}` : ''}: written again, it is its state dict`,
      ]
    : [];
  if (leftOut.length === 0) return module;
  const names = leftOut.slice(0, 4).join(', ') + (leftOut.length > 4 ? ', …' : '');
  return [...module, `objects in this file are not kept when it is written again: ${names}`];
}

function stateDict({ entries }: WrittenDict, before: PyValue, storages: Storages): PyValue {
  const dict = new PyObject(ORDERED_DICT, []);
  for (const [key, stored] of entries) dict.entries.push([key, storages.tensor(stored)]);
  // What a module noted of its version decides how PyTorch loads it.
  if (isOrderedDict(before)) dict.state = versionsOf(before.state);
  return dict;
}

function versionsOf(state: PyValue | undefined): PyValue | undefined {
  return state instanceof PyDict ? plainValue(state, () => undefined).value : undefined;
}

/** The storages of the new file, each written once. */
class Storages {
  private readonly keys = new Map<string, string>();
  private readonly readers: (readonly [key: string, read: () => Uint8Array])[] = [];

  constructor(private readonly archive: TorchArchive) {}

  all(): ReadonlyArray<readonly [key: string, read: () => Uint8Array]> {
    return this.readers;
  }

  /** The recipe of a tensor; views of one storage stay that. */
  tensor(stored: StoredTensor): PyValue {
    const origin = stored.origin ?? stored;
    if (!(origin instanceof TorchTensor)) {
      const key = this.add(() => stored.readBytes());
      return recipe(key, sizeOf(stored.shape), { ...stored, offset: 0, strides: contiguous(stored.shape) });
    }
    const { storage, layout } = origin;
    const key = this.copied(storage.key, storage.size);
    const width = STORAGE_NAMES[layout.dtype] ? BYTES[layout.dtype] : 1;
    return recipe(key, Math.floor(storage.size / width), layout);
  }

  /** The reference that stands in the new file for one of the file that was read. */
  reference(value: PyValue): PyReference | undefined {
    const reference = storageOf(value);
    if (!(value instanceof PyReference) || !(value.id instanceof PyTuple) || !reference) return undefined;
    // A view within a storage, as PyTorch before 0.4 wrote it, has no place in this format.
    if (reference.start > 0) return undefined;
    const [kind, type, , , count] = value.id.items;
    if (kind === undefined || type === undefined || count === undefined) return undefined;
    const key = this.copied(reference.key, reference.count * reference.width);
    return new PyReference(new PyTuple([kind, type, key, 'cpu', count]));
  }

  private copied(key: string, size: number): string {
    const known = this.keys.get(key);
    if (known !== undefined) return known;
    const storage = this.archive.storage(key, size);
    const made = this.add(() => storage.open().read(0, size));
    this.keys.set(key, made);
    return made;
  }

  private add(read: () => Uint8Array): string {
    const key = String(this.readers.length);
    this.readers.push([key, read]);
    return key;
  }
}

interface Placed {
  readonly dtype: DType;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

function recipe(key: string, count: number, { dtype, offset, shape, strides }: Placed): PyObject {
  const name = STORAGE_NAMES[dtype];
  const type = name === undefined ? UNTYPED : new PyGlobal('torch', name);
  const reference = new PyReference(new PyTuple(['storage', type, key, 'cpu', BigInt(count)]));
  const sizes = [shape, strides].map((list) => new PyTuple(list.map(BigInt)));
  const args = [reference, BigInt(offset), ...sizes, false, new PyObject(ORDERED_DICT, [])];
  return name === undefined
    ? new PyObject(REBUILD_TYPED, [...args, new PyGlobal('torch', dtype)])
    : new PyObject(REBUILD, args);
}

function contiguous(shape: readonly number[]): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}
