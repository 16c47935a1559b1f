import { CheckpointError } from '../../errors';
import {
  PyDict,
  PyGlobal,
  PyObject,
  PySet,
  toCount,
  toCounts,
  type PyValue,
} from '../../encodings/pickle/values';
import {
  MAX_MODULE_TEXT,
  MODULE_VALUES,
  moduleSettings,
  type ModuleSettings,
  type ModuleValue,
} from '../state-dict/stored';
import type { Entries } from './entries';
import { readTensor, type TorchArchive } from './tensors';
import type { TorchTensor } from './storage';

/** Modules in modules. */
const MAX_DEPTH = 64;
/** Tensors of one file; the largest models people publish as one have some ten thousand. */
export const MAX_TENSORS = 100_000;

/** Tensors found under their keys, and what their modules say of themselves. */
export interface FoundTensors {
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  readonly modules: ReadonlyMap<string, ModuleSettings>;
  /** Keys of tensors of kinds that are not read. */
  readonly unread: readonly string[];
}

/** Walks `_parameters`, `_buffers` and `_modules` (of TorchScript: the attributes themselves) as `state_dict` does. */
export function walkModule(root: PyObject, archive: TorchArchive, entries: Entries): FoundTensors {
  const tensors = new Map<string, TorchTensor>();
  const modules = new Map<string, ModuleSettings>();
  const unread: string[] = [];
  let visited = 0;

  const take = (name: string, value: PyValue): void => {
    const tensor = readTensor(name, value, archive);
    if (tensor) tensors.set(name, tensor);
    else if (value instanceof PyObject) unread.push(name);
  };
  const visit = (value: PyValue, prefix: string, depth: number): void => {
    const attributes = entries.ofModule(value);
    if (!attributes || !(value instanceof PyObject)) return;
    visited += 1;
    if (depth > MAX_DEPTH || visited > MAX_TENSORS || tensors.size > MAX_TENSORS) {
      throw new CheckpointError('the modules in this file are too many, or too deep in one another', {
        path: archive.path,
        where: prefix.slice(0, 200),
        expected: `at most ${MAX_TENSORS} modules and tensors, ${MAX_DEPTH} levels`,
      });
    }
    modules.set(prefix.slice(0, -1), settingsOf(value, attributes));
    const { own, inner } = partsOf(attributes, entries);
    for (const [name, item] of own) take(prefix + name, item);
    for (const [name, item] of inner) visit(item, `${prefix}${name}.`, depth + 1);
  };
  visit(root, '', 0);
  return { tensors, modules, unread };
}

interface ModuleParts {
  readonly own: ReadonlyMap<string, PyValue>;
  readonly inner: ReadonlyMap<string, PyValue>;
}

function partsOf(attributes: Map<string, PyValue>, entries: Entries): ModuleParts {
  const modules = entries.of(attributes.get('_modules'));
  if (!modules) return scriptParts(attributes, entries);
  const passing = attributes.get('_non_persistent_buffers_set');
  const hidden = new Set(passing instanceof PySet ? passing.items : setItems(passing));
  const buffers = [...(entries.of(attributes.get('_buffers')) ?? [])].filter(([name]) => !hidden.has(name));
  return {
    own: new Map([...(entries.of(attributes.get('_parameters')) ?? []), ...buffers]),
    inner: modules,
  };
}

/** TorchScript keeps parameters, buffers and modules as attributes among others. */
function scriptParts(attributes: Map<string, PyValue>, entries: Entries): ModuleParts {
  const own = new Map<string, PyValue>();
  const inner = new Map<string, PyValue>();
  for (const [name, value] of attributes) {
    if (value instanceof PyObject) (entries.ofModule(value) ? inner : own).set(name, value);
  }
  return { own, inner };
}

/** Protocol 2 writes a set as a call with a list. */
function setItems(value: PyValue | undefined): readonly PyValue[] {
  const [list] = value instanceof PyObject ? value.args : [];
  return list !== null && typeof list === 'object' && 'items' in list ? list.items : [];
}

/** Attributes that hold functions to be called with a module's values. */
const HOOKS = ['_forward_hooks', '_forward_pre_hooks'] as const;

function settingsOf({ type }: PyObject, attributes: ReadonlyMap<string, PyValue>): ModuleSettings {
  const values = new Map<string, ModuleValue>();
  const functions: string[] = [];
  for (const [name, value] of attributes) {
    if (MODULE_VALUES.has(name)) values.set(name, plainSetting(value));
    if (value instanceof PyGlobal) functions.push(value.path);
  }
  const hooks = HOOKS.some((name) => hasItems(attributes.get(name)));
  const altered = hooks ? 'forward hooks' : attributes.has('forward') ? 'a forward of its own' : undefined;
  return moduleSettings(type, values, {
    ...(altered === undefined ? {} : { altered }),
    ...(functions.length === 0 ? {} : { functions }),
  });
}

/** Hooks are kept under numbers, which are not text keys. */
function hasItems(value: PyValue | undefined): boolean {
  return (value instanceof PyObject || value instanceof PyDict) && value.entries.length > 0;
}

function plainSetting(value: PyValue): ModuleValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value;
  if (typeof value === 'string') return value.length <= MAX_MODULE_TEXT ? value : undefined;
  return toCount(value) ?? toCounts(value);
}
