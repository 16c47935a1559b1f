/** What a pickle can hold here. Nothing of it is ever called or imported: a class is its name, an object its recipe. */
export type PyValue =
  | null
  | boolean
  /** Python's float. */
  | number
  /** Python's int. */
  | bigint
  | string
  /** Python's bytes. */
  | Uint8Array
  | PyTuple
  | PyList
  | PyDict
  | PySet
  | PyGlobal
  | PyObject
  | PyReference;

/** A Python tuple. */
export class PyTuple {
  constructor(readonly items: readonly PyValue[]) {}
}

/** A Python list; grows while the pickle is read. */
export class PyList {
  readonly items: PyValue[] = [];
}

/** A Python dict as its entries in order; keys may repeat. */
export class PyDict {
  /** In order; a key that comes again counts with its last value. */
  readonly entries: [PyValue, PyValue][] = [];
}

/** A Python set as its items in order. */
export class PySet {
  constructor(
    readonly items: PyValue[],
    readonly frozen: boolean,
  ) {}
}

/** A class or function by name; an inert value. */
export class PyGlobal {
  constructor(
    readonly module: string,
    readonly name: string,
  ) {}

  get path(): string {
    return `${this.module}.${this.name}`;
  }
}

/** What Python would have made by calling something: the recipe, never carried out. */
export class PyObject {
  state: PyValue | undefined;
  /** What was appended to it. */
  readonly items: PyValue[] = [];
  /** What was set in it as in a dict. */
  readonly entries: [PyValue, PyValue][] = [];

  constructor(
    readonly callee: PyValue,
    readonly args: readonly PyValue[],
  ) {}

  /** Dotted name of what would be called; empty when that is not a plain name. */
  get type(): string {
    const named = this.callee instanceof PyReference ? this.callee.module : this.callee;
    return named instanceof PyGlobal ? named.path : '';
  }
}

/** An object outside of the pickle, by its id: PyTorch's storages. */
export class PyReference {
  constructor(readonly id: PyValue) {}

  /** Before PyTorch 1.6 a module's class came with its source text: `('module', class, file, text)`. */
  get module(): PyValue {
    const [kind, type] = this.id instanceof PyTuple ? this.id.items : [];
    return kind === 'module' && type !== undefined ? type : null;
  }
}

/** True for `collections.OrderedDict`, whichever way it was pickled. */
export function isOrderedDict(value: PyValue | undefined): value is PyObject {
  return value instanceof PyObject && value.type === 'collections.OrderedDict';
}

/** Entries of a dict or an OrderedDict under its text keys; undefined for anything else. */
export function textEntries(value: PyValue | undefined): Map<string, PyValue> | undefined {
  if (!(value instanceof PyDict) && !isOrderedDict(value)) return undefined;
  const entries = isOrderedDict(value) ? [...listed(value), ...value.entries] : value.entries;
  return new Map(entries.flatMap(([key, item]) => (typeof key === 'string' ? [[key, item] as const] : [])));
}

/** How many entries `textEntries` would go through: dicts may share what they hold. */
export function entryCount(value: PyValue | undefined): number {
  if (value instanceof PyDict) return value.entries.length;
  if (!isOrderedDict(value)) return 0;
  const [pairs] = value.args;
  return value.entries.length + (pairs instanceof PyList ? pairs.items.length : 0);
}

/** Python 2 gave an OrderedDict its pairs as an argument. */
function listed({ args: [pairs] }: PyObject): [PyValue, PyValue][] {
  if (!(pairs instanceof PyList)) return [];
  return pairs.items.flatMap((pair): [PyValue, PyValue][] => {
    if (!(pair instanceof PyTuple || pair instanceof PyList)) return [];
    const [key, value, ...more] = pair.items;
    return key !== undefined && value !== undefined && more.length === 0 ? [[key, value]] : [];
  });
}

/** A number that counts or points; undefined if it is not a number, or negative, or beyond what a float64 holds exactly. */
export function toCount(value: PyValue | undefined): number | undefined {
  if (typeof value !== 'bigint' || value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  return Number(value);
}

/** Numbers that stand together: sizes, strides. PyTorch allows 64 axes. */
const MAX_COUNTS = 64;

/** Counts of a tuple or list (a `torch.Size` too); undefined if any is not a number, or where they are too many. */
export function toCounts(value: PyValue | undefined): number[] | undefined {
  const list = value instanceof PyObject && value.type === 'torch.Size' ? value.args[0] : value;
  if (!(list instanceof PyTuple) && !(list instanceof PyList)) return undefined;
  if (list.items.length > MAX_COUNTS) return undefined;
  const counts = list.items.map(toCount);
  return counts.every((count) => count !== undefined) ? counts : undefined;
}
