import { isObject, parseJson, writeJson, type Json, type JsonObject } from '../../encodings/json';
import {
  MAX_MODULE_TEXT,
  MODULE_VALUES,
  moduleSettings,
  type ModuleSettings,
  type ModuleValue,
} from './stored';

/** Version of what is noted. */
const VERSION = 1;
/** Modules that are read; a network of more has no notes. */
const MAX_MODULES = 100_000;

/**
 * What a whole module said of its layers, as text: a state dict, which is what is written of it, says nothing of them, and
 * its names by themselves may show another network.
 */
export function writeModuleNotes(modules: ReadonlyMap<string, ModuleSettings>): string {
  const entries = [...modules].map(([path, { type, values, altered, functions }]): [string, Json] => {
    const attributes = Object.fromEntries([...values].map(([name, value]) => [name, value ?? jsonOf(value)]));
    return [
      path,
      {
        type,
        values: attributes,
        ...(altered !== undefined && { altered }),
        ...(functions && { functions: [...functions] }),
      },
    ];
  });
  return writeJson({ version: VERSION, modules: Object.fromEntries(entries) });
}

/** What is there and is not a plain value is an empty object. */
function jsonOf(value: null | undefined): Json {
  return value === null ? null : {};
}

/**
 * Reads what `writeModuleNotes` wrote.
 * @param text absent, or from a later version: then nothing is known
 * @throws CheckpointError if it is not JSON.
 */
export function readModuleNotes(text: string | undefined, path: string): ReadonlyMap<string, ModuleSettings> {
  const json = text === undefined ? undefined : parseJson(text, { path, where: 'notes of the layers' });
  const modules = new Map<string, ModuleSettings>();
  if (!isObject(json) || json.version !== VERSION || !isObject(json.modules)) return modules;
  for (const [name, module] of Object.entries(json.modules).slice(0, MAX_MODULES)) {
    if (isObject(module)) modules.set(name, settingsOf(module));
  }
  return modules;
}

function settingsOf({ type, values, altered, functions }: JsonObject): ModuleSettings {
  const known = isObject(values) ? Object.entries(values) : [];
  const plain = known.filter(([name]) => MODULE_VALUES.has(name));
  return moduleSettings(
    short(type) ?? '',
    new Map(plain.map(([name, value]) => [name, valueOf(value)] as const)),
    {
      ...(typeof altered === 'string' && { altered: short(altered) ?? 'something of its own' }),
      ...(Array.isArray(functions) && { functions: functions.flatMap((each: Json) => short(each) ?? []) }),
    },
  );
}

function short(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value.slice(0, 200) : undefined;
}

function valueOf(value: Json | undefined): ModuleValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value;
  if (typeof value === 'string') return value.length <= MAX_MODULE_TEXT ? value : undefined;
  if (!Array.isArray(value)) return undefined;
  const numbers = value.filter((each: Json) => typeof each === 'number');
  return numbers.length === value.length && numbers.length <= 64 ? numbers : undefined;
}
