import {
  convUnit,
  filtersOf,
  join,
  modulePaths,
  normUnit,
  widthOf,
  type ConvUnit,
  type NormUnit,
  type StateDict,
} from './units';

/**
 * The batch norm that by name and width follows each convolution. Weights do not show what reads what, so this is
 * a guess: `conv1` and `bn1`, `0` and `1` of a sequence, or the next module of the same parent.
 * @param convs in the order of the file
 */
export function normsByName(dict: StateDict, convs: readonly ConvUnit[]): ReadonlyMap<string, NormUnit> {
  const found = new Map<string, NormUnit>();
  const taken = new Set<string>();
  const paths = modulePaths(dict);
  const places = new Map(paths.map((path, place) => [path, place]));
  for (const conv of convs) {
    const candidates = [
      ...namesBehind(conv.name),
      ...nextModule(paths[(places.get(conv.name) ?? -1) + 1], conv.name, dict),
    ];
    const norm = candidates
      .filter((name) => !taken.has(name))
      .map((name) => normUnit(dict, name))
      .find((unit) => unit && widthOf(unit) === filtersOf(conv));
    if (!norm) continue;
    taken.add(norm.name);
    found.set(conv.name, norm);
  }
  return found;
}

function namesBehind(path: string): string[] {
  const dot = path.lastIndexOf('.');
  const parent = dot < 0 ? '' : path.slice(0, dot);
  const name = path.slice(dot + 1);
  if (/^\d+$/.test(name)) return [join(parent, String(Number(name) + 1))];
  const words = ['bn', 'norm', 'batch_norm', 'batchnorm'];
  return words.flatMap((word) => {
    const replaced = name.replace(/conv/i, word);
    return replaced === name ? [] : [join(parent, replaced)];
  });
}

/** The module behind a convolution in the same parent, if that is not a convolution itself. */
function nextModule(next: string | undefined, path: string, dict: StateDict): string[] {
  const parent = path.slice(0, path.lastIndexOf('.') + 1);
  const isSibling = next?.startsWith(parent) && !next.slice(parent.length).includes('.');
  return next !== undefined && isSibling && !convUnit(dict, next) ? [next] : [];
}
