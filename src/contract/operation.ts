/** What an operation is to the processes around it: one record, from which the lists of calls, facts and intents follow. */
import type * as z from 'zod/mini';
import type { Call } from './call';
import type { Of } from './schema';

/** One thing that is known of a file beside its contents, shown as the part of the page's state that has its name. */
export interface Fact<S extends z.ZodMiniType = z.ZodMiniType> {
  readonly schema: S;
}

/** A fact that was measured. */
export interface Measurement<S extends z.ZodMiniType = z.ZodMiniType> extends Fact<S> {
  /** The other files it was made on: it is outdated when one of them, or the file itself, has changed. */
  measuredOn(value: Of<S>): ReadonlyArray<string | undefined>;
}

/** @__NO_SIDE_EFFECTS__ */
export function fact<S extends z.ZodMiniType>(schema: S): Fact<S> {
  return { schema };
}

/** @__NO_SIDE_EFFECTS__ */
export function measurement<S extends z.ZodMiniType>(
  schema: S,
  measuredOn: Measurement<S>['measuredOn'] = () => [],
): Measurement<S> {
  return { schema, measuredOn };
}

type Named<T> = Readonly<Record<string, T>>;
type None = Readonly<Record<never, never>>;

/** @typeParam J the kind of its jobs */
export interface Operation<
  C extends Named<Call> = Named<Call>,
  F extends Named<Fact> = Named<Fact>,
  I extends Named<z.core.$ZodLooseShape> = Named<z.core.$ZodLooseShape>,
  J extends string = string,
> {
  /** What workers are asked, by name. */
  readonly calls: C;
  /** What is known of a file because of it, by name. */
  readonly facts: F;
  /** What a person wants of it, as the page says it: the fields of each message, by its type. Strict and bounded. */
  readonly intents: I;
  /** Kinds of jobs that it runs as: at most one. */
  readonly jobs: readonly J[];
}

/** A record of an operation. @param job the kind of job that it runs as; absent where it only reads */
export function operation<
  C extends Named<Call> = None,
  F extends Named<Fact> = None,
  I extends Named<z.core.$ZodLooseShape> = None,
  const J extends string = never,
>({
  job,
  ...parts
}: Partial<Omit<Operation<C, F, I>, 'jobs'>> & { readonly job?: J }): Operation<C, F, I, J> {
  const none = {};
  return {
    calls: none as C,
    facts: none as F,
    intents: none as I,
    ...parts,
    jobs: job === undefined ? [] : [job],
  };
}

type Parts = 'calls' | 'facts' | 'intents';

/** Of `A | B` the type `A & B`. */
type All<U> = (U extends unknown ? (each: U) => void : never) extends (each: infer A) => void ? A : never;

/** The parts of one kind of some operations, by name. */
export type Merged<O extends readonly Operation[], P extends Parts> = {
  readonly [K in keyof All<O[number][P]>]: All<O[number][P]>[K];
};

/** @throws Error when two of them have a part of the same name */
export function merged<const O extends readonly Operation[], P extends Parts>(
  operations: O,
  part: P,
): Merged<O, P> {
  const all = operations.flatMap((each) => Object.entries(each[part]));
  const names = new Set(all.map(([name]) => name));
  if (names.size !== all.length) throw new Error(`two operations have ${part} of one name`);
  return Object.fromEntries(all) as Merged<O, P>;
}
