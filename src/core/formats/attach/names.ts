import type { StateDict } from '../state-dict/units';
import type { Place } from '../../blueprint';

/** What `torch.compile` puts between names. */
const COMPILED = '_orig_mod';
/** Levels of names that may stand before the network's own. */
const MAX_PREFIX = 2;

/**
 * Finds in a state dict what an ONNX model names. Both may have something before the names that they share: `module.`,
 * or the attribute of whatever was exported.
 */
export class Names {
  /** What stands before the network's own names in the file. */
  readonly prefix: string;
  private readonly modelPrefix: string;
  /** Without what torch.compile adds, to the names as they are; null where two become one. */
  private readonly keys: ReadonlyMap<string, string | null>;
  private readonly paths: ReadonlyMap<string, string | null>;

  constructor({ tensors }: StateDict, places: readonly Place[]) {
    const keys = [...tensors.keys()];
    this.keys = byPlainName(keys);
    this.paths = byPlainName(new Set(keys.flatMap(pathsAbove)));
    const suggested = places.map(({ paths }) => paths.map(plain));
    const inFile = prefixesOf([...this.keys.keys()]);
    const inModel = prefixesOf(
      suggested.flatMap((paths) => paths.filter(Boolean).slice(0, 1)).map((path) => `${path}.`),
    );
    let best = { prefix: '', modelPrefix: '', found: -1 };
    for (const prefix of inFile) {
      for (const modelPrefix of inModel) {
        const exists = (path: string): boolean => this.paths.has(prefix + without(modelPrefix, path));
        const found = suggested.filter((paths) => paths.some((path) => path !== '' && exists(path))).length;
        if (found > best.found) best = { prefix, modelPrefix, found };
      }
    }
    this.prefix = best.prefix;
    this.modelPrefix = best.modelPrefix;
  }

  /** The key of a parameter; undefined if the file has none of that name. */
  key(name: string): string | undefined {
    return this.keys.get(this.spelled(name)) ?? undefined;
  }

  /** The path of a module; undefined if the file has nothing under it. */
  path(name: string): string | undefined {
    return this.paths.get(this.spelled(name)) ?? undefined;
  }

  /** A module's path as the file would spell it if it had it. */
  spelled(name: string): string {
    return this.prefix + without(this.modelPrefix, plain(name));
  }
}

function plain(name: string): string {
  if (!name.includes(COMPILED)) return name;
  return name
    .split('.')
    .filter((part) => part !== COMPILED)
    .join('.');
}

function without(prefix: string, name: string): string {
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

function byPlainName(names: Iterable<string>): Map<string, string | null> {
  const found = new Map<string, string | null>();
  for (const name of names) {
    const key = plain(name);
    found.set(key, found.has(key) ? null : name);
  }
  return found;
}

function pathsAbove(key: string): string[] {
  const paths = [''];
  for (let path = parentOf(key); path !== ''; path = parentOf(path)) paths.push(path);
  return paths;
}

/** None, and on each level the one that most names begin with. */
function prefixesOf(names: readonly string[]): string[] {
  const prefixes = [''];
  for (let level = 1; level <= MAX_PREFIX; level++) {
    const counts = new Map<string, number>();
    for (const name of names) {
      const parts = name.split('.');
      if (parts.length <= level) continue;
      const prefix = `${parts.slice(0, level).join('.')}.`;
      counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
    }
    for (const [prefix, count] of counts) if (count * 2 > names.length) prefixes.push(prefix);
  }
  return prefixes;
}

/** The module of a parameter's name. */
function parentOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('.')));
}
