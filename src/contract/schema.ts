/**
 * What schemas of the contract are made of. `zod/mini` and no other flavour: the page bundles the same schemas.
 * Helpers are marked free of side effects, so that a bundle leaves out schemas that it does not use.
 */
import * as z from 'zod/mini';
import type { Matrix, SparseMatrix } from '../shared/matrix';
import { POSITION_GROUPS, type PositionGroup } from '../shared/position-groups';

/** `T` with everything in it read-only. */
export type Frozen<T> = unknown extends T ? T : { readonly [K in keyof T]: Frozen<T[K]> };

/** The type of what a schema lets through, read-only. */
export type Of<S extends z.core.$ZodType> = Frozen<z.infer<S>>;

/** The same of an object with these fields. */
export type OfFields<T extends z.core.$ZodLooseShape> = Of<z.ZodMiniObject<T, z.core.$strip>>;

type Schema = z.core.$ZodType;

/**
 * An object to which a later version may add fields: they pass through. In the type they do not appear.
 * @__NO_SIDE_EFFECTS__
 */
export function loose<T extends z.core.$ZodLooseShape>(shape: T): z.ZodMiniObject<T, z.core.$strip> {
  return z.looseObject(shape);
}

// Not z.number(): NaN and infinity are findings about a network, and the transport carries them.
const isReal = (value: unknown): value is number => typeof value === 'number';

/** Any number, NaN and the infinities included. */
export const real = z.custom<number>(isReal, 'expected a number');

/** A count, or an index from 0. */
export const whole = z.int().check(z.nonnegative());

/** Text of any length; that of a file is shown only through the sinks of `shared`. */
export const text = z.string();

/** Any number of texts. */
export const texts = z.array(text);

/** Height and width, or row and column. */
export type Size2 = readonly [height: number, width: number];

/** The schema of `Size2`; the numbers may be any. */
export const pair: z.ZodMiniType<Size2> = z.tuple([real, real]);

/** Many numbers: one check for all of them, so that a long list costs no schema for each. */
export const reals = z.custom<readonly number[]>(
  (value) => Array.isArray(value) && value.every(isReal),
  'expected a list of numbers',
);

const isTable = (value: unknown, isCell: (cell: unknown) => boolean): boolean => {
  if (!Array.isArray(value)) return false;
  const rows: readonly unknown[] = value;
  const [first] = rows;
  const width = Array.isArray(first) ? first.length : 0;
  return width > 0 && rows.every((row) => Array.isArray(row) && row.length === width && row.every(isCell));
};

/** Rows of equal length, at least one of each. */
export const matrix = z.custom<Matrix>((value) => isTable(value, isReal), 'expected rows of equal length');

/** As a matrix, with nothing where there is no value. */
export const sparse = z.custom<SparseMatrix>(
  (value) => isTable(value, (cell) => cell === null || isReal(cell)),
  'expected rows of equal length',
);

/** A group of positions of a kernel: those on its skeleton, in its corners, and so on. */
export const positionGroup = z.enum(POSITION_GROUPS);

/**
 * Something for some of the groups of positions; a later version may have more groups.
 * @__NO_SIDE_EFFECTS__
 */
export function byGroup<T extends Schema>(
  value: T,
): z.ZodMiniObject<Record<PositionGroup, z.ZodMiniOptional<T>>, z.core.$strip> {
  const each = z.optional(value);
  return loose(
    Object.fromEntries(POSITION_GROUPS.map((group) => [group, each])) as Record<PositionGroup, typeof each>,
  );
}
