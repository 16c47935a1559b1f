import type { Attributes } from '../../../encodings/hdf5/attributes';

/** Bytes of one attribute beyond which Keras splits a list of names into several. */
const LIMIT = 64_512;

/** A list of names, joined where it is split into `name0`, `name1`, … */
export function joinNames(attributes: Attributes, name: string): string[] {
  const whole = texts(attributes[name]);
  if (whole) return whole;
  const names: string[] = [];
  for (let i = 0; ; i += 1) {
    const part = texts(attributes[`${name}${i}`]);
    if (!part) return names;
    names.push(...part);
  }
}

function texts(value: Attributes[string]): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return (value as readonly unknown[]).filter((item) => typeof item === 'string');
}

/**
 * The attributes that hold a list of names, split as Keras splits them: into as few equal parts as fit,
 * each name taking as many bytes as the longest.
 */
export function splitNames(name: string, names: readonly string[]): Map<string, readonly string[]> {
  const width = Math.max(1, ...names.map((text) => new TextEncoder().encode(text).length));
  const parts = Math.max(1, Math.ceil((width * names.length) / LIMIT));
  if (parts === 1) return new Map([[name, names]]);
  const size = Math.floor(LIMIT / width);
  const count = Math.ceil(names.length / size);
  return new Map(
    Array.from({ length: count }, (_, i) => [`${name}${i}`, names.slice(i * size, (i + 1) * size)] as const),
  );
}
