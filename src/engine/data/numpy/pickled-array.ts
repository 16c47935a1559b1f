import { DataError } from '../../../core/errors';
import { PyGlobal, PyObject, PyTuple, toCounts, type PyValue } from '../../../core/encodings/pickle/values';
import { shown } from '../file';
import type { NpyHeader } from './header';

/** Of NumPy before 2 and since. */
const MAKERS = ['numpy.core.multiarray._reconstruct', 'numpy._core.multiarray._reconstruct'];

/** Of arrays in Python's fifth protocol, which are pickled in another way. */
const MAKERS_OF_FIVE = ['numpy.core.numeric._frombuffer', 'numpy._core.numeric._frombuffer'];

/** An array as its pickle describes it. */
interface PickledArray {
  /** As of a `.npy` file; the elements begin at 0. */
  readonly header: NpyHeader;
  readonly bytes: Uint8Array;
}

/**
 * Reads the recipe by which NumPy pickles an array, without following it: `_reconstruct(ndarray, (0,), b'b')` and its state
 * (version, shape, dtype, Fortran order, bytes). Only this is taken for an array.
 * @throws DataError for anything else
 */
export function pickledArray(
  value: PyValue | undefined,
  { path, where }: { readonly path: string; readonly where: string },
): PickledArray {
  const fail = (summary: string, found?: string, expected?: string): DataError =>
    new DataError(summary, { path, where, found: found && shown(found), expected });
  if (value === undefined) throw fail('the pickle has no such entry');
  if (value instanceof PyObject && MAKERS_OF_FIVE.includes(value.type)) {
    throw fail('the array is pickled in a way that is not read', 'protocol 5', 'protocols 1 to 4');
  }
  if (!(value instanceof PyObject) || !MAKERS.includes(value.type)) {
    throw fail('this is not a NumPy array', kindOf(value), MAKERS[0]);
  }
  const state = stateOf(value);
  if (!state) throw fail('the array is malformed');
  const { shape, bytes, element, fortran } = state;
  if (!element)
    throw fail('the array does not hold numbers', undefined, 'numpy.dtype of whole numbers or bytes');
  if (fortran && shape.length > 1) throw fail('the array is in Fortran order', undefined, 'C order');
  const size = shape.reduce((product, length) => product * length, element.width);
  if (size !== bytes.length) {
    throw fail('the array does not have the size it says', `${bytes.length} bytes`, `${size} bytes`);
  }
  return { header: { ...element, shape, start: 0 }, bytes };
}

function stateOf({ args: [type], state }: PyObject) {
  if (!(type instanceof PyGlobal) || type.path !== 'numpy.ndarray') return undefined;
  if (!(state instanceof PyTuple) || state.items.length !== 5) return undefined;
  const [, sizes, dtype, fortran, content] = state.items;
  const shape = toCounts(sizes);
  const bytes = pickledBytes(content);
  if (!shape || !bytes || typeof fortran !== 'boolean') return undefined;
  return { shape, bytes, fortran, element: elementOf(dtype) };
}

/** `numpy.dtype('u1', …)` with its byte order in the state. */
function elementOf(
  value: PyValue | undefined,
): Pick<NpyHeader, 'kind' | 'width' | 'littleEndian'> | undefined {
  if (!(value instanceof PyObject) || value.type !== 'numpy.dtype') return undefined;
  const [code] = value.args;
  const match = typeof code === 'string' ? /^([uibf])([1248])$/.exec(code) : null;
  const order = value.state instanceof PyTuple ? value.state.items[1] : undefined;
  if (!match || (order !== '<' && order !== '>' && order !== '|')) return undefined;
  return { kind: match[1], width: Number(match[2]), littleEndian: order !== '>' };
}

/** Bytes; in Python 2 a string, whose bytes may be text by chance; before protocol 3 text that stands for bytes. */
export function pickledBytes(value: PyValue | undefined): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') return new TextEncoder().encode(value);
  if (!(value instanceof PyObject) || value.type !== '_codecs.encode') return undefined;
  const [text, encoding] = value.args;
  if (typeof text !== 'string' || encoding !== 'latin1') return undefined;
  return Uint8Array.from(Buffer.from(text, 'latin1'));
}

function kindOf(value: PyValue): string {
  if (value instanceof PyObject) return value.type || 'an object';
  if (value instanceof PyGlobal) return value.path;
  if (value === null) return 'nothing';
  return typeof value === 'object' ? value.constructor.name.replace(/^Py/, '').toLowerCase() : typeof value;
}
