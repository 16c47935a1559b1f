import { PyList, PyObject, PyTuple, type PyValue } from '../../encodings/pickle/values';
import type { ErrorDetail } from '../../errors';
import type { Entries } from './entries';
import { tensorRecipe } from './tensors';

/** Why no weights were found, and where a file has them in a way that is not read. */
export interface Elsewhere {
  readonly summary: string;
  readonly detail: ErrorDetail;
}

/** Values that are looked at in a list or dict: what the first ones are, the others are too. */
const LOOKED_AT = 100;
const STATE_DICT = 'a dict of tensors by name, as torch.save(model.state_dict(), "model.pth") writes';

/** What a file without a dict of tensors has instead. */
export function tensorsElsewhere(root: PyValue, entries: Entries): Elsewhere {
  const expected = STATE_DICT;
  if (tensorRecipe(root))
    return {
      summary: 'this file is one tensor without a name, not the weights of a network',
      detail: { expected },
    };
  if (root instanceof PyTuple || root instanceof PyList) {
    const at = root.items.slice(0, LOOKED_AT).findIndex((item) => holdsWeights(item, entries));
    const kind = root instanceof PyTuple ? 'tuple' : 'list';
    if (at >= 0)
      return {
        summary: `the tensors of this file are in a ${kind}, which is not read`,
        detail: {
          where: `item ${at}`,
          expected: `a dict of tensors by name: open the file with torch.load and save item ${at} by itself`,
        },
      };
  }
  const arrays = [...(entries.of(root)?.values() ?? [])].slice(0, LOOKED_AT).some(isArray);
  if (arrays)
    return {
      summary: 'this file has NumPy arrays in place of tensors, which are not read',
      detail: { expected: `tensors: make each one with torch.from_numpy and save the dict again` },
    };
  return { summary: 'there are no tensors in this file', detail: {} };
}

/** A tensor, a module, or a dict with a tensor. */
function holdsWeights(value: PyValue, entries: Entries): boolean {
  if (tensorRecipe(value) || entries.ofModule(value)) return true;
  return [...(entries.of(value)?.values() ?? [])].slice(0, LOOKED_AT).some((item) => tensorRecipe(item));
}

function isArray(value: PyValue): boolean {
  return value instanceof PyObject && /^numpy\.(_core|core)\.multiarray\._reconstruct$/.test(value.type);
}
