import {
  PyDict,
  PyGlobal,
  PyList,
  PyObject,
  PyReference,
  PySet,
  PyTuple,
  type PyValue,
} from '../../encodings/pickle/values';

/** What PyTorch's restricted unpickler may make, of what checkpoints hold. */
const ALLOWED: ReadonlySet<string> = new Set([
  ...['collections.OrderedDict', 'collections.Counter', 'torch.Size', 'torch.device', '_codecs.encode'],
  // Protocol 2 calls the module as Python 2 did.
  ...['builtins', '__builtin__'].flatMap((module) =>
    ['set', 'bytearray', 'complex'].map((name) => `${module}.${name}`),
  ),
  ...['torch._utils._rebuild_tensor', 'torch._utils._rebuild_tensor_v2', 'torch._utils._rebuild_tensor_v3'],
  ...['torch._utils._rebuild_parameter', 'torch._utils._rebuild_parameter_with_state'],
]);
/** Values in values that are looked into. */
const MAX_DEPTH = 100;

/** Stands for a value that is left out. */
const LEFT_OUT = Symbol('left out');
type Kept = PyValue | typeof LEFT_OUT;

/** The part of a checkpoint that is plain data, and the names of what is not. */
export interface PlainValue {
  readonly value: PyValue;
  /** Classes of what was left out. */
  readonly leftOut: readonly string[];
}

/**
 * What of a checkpoint may be written again: plain data, tensors, and NumPy's numbers as Python's. Objects of any other
 * class are left out. What is held twice stays one.
 * @param replace what is to stand for a value, taken as it is; undefined for most
 */
export function plainValue(root: PyValue, replace: (value: PyValue) => PyValue | undefined): PlainValue {
  const done = new Map<object, Kept>();
  const leftOut = new Set<string>();

  const visit = (value: PyValue, depth: number): Kept => {
    const other = replace(value);
    if (other !== undefined) return other;
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
    const known = done.get(value);
    if (known !== undefined) return known;
    // Until it is done it is left out of itself.
    done.set(value, LEFT_OUT);
    const kept = depth > MAX_DEPTH ? LEFT_OUT : copied(value, depth + 1);
    if (kept === LEFT_OUT) leftOut.add(nameOf(value));
    done.set(value, kept);
    return kept;
  };
  const items = (list: readonly PyValue[], depth: number): PyValue[] =>
    list.map((item) => visit(item, depth)).map((item) => (item === LEFT_OUT ? null : item));
  const entries = (list: ReadonlyArray<readonly [PyValue, PyValue]>, depth: number): [PyValue, PyValue][] =>
    list.flatMap(([key, item]): [PyValue, PyValue][] => {
      const name = visit(key, depth);
      const kept = visit(item, depth);
      return name === LEFT_OUT || kept === LEFT_OUT ? [] : [[name, kept]];
    });
  const copied = (value: Exclude<PyValue & object, Uint8Array>, depth: number): Kept => {
    if (value instanceof PyTuple) return new PyTuple(items(value.items, depth));
    if (value instanceof PySet) return new PySet(items(value.items, depth), value.frozen);
    if (value instanceof PyGlobal) return isAllowed(value) ? value : LEFT_OUT;
    if (value instanceof PyReference) return LEFT_OUT;
    if (value instanceof PyList) return filled(new PyList(), items(value.items, depth), []);
    if (value instanceof PyDict) return filled(new PyDict(), [], entries(value.entries, depth));
    const number = numpyNumber(value);
    if (number !== undefined) return number;
    if (!ALLOWED.has(value.type)) return LEFT_OUT;
    const args = value.args.map((item) => visit(item, depth));
    if (args.includes(LEFT_OUT)) return LEFT_OUT;
    const copy = new PyObject(
      value.callee,
      args.filter((item) => item !== LEFT_OUT),
    );
    const state = value.state === undefined ? LEFT_OUT : visit(value.state, depth);
    if (state !== LEFT_OUT && value.type === 'collections.OrderedDict') copy.state = state;
    return filled(copy, items(value.items, depth), entries(value.entries, depth));
  };

  const value = visit(root, 0);
  return { value: value === LEFT_OUT ? null : value, leftOut: [...leftOut] };
}

function filled<T extends PyList | PyDict | PyObject>(
  container: T,
  items: readonly PyValue[],
  entries: ReadonlyArray<[PyValue, PyValue]>,
): T {
  if (!(container instanceof PyDict)) for (const item of items) container.items.push(item);
  if (!(container instanceof PyList)) for (const entry of entries) container.entries.push(entry);
  return container;
}

/** Storage classes and element types are named in tensors. */
function isAllowed({ module, name, path }: PyGlobal): boolean {
  return (
    ALLOWED.has(path) ||
    (/^torch(\.storage|\.cuda)?$/.test(module) && /^(\w+Storage|[a-z]+\d+|bool)$/.test(name))
  );
}

function nameOf(value: object): string {
  if (value instanceof PyGlobal) return value.path;
  return value instanceof PyObject ? value.type || 'an object' : 'nested data';
}

/** `numpy.float64(0.5)` is pickled as its type and its bytes. */
function numpyNumber(value: PyObject): PyValue | undefined {
  if (!/^numpy\.(_core|core)\.multiarray\.scalar$/.test(value.type)) return undefined;
  const [type, bytes] = value.args;
  const code = type instanceof PyObject && type.type === 'numpy.dtype' ? type.args[0] : undefined;
  const content = contentOf(bytes);
  if (typeof code !== 'string' || !content) return undefined;
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const read: Readonly<Record<string, () => PyValue>> = {
    f8: () => view.getFloat64(0, true),
    f4: () => view.getFloat32(0, true),
    i8: () => view.getBigInt64(0, true),
    i4: () => BigInt(view.getInt32(0, true)),
    b1: () => view.getUint8(0) !== 0,
  };
  return Object.hasOwn(read, code) && content.length === Number(code[1]) ? read[code]?.() : undefined;
}

/** Bytes, or text that stands for them: protocol 2 has no bytes. */
function contentOf(value: PyValue | undefined): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  const text = value instanceof PyObject && value.type === '_codecs.encode' ? value.args[0] : undefined;
  return typeof text === 'string' ? Uint8Array.from(text, (letter) => letter.charCodeAt(0)) : undefined;
}
