import type { ReadScope } from './source';

/** Text of a setting's value in a sentence. */
const MAX_VALUE = 60;

/** Says which layers of known classes are kept without being interpreted, and the setting that is why; alike ones once. */
export function unsupportedLayers(scope: ReadScope): string[] {
  const alike = new Map<string, string[]>();
  const visit = ({ model, read, inside }: ReadScope): void => {
    for (const { name, className, config } of model.layers) {
      const setting = read.get(name)?.unsupported;
      if (setting === undefined) continue;
      const value = config[setting];
      const reason =
        value === undefined ? setting : `${setting} is ${JSON.stringify(value).slice(0, MAX_VALUE)}`;
      const key = `not supported (kept, but cannot be run): ${className} whose ${reason}`;
      const names = alike.get(key) ?? [];
      alike.set(key, names);
      names.push(name);
    }
    [...inside.values()].forEach(visit);
  };
  visit(scope);
  return [...alike].map(([text, [first, ...more]]) =>
    more.length === 0 ? `${text} (${first})` : `${text} (${first} and ${more.length} more)`,
  );
}
