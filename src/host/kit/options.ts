import type { z } from 'zod';
import { HostError } from '../errors';

/** What callers by name (tasks, key bindings, other extensions, the inspector's page) can say; nothing else is taken. */
export type OptionsSchema<Options> = z.ZodObject<z.ZodRawShape, z.core.$strict> & z.ZodType<Options>;

/**
 * Options given by a caller by name, for whom nothing is asked. Menus pass things of their own as second argument; these
 * are recognised by having none of the known fields.
 * @returns undefined when none were given
 * @throws HostError that names the field that cannot be used
 */
export function givenOptions<Options>(schema: OptionsSchema<Options>, options: unknown): Options | undefined {
  const isOurs =
    typeof options === 'object' &&
    options !== null &&
    Object.keys(options).some((name) => Object.hasOwn(schema.shape, name));
  if (!isOurs) return undefined;
  const parsed: z.ZodSafeParseResult<Options> = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new HostError(`the options cannot be used: ${issue.path.join('.')} ${issue.message}`);
}
