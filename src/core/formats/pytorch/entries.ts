import { CheckpointError } from '../../errors';
import { entryCount, PyObject, textEntries, type PyValue } from '../../encodings/pickle/values';

/** Entries that are gone through in one file. A network of ten thousand modules has half a million. */
const MAX_ENTRIES = 2_000_000;

/**
 * Goes through the dicts of a file, as long as they are not too many: a few bytes can hold one dict of a million entries a
 * million times.
 */
export class Entries {
  private left = MAX_ENTRIES;

  constructor(private readonly path: string) {}

  /** Entries of a dict under its text keys; undefined for anything else. @throws CheckpointError when they are too many */
  of(value: PyValue | undefined): Map<string, PyValue> | undefined {
    this.left -= entryCount(value);
    if (this.left < 0) {
      throw new CheckpointError('the values in this file hold one another too often', {
        path: this.path,
        expected: `at most ${MAX_ENTRIES} entries of dicts, each as often as it is held`,
      });
    }
    return textEntries(value);
  }

  /** The attributes of a pickled `nn.Module` or of a module of a TorchScript archive; undefined for anything else. */
  ofModule(value: PyValue | undefined): Map<string, PyValue> | undefined {
    if (!(value instanceof PyObject)) return undefined;
    const attributes = this.of(value.state);
    if (!attributes) return undefined;
    const isModule = attributes.has('_parameters') && attributes.has('_modules');
    return isModule || value.type.startsWith('__torch__.') ? attributes : undefined;
  }
}
