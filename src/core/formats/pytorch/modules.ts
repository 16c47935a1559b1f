import { CheckpointError } from '../../errors';
import { PyObject, PySet, toCount, toCounts, type PyValue } from '../pickle/values';
import type { ModuleSettings } from '../state-dict/stored';
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
    if (!attributes) return;
    visited += 1;
    if (depth > MAX_DEPTH || visited > MAX_TENSORS || tensors.size > MAX_TENSORS) {
      throw new CheckpointError('the modules in this file are too many, or too deep in one another', {
        path: archive.path,
        where: prefix.slice(0, 200),
        allowed: `${MAX_TENSORS} modules and tensors, ${MAX_DEPTH} levels`,
      });
    }
    modules.set(prefix.slice(0, -1), settingsOf(attributes));
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

function settingsOf(attributes: ReadonlyMap<string, PyValue>): ModuleSettings {
  const pair = (name: string): readonly number[] | undefined => toCounts(attributes.get(name));
  const epsilon = attributes.get('eps');
  const momentum = attributes.get('momentum');
  const transposed = attributes.get('transposed');
  return {
    stride: pair('stride'),
    padding: pair('padding'),
    dilation: pair('dilation'),
    groups: toCount(attributes.get('groups')),
    transposed: typeof transposed === 'boolean' ? transposed : undefined,
    epsilon: typeof epsilon === 'number' ? epsilon : undefined,
    momentum: typeof momentum === 'number' ? momentum : undefined,
  };
}
