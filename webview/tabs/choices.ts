/** What somebody chooses on a tab: its form and what it is until then, written once. Saving and restoring follow from it. */
import * as z from 'zod/mini';

type Shape = z.core.$ZodLooseShape;

/** The choices of one tab. */
export interface Choices<Id extends string = string, S extends Shape = Shape> {
  /** Of the tab. */
  readonly tab: Id;
  readonly schema: z.ZodMiniObject<S>;
}

/** The values of a tab's choices. */
export type Chosen<C extends Choices> = Readonly<z.output<C['schema']>>;

/** Changes some of them. */
export type Choose<C extends Choices> = (change: Partial<Chosen<C>>) => void;

/** @param shape of `choice`s */
export function choices<Id extends string, S extends Shape>(tab: Id, shape: S): Choices<Id, S> {
  return { tab, schema: z.object(shape) };
}

/**
 * One choice. A saved value of another form, as an earlier version of the page may have left it, falls back by itself.
 * @param initial until somebody chooses
 */
export function choice<T extends z.ZodMiniType>(schema: T, initial: z.output<T>): z.ZodMiniCatch<T> {
  return z.catch(schema, initial);
}

/** A choice that the data makes until somebody does: then it is undefined. */
export function unlessChosen<T extends z.ZodMiniType>(schema: T): z.ZodMiniCatch<z.ZodMiniOptional<T>> {
  return z.catch(z.optional(schema), undefined);
}

/** The choices as they were saved; each that is missing or malformed as it is until somebody chooses. */
export function restored<S extends Shape>(
  { schema }: Choices<string, S>,
  saved: unknown,
): Readonly<z.output<z.ZodMiniObject<S>>> {
  return schema.parse(typeof saved === 'object' && saved !== null ? saved : {});
}
