/** Patterns of layer names, as a person writes them. */
export interface Globs {
  readonly patterns: readonly string[];
  /** Does one pattern match the whole name? */
  one(pattern: string, name: string): boolean;
  any(name: string): boolean;
}

/** Reads a comma-separated list of patterns: `*` is any run of characters, `?` is one. */
export function matchesGlobs(list: string): Globs {
  const patterns = list
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
  return { patterns, one: matches, any: (name) => patterns.some((pattern) => matches(pattern, name)) };
}

/** The same for names that were picked, not typed: each means itself. */
export function matchesNames(names: readonly string[]): Globs {
  const set = new Set(names);
  return { patterns: names, one: (pattern, name) => pattern === name, any: (name) => set.has(name) };
}

/** Greedy matching with one point of return: linear in practice, quadratic at worst, never exponential. */
function matches(pattern: string, name: string): boolean {
  let p = 0;
  let n = 0;
  let star = -1;
  let resume = 0;
  while (n < name.length) {
    if (pattern[p] === '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === name[n])) {
      p++;
      n++;
    } else if (star >= 0) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
