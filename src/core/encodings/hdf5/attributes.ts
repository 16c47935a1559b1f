import type { ByteSource } from '../../bytes';
import { CheckpointError } from '../../errors';
import { printable, type Session } from './library';

/** A value of an attribute. Numbers come as numbers, whatever their type in the file. */
export type AttributeValue = string | number | readonly string[] | readonly number[];
/** Attributes of a group or file by name; undefined for one that is not there. */
export type Attributes = Readonly<Record<string, AttributeValue | undefined>>;

const STRING = 3;
const NUMERIC = [0, 1];

/**
 * Attributes of one group. Anything but numbers and text is left out.
 * @throws CheckpointError if one declares more than the file holds.
 */
export function readAttributes(session: Session, path: string, source: ByteSource): Attributes {
  const { h5, module, file } = session;
  const attributes: Record<string, AttributeValue> = Object.create(null) as Record<string, AttributeValue>;
  for (const name of module.get_attribute_names(file, path)) {
    const { metadata } = new h5.Attribute(file, path, name);
    const { type, shape, size, total_size: count } = metadata;
    if (shape === null || !(type === STRING || NUMERIC.includes(type))) continue;
    if (size * count > source.size) {
      throw new CheckpointError('an attribute declares more than the file holds', {
        path: source.path,
        where: printable(name),
        found: `${size * count} bytes`,
        expected: `at most ${source.size} bytes`,
      });
    }
    const value = plain(new h5.Attribute(file, path, name).value);
    if (value !== undefined) attributes[name] = value;
  }
  return attributes;
}

/** Numbers and text as plain values; `undefined` for anything else. */
function plain(value: unknown): AttributeValue | undefined {
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number | bigint>, Number);
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  return undefined;
}
